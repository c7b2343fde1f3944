/* A router in Lua. */
#include "script/lua_router.h"

#include "base/list.h"

#include <stdio.h>

/* The pool called NAME, or NULL. */
static struct pool *find(const struct lua_router *r, struct span name)
{
    for (unsigned i = 0; i < r->count; i++)
        if (span_eq(span_of(r->pools[i].config->name), name))
            return &r->pools[i];
    return NULL;
}

/* The pool that gets the requests of which the script does not say where they go, or NULL. */
static struct pool *pool_otherwise(const struct lua_router *r)
{
    return r->count == 1 ? r->pools : find(r, SPAN(CONFIG_POOL));
}

/* The script has made no valid choice. */
static enum router_news fail(struct lua_router *r, double now, const char *why, struct pool **pool)
{
    char then[128] = "answered 500";

    *pool = pool_otherwise(r);
    if (*pool != NULL)
        snprintf(then, sizeof then, "the pool %.64s gets the request", (*pool)->config->name);
    lua_failure_tell_of_request(&r->failure, now, r->vm->runaway, "route", then, why);
    return ROUTER_FAILED;
}

/* What the script has returned is at the top of the stack. */
static enum router_news take_choice(struct lua_router *r, double now, struct pool **pool)
{
    lua_State *L = r->vm->L;
    struct span name;
    char why[128];

    if (lua_isnil(L, -1)) {
        trip_ok(&r->failure.trip);
        return ROUTER_NONE;
    }
    if (lua_type(L, -1) != LUA_TSTRING) {
        snprintf(why, sizeof why, "it returned a %s, not the name of a pool", luaL_typename(L, -1));
        return fail(r, now, why, pool);
    }
    name.at = lua_tolstring(L, -1, &name.len);
    *pool = find(r, name);
    if (*pool == NULL) {
        snprintf(why, sizeof why, "there is no pool \"%.64s\"", name.at);
        return fail(r, now, why, pool);
    }
    trip_ok(&r->failure.trip);
    return ROUTER_CHOSE;
}

static int route_protected(lua_State *L)
{
    struct lua_router *r = lua_touserdata(L, 1);

    lua_policy_write_all_facts(r->policies, r->count);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->route);
    lua_request_push(L, &r->request);
    lua_ctx_push(L, &r->ctx, r->ctx.visit);
    lua_call(L, 2, 1);
    return 1;
}

static enum router_news route(struct router *router, struct visit *visit, struct pool **pool)
{
    struct lua_router *r = container_of(router, struct lua_router, router);
    lua_State *L = r->vm->L;
    enum router_news news;
    enum err err;

    if (lua_failure_rests(&r->failure, visit->now)) {
        *pool = pool_otherwise(r);
        return ROUTER_FAILED;
    }
    lua_pushcfunction(L, route_protected);
    lua_pushlightuserdata(L, r);
    r->ctx.visit = visit;
    lua_request_enter(&r->request, visit);
    err = vm_call(r->vm, 1, 1);
    lua_request_leave(&r->request);
    lua_ctx_leave(&r->ctx);
    news = err == OK ? take_choice(r, visit->now, pool)
                     : fail(r, visit->now, lua_tostring(L, -1), pool);
    lua_pop(L, 1);
    return news;
}

void lua_router_init(struct vm *vm, struct lua_router *r, int table, struct pool *pools,
                     struct lua_policy *const *policies, unsigned count, uint64_t seed)
{
    static const struct router_ops ops = { route };
    lua_State *L = vm->L;

    *r = (struct lua_router){
        .router = { &ops }, .vm = vm, .pools = pools, .policies = policies, .count = count
    };
    table = lua_absindex(L, table);
    lua_pushliteral(L, "route");
    lua_rawget(L, table);
    r->route = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_request_init(L, &r->request, false, 0);
    lua_ctx_push_new(L, &r->ctx, vm, seed);
}
