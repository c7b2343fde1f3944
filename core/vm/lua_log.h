/* Logging from a script: what it prints becomes lines of the log. */
#ifndef VM_LUA_LOG_H
#define VM_LUA_LOG_H

#include <lua.h>

/* Replaces the global `print`. May raise an error for lack of memory. */
void lua_log_open(lua_State *L);

/* print(...), a function of Lua: all arguments in one line, with spaces between them. */
int lua_log_print(lua_State *L);

#endif
