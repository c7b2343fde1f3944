/* Coroutines and xpcall, such that whatever runs in them can be stopped. */
#include "vm/lua_thread.h"

#include "vm/guard.h"
#include "vm/lua_instead.h"

#include <lauxlib.h>
#include <lualib.h>

static lua_State *check_thread(lua_State *L, int index)
{
    lua_State *co = lua_tothread(L, index);

    luaL_argexpected(L, co != NULL, index, "thread");
    return co;
}

/* Has CO go on with the COUNT values at the top of L, which are taken. Pushes what it yields or
 * returns and gives their number; or pushes a message and gives -1. */
static int go_on(lua_State *L, lua_State *co, int count)
{
    int results;
    int status;

    if (!lua_checkstack(co, count)) {
        lua_settop(L, -count - 1);
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, count);
    guard_switch(co);
    status = lua_resume(co, L, count, &results);
    guard_switch(L);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

/* Runs what CO has to close, and takes its stack away. Pushes the error if there was one: false. */
static bool close_thread(lua_State *L, lua_State *co)
{
    int status;

    if (guard_has_ended(co)) {
        lua_pushliteral(L, "cannot close a coroutine that was thrown out");
        return false;
    }
    if (!guard_may_close())
        luaL_error(L, "too many coroutines are closed within each other");
    guard_switch(co);
    status = lua_resetthread(co);
    guard_switch(L);
    guard_has_closed();
    if (status == LUA_OK)
        return true;
    lua_xmove(co, L, 1);
    return false;
}

/* coroutine.resume(co, ...) */
static int resume(lua_State *L)
{
    lua_State *co = check_thread(L, 1);
    int results = go_on(L, co, lua_gettop(L) - 1);

    lua_pushboolean(L, results >= 0);
    lua_insert(L, results >= 0 ? -results - 1 : -2);
    return results >= 0 ? results + 1 : 2;
}

/* What coroutine.wrap gives; the upvalue is the coroutine. */
static int resume_wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int results = go_on(L, co, lua_gettop(L));
    int status;

    if (results >= 0)
        return results;
    status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD && !guard_has_ended(co) && !close_thread(L, co))
        lua_remove(L, -2); /* it may have become another error */
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/* coroutine.wrap(f) */
static int wrap(lua_State *L)
{
    lua_State *co;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, resume_wrapped, 1);
    return 1;
}

/* Why CO, which L asks about, cannot be closed; NULL if it can. */
static const char *busy_as(lua_State *L, lua_State *co)
{
    lua_Debug ar;

    if (co == L)
        return "running";
    return lua_status(co) == LUA_OK && lua_getstack(co, 0, &ar) != 0 ? "normal" : NULL;
}

/* coroutine.close(co) */
static int close_suspended(lua_State *L)
{
    lua_State *co = check_thread(L, 1);
    const char *state = busy_as(L, co);
    bool closed;

    if (state != NULL)
        return luaL_error(L, "cannot close a %s coroutine", state);
    closed = close_thread(L, co);
    lua_pushboolean(L, closed);
    if (closed)
        return 1;
    lua_insert(L, -2);
    return 2;
}

/* The handler of xpcall; the upvalue is the script's. Out of a hook it is called without hooks:
 * there it could not be stopped. */
static int handle(lua_State *L)
{
    lua_settop(L, 1);
    if (*guard_flag() != GUARD_NONE)
        return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

/* xpcall(f, handler, ...) */
static int call_handled(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, handle, 1);
    lua_replace(L, 2);
    return lua_instead_go_on(L);
}

void lua_thread_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "resume", resume },
        { "wrap", wrap },
        { "close", close_suspended },
        { NULL, NULL },
    };

    lua_getglobal(L, LUA_COLIBNAME);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
    lua_getglobal(L, LUA_GNAME);
    lua_instead_put(L, "xpcall", call_handled, NULL);
    lua_pop(L, 1);
}
