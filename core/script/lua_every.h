/* What a script has done every so often: every = { [seconds] = function(ctx) ... end }.
 *
 * Each runs right after the start, and then so many seconds after it has begun last; while it is
 * still at work it does not begin again. `ctx` has `now` (seconds), `random(n)` and what it is
 * given by whoever starts this.
 */
#ifndef SCRIPT_LUA_EVERY_H
#define SCRIPT_LUA_EVERY_H

#include "script/lua_task.h"

struct lua_every {
    struct lua_tasks *tasks;
    struct lua_errand *errands; /* the state's; the shortest periods first */
    unsigned count;
    lua_CFunction renew;
    void *owner;
    uint64_t random; /* the state of ctx.random */
    int ctx;         /* in the registry, */
    int anchor;      /* and that which keeps the errands there */
};

/* Readies what the script's table at the stack's index TABLE has in `every`. At the top of the
 * stack is the table that becomes `ctx`, which is popped. RENEW is called with OWNER, protected,
 * before anything begins. SEED makes ctx.random repeatable; it must not be 0. TASKS must outlive
 * it. May raise an error. */
void lua_every_init(struct lua_every *every, struct lua_tasks *tasks, int table,
                    lua_CFunction renew, void *owner, uint64_t seed);

/* From now on they run. */
void lua_every_start(struct lua_every *every);

/* Calls VISIT with OWNER and the name of each that is tripped, and thus does not begin any more. */
void lua_every_each_tripped(const struct lua_every *every,
                            void (*visit)(void *owner, const char *what, const char *pool),
                            void *owner);

/* Ends those that wait; none begins any more. */
void lua_every_fini(struct lua_every *every);

#endif
