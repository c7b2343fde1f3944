/* A policy whose choice is made in Lua: pick(up, req, ctx), and what may go with it.
 *
 * `up` is a list of the tables of backends, to read, not to change; it is another table whenever
 * who is up changes (and for a second attempt one of its own). `changed(up, ctx)` is told of such a
 * table before it is given to `pick`; `done(backend, result, ctx)` hears how each attempt ended.
 */
#ifndef SCRIPT_LUA_POLICY_H
#define SCRIPT_LUA_POLICY_H

#include "script/lua_ctx.h"
#include "script/lua_failure.h"
#include "script/lua_pool.h"
#include "script/lua_request.h"

struct lua_policy {
    struct policy policy;
    struct vm *vm;
    struct policy *instead; /* chooses where the script has no pick */
    struct lua_pool pool;
    struct lua_ctx ctx;
    struct lua_request request;
    struct lua_failure failure;
    /* In the registry; LUA_REFNIL: the script has none. */
    int pick;
    int changed;
    bool unheard; /* `changed` has not come to an end for `up` */
    int done;
    int save; /* for lua_handover, and so is */
    int restore;
    int result; /* the table that `done` is given */
    /* While the script is called. */
    const struct ask *ask;
    const struct outcome *outcome;
    const struct backend *backend;
    int choice; /* the number of a backend, from 1; or another result of pick_protected */
};

/* Makes a policy of the table at the top of VM's stack, which describes POOL, and whose `pick` was
 * found to be one, or is nil: then who chooses in POOL by now goes on doing so. The pool must live
 * as long as anybody asks. SEED makes ctx.random repeatable; it must not be 0. The policy is VM's:
 * it lives as long, since the script may keep what it was given until the very end. Nothing is to
 * be ended. May raise an error for lack of memory. */
struct lua_policy *lua_policy_make(struct vm *vm, struct pool *pool, uint64_t seed);

/* Writes all facts that have changed, of the backends of COUNT policies. May raise an error. */
void lua_policy_write_all_facts(struct lua_policy *const *policies, unsigned count);

#endif
