/* The functions on tables that take long if there is much to move. */
#ifndef VM_LUA_TABLES_H
#define VM_LUA_TABLES_H

#include <lua.h>

/* Has table.insert, remove, move, concat and unpack refuse what takes too long, and table.sort be
 * one that can be stopped. */
void lua_tables_open(lua_State *L);

#endif
