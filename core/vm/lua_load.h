/* Loading code: text only. Lua does not check bytecode, which could do anything. */
#ifndef VM_LUA_LOAD_H
#define VM_LUA_LOAD_H

#include <lua.h>
#include <stdbool.h>

/* Has all that loads code take text only, and little of it unless *LOADING; `require` finds
 * what was loaded, and Lua files; a metatable may have no __gc. */
void lua_load_open(lua_State *L, const bool *loading);

#endif
