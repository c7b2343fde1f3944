/* The functions on strings and times that take long if they are given much. */
#ifndef VM_LUA_BOUNDS_H
#define VM_LUA_BOUNDS_H

#include <lua.h>
#include <stddef.h>

/* Has string.rep, format, pack, packsize, unpack and os.date refuse what takes too long, or more
 * than an eighth of *MOST bytes. */
void lua_bounds_open(lua_State *L, const size_t *most);

#endif
