/* string.find, match, gmatch and gsub, such that they can be stopped. */
#ifndef VM_LUA_MATCH_H
#define VM_LUA_MATCH_H

#include <lua.h>

/* Puts them in the place of Lua's own ones, whose results and messages are theirs. */
void lua_match_open(lua_State *L);

#endif
