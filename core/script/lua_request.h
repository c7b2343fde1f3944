/* A request as Lua sees it, for as long as a call lasts.
 *
 *   req.method  req.path  req.query  req.host  req.headers["x-user"]  req.id
 *   req.cookies.id  req.client.ip  req.client.port  req.backend
 *
 * It is lazy: nothing is made before it is asked for. Path, query, host and headers can be set
 * where it is writable. `backend` is there once one has answered.
 */
#ifndef SCRIPT_LUA_REQUEST_H
#define SCRIPT_LUA_REQUEST_H

#include "balance/visit.h"
#include "script/lua_headers.h"
#include "script/lua_pool.h"

struct lua_request {
    struct visit *visit; /* NULL between calls: then any access is an error */
    struct lua_headers headers;
    const struct lua_pool *pool; /* of who has answered; NULL: nobody has yet */
    unsigned backend;            /* his index in it */
    int object;                  /* in the registry */
};

/* Makes the object through which scripts see *REQUEST, WRITABLE or not. The value at the stack's
 * index OWNER is kept as long as the object: *REQUEST is in it; 0: it outlives the state. May raise
 * an error for lack of memory; then *REQUEST may still be ended. */
void lua_request_init(lua_State *L, struct lua_request *request, bool writable, int owner);

/* No call will be about *REQUEST any more. The script may still keep the object, which is dead. */
void lua_request_fini(lua_State *L, struct lua_request *request);

/* A call about VISIT begins. */
void lua_request_enter(struct lua_request *request, struct visit *visit);

/* The call is over. */
void lua_request_leave(struct lua_request *request);

/* Pushes the object. */
static inline void lua_request_push(lua_State *L, const struct lua_request *request)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->object);
}

#endif
