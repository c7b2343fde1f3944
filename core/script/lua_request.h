/* A request as Lua sees it, for as long as a call lasts.
 *
 *   req.method  req.path  req.query  req.host  req.headers["x-user"]
 *   req.cookies.id  req.client.ip  req.client.port
 *
 * It is lazy: nothing is made before it is asked for. Names of headers can be written in any case;
 * several fields of one name come joined by ", ".
 */
#ifndef SCRIPT_LUA_REQUEST_H
#define SCRIPT_LUA_REQUEST_H

#include "base/addr.h"
#include "http/head.h"
#include "script/vm.h"

struct lua_request {
    const struct head *head; /* NULL between calls: then any access is an error */
    const struct addr *client;
};

/* Pushes a new object through which scripts see *REQUEST, which must outlive the state. May raise
 * an error for lack of memory. */
void lua_request_push_new(lua_State *L, struct lua_request *request);

#endif
