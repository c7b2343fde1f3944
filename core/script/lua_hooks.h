/* Hooks in Lua: request(req, ctx) and response(res, req, ctx).
 *
 * One that does not wait is called as a policy is. One that waits is a task, with arguments of its
 * own; the exchange asks again when it is woken.
 */
#ifndef SCRIPT_LUA_HOOKS_H
#define SCRIPT_LUA_HOOKS_H

#include "balance/hooks.h"
#include "script/lua_failure.h"
#include "script/lua_hook_args.h"
#include "script/lua_policy.h"
#include "script/lua_task.h"

/* One of the two. */
struct lua_hook {
    struct lua_hooks *all;
    const char *name;
    enum config_hook kind;
    int function;              /* in the registry */
    struct lua_hook_args args; /* if it does not wait */
    struct lua_failure failure;
};

struct lua_hooks {
    struct hooks hooks;
    struct vm *vm;
    struct lua_tasks *tasks;
    struct lua_policy *const *policies; /* of the pools, for the tables of their backends */
    const struct pool *pools;
    unsigned count; /* of both */
    struct lua_hook up;
    struct lua_hook back;
    struct lua_hook_common common;
    uint64_t random; /* the state of ctx.random */
};

/* Makes *H of the hooks of the script's table at the stack's index TABLE; CONFIG says which there
 * are. POLICIES are those of POOLS, in the same order; TASKS run what waits. The table with the
 * reference POOLS_TABLE becomes ctx.pools; ctx.random begins with SEED. May raise an error. */
void lua_hooks_init(struct lua_hooks *h, struct lua_tasks *tasks, int table,
                    const struct config *config, const struct pool *pools,
                    struct lua_policy *const *policies, int pools_table, uint64_t seed);

#endif
