/* A request as Lua sees it, for as long as a call lasts.
 *
 *   req.method  req.path  req.query  req.host  req.headers["x-user"]
 *   req.cookies.id  req.client.ip  req.client.port  req.id
 *
 * It is lazy: nothing is made before it is asked for. Names of headers can be written in any case;
 * several fields of one name come joined by ", ".
 */
#ifndef SCRIPT_LUA_REQUEST_H
#define SCRIPT_LUA_REQUEST_H

#include "balance/visit.h"
#include "script/vm.h"

struct lua_request {
    struct visit *visit; /* NULL between calls: then any access is an error */
    int object;          /* in the registry */
};

/* Makes the object through which scripts see *REQUEST, which must outlive the state. May raise an
 * error for lack of memory. */
void lua_request_init(lua_State *L, struct lua_request *request);

/* Pushes it. */
static inline void lua_request_push(lua_State *L, const struct lua_request *request)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->object);
}

#endif
