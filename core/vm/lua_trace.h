/* Where in a script something happened. */
#ifndef VM_LUA_TRACE_H
#define VM_LUA_TRACE_H

#include <lauxlib.h>
#include <lua.h>

/* A message handler: makes of the error at index 1 a text, with the functions that were being
 * called. Lua's own one would search everything that is loaded for their names. */
int lua_trace(lua_State *L);

/* lua_trace_of(error, thread): the same for a thread that an error has ended; a pointer to it. */
int lua_trace_of(lua_State *L);

#endif
