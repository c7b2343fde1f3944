/* A pool as Lua sees it: the tables of its backends, and the list of those that are usable.
 *
 * All of it exists once and is only kept fresh: facts that change are noted, and written when the
 * script is asked next.
 */
#ifndef SCRIPT_LUA_POOL_H
#define SCRIPT_LUA_POOL_H

#include "balance/pool.h"
#include "script/lua_backend.h"

/* Which table is whose. */
struct lua_place {
    const void *table;
    unsigned number; /* from 1; 0: a place that is free */
};

struct lua_pool {
    struct vm *vm;
    const struct pool *pool;
    int *tables;              /* of each backend, its table in the registry, */
    struct lua_told *told;    /* and what it says */
    bool *is_stale;           /* of each, whether it is in the list below */
    unsigned *stale;          /* those of whom Lua may not know all */
    struct lua_place *places; /* by the address of the table, the next one if that is taken; */
    unsigned places_mask;     /* there are more than twice as many as backends */
    unsigned stale_count;
    bool reads_latency; /* the script has looked for `ewma` or `ewma_at` */
    uint64_t version;   /* of `up`; 0: it has not been made yet */
    bool spoilt;        /* the script may have changed it: it has to be written once more */
    int up;             /* in the registry; another table whenever its content has changed */
};

/* Makes *LP for POOL, as the table at the stack's index TABLE describes it. Its memory is the
 * state's. May raise an error for lack of memory. */
void lua_pool_init(struct vm *vm, struct lua_pool *lp, const struct pool *pool, int table);

/* The facts of B, one of the pool's, have changed. */
void lua_pool_note(struct lua_pool *lp, const struct backend *b);

/* Writes all facts that have changed. May raise an error. */
void lua_pool_write_facts(struct lua_pool *lp);

/* Pushes the table of the backend at INDEX. */
void lua_pool_push_backend(lua_State *L, const struct lua_pool *lp, unsigned index);

/* Pushes the list of those in ASK; says whether it is another one than the last, and no list of its
 * own. May raise an error. */
bool lua_pool_push_up(struct lua_pool *lp, const struct ask *ask);

/* Pushes a list of all backends that the script may keep. May raise an error. */
void lua_pool_push_all(struct lua_pool *lp);

/* The number, from 1, of the backend whose table is at the top of the stack; 0 if it is none. */
unsigned lua_pool_number(const struct lua_pool *lp);

#endif
