/* Logging from a script: what it prints becomes lines of the log. */
#ifndef SCRIPT_LUA_LOG_H
#define SCRIPT_LUA_LOG_H

#include <lua.h>

/* Replaces the global `print`. May raise an error for lack of memory. */
void lua_log_open(lua_State *L);

#endif
