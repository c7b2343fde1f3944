/* Coroutines and xpcall, such that whatever runs in them can be stopped. */
#ifndef VM_LUA_THREAD_H
#define VM_LUA_THREAD_H

#include <lua.h>

/* Replaces coroutine.resume, wrap and close, which tell the guard who runs, and xpcall, whose
 * handler is not called once the call is to end. */
void lua_thread_open(lua_State *L);

#endif
