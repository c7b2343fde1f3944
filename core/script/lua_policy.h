/* A policy whose choice is made in Lua: pick(up, req, ctx).
 *
 * `up` is a list of the tables of backends; it stays the same until who is up changes (for a
 * second attempt it is another one), and is to read, not to change. `ctx` has `now` (seconds),
 * `attempt` (1 for the first), `all` (every backend) and `random(n)`, a whole number from 1 to n,
 * or without n a number in [0, 1).
 */
#ifndef SCRIPT_LUA_POLICY_H
#define SCRIPT_LUA_POLICY_H

#include "balance/pool.h"
#include "base/quiet.h"
#include "script/lua_backend.h"
#include "script/lua_request.h"

/* What Lua was told of a backend. */
struct lua_told {
    unsigned inflight;
    bool up;
    bool stale; /* it is among those of whom something may have changed since */
};

struct lua_policy {
    struct policy policy;
    struct vm *vm;
    const struct pool *pool;
    struct lua_told *told; /* of each backend, what Lua knows */
    unsigned *stale;       /* those of whom it may not know all; both lie behind the struct */
    unsigned stale_count;
    const struct ask *ask; /* while the script is asked */
    struct lua_request request;
    unsigned attempt;   /* in `ctx` */
    uint64_t version;   /* of `up`; 0: it has to be written anew */
    uint64_t seed;      /* of ctx.random */
    struct quiet quiet; /* about failures */
    int pick;           /* in the registry: calls it */
};

/* Makes a policy of the table at the top of VM's stack, which the script has returned and whose
 * `pick` lua_config_read has found, and of the backends in POOL, which must live as long as anybody
 * asks. SEED makes ctx.random repeatable; it must not be 0. The policy is VM's: it lives as long,
 * since the script may keep what it was given until the very end. Nothing is to be ended.
 * ERR_SCRIPT if memory does not suffice: the message is on the stack. */
enum err lua_policy_new(struct lua_policy **policy, struct vm *vm, const struct pool *pool,
                        uint64_t seed);

#endif
