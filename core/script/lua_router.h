/* A router in Lua: route(req, ctx) returns the name of the pool that gets the request, or nil. */
#ifndef SCRIPT_LUA_ROUTER_H
#define SCRIPT_LUA_ROUTER_H

#include "balance/router.h"
#include "script/lua_ctx.h"
#include "script/lua_failure.h"
#include "script/lua_policy.h"
#include "script/lua_request.h"

struct lua_router {
    struct router router;
    struct vm *vm;
    struct pool *pools;
    struct lua_policy *const *policies; /* theirs, for the tables of their backends */
    unsigned count;
    struct lua_ctx ctx;
    struct lua_request request;
    struct lua_failure failure;
    int route; /* in the registry */
};

/* Makes *R of the function `route` of the script's table at the stack's index TABLE; it chooses
 * among the COUNT pools in POOLS, which have POLICIES. The context for it is left on the stack, so
 * that more fields can be added. May raise an error. */
void lua_router_init(struct vm *vm, struct lua_router *r, int table, struct pool *pools,
                     struct lua_policy *const *policies, unsigned count, uint64_t seed);

#endif
