/* Names of fields that are written again and again, so that Lua need not look them up by their
 * letters each time. */
#ifndef VM_LUA_NAMES_H
#define VM_LUA_NAMES_H

#include <lua.h>

#define LUA_NAME_LIST(X)                                                                           \
    X(LUA_NAME_INFLIGHT, "inflight")                                                               \
    X(LUA_NAME_UP, "up")                                                                           \
    X(LUA_NAME_EWMA, "ewma")                                                                       \
    X(LUA_NAME_EWMA_AT, "ewma_at")                                                                 \
    X(LUA_NAME_FAILS, "fails")                                                                     \
    X(LUA_NAME_SINCE, "since")                                                                     \
    X(LUA_NAME_NOW, "now")                                                                         \
    X(LUA_NAME_ATTEMPT, "attempt")                                                                 \
    X(LUA_NAME_DATA, "data")                                                                       \
    X(LUA_NAME_STATUS, "status")                                                                   \
    X(LUA_NAME_ERR, "err")                                                                         \
    X(LUA_NAME_T, "t")                                                                             \
    X(LUA_NAME_TTFB, "ttfb")                                                                       \
    X(LUA_NAME_BYTES, "bytes")

#define LUA_NAME_CODE(code, text) code,
enum lua_name { LUA_NAME_LIST(LUA_NAME_CODE) LUA_NAME_COUNT };
#undef LUA_NAME_CODE

/* Where they are in the registry of a state. */
struct lua_names {
    int ref[LUA_NAME_COUNT];
};

/* Puts the names into the registry of L. May raise an error for lack of memory. */
void lua_names_open(lua_State *L, struct lua_names *names);

/* Pushes NAME. */
static inline void lua_names_push(lua_State *L, const struct lua_names *names, enum lua_name name)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, names->ref[name]);
}

#endif
