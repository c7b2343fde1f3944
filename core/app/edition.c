/* A generation as the app makes it. */
#include "app/edition.h"

#include "base/log.h"
#include "base/mem.h"
#include "script/lua_policy.h"

#include <sys/random.h>

static uint64_t make_seed(void)
{
    uint64_t seed = 0;

    while (seed == 0 && getrandom(&seed, sizeof seed, 0) >= 0)
        continue;
    return seed | 1;
}

/* Pushes the table of the script that describes the pool called NAME. */
static void push_pool(const struct loaded *loaded, const char *name)
{
    lua_State *L = loaded->vm.L;

    lua_pushvalue(L, -1);
    if (!loaded->config.has_pools)
        return;
    lua_pushstring(L, "pools");
    lua_rawget(L, -2);
    lua_replace(L, -2);
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    lua_replace(L, -2);
}

/* Gives the choice from POOL to the script, if it wants it. */
static enum err make_policy(struct loaded *loaded, struct pool *pool)
{
    struct lua_policy *policy;
    enum err err;

    if (!pool->config->picks)
        return OK;
    push_pool(loaded, pool->config->name);
    err = lua_policy_new(&policy, &loaded->vm, pool, make_seed());
    if (err != OK)
        log_error("cannot make the policy of %s: %s", pool->config->name,
                  lua_tostring(loaded->vm.L, -1));
    else
        pool_set_policy(pool, &policy->policy);
    lua_settop(loaded->vm.L, 2);
    return err;
}

struct edition *edition_new(struct loaded *loaded, const struct exchange_env *env,
                            struct ledger *ledger)
{
    struct edition *e = mem_new(sizeof *e);
    const struct config *config = &loaded->config;
    struct generation *g = &e->generation;
    enum err err = OK;

    e->loaded = loaded;
    e->ledger = ledger;
    list_init(&e->link);
    g->config = config;
    g->limits = (struct parse_limits){ config->limits.head, config->limits.fields };
    g->pools = mem_new(config->pool_count * sizeof *g->pools);
    for (unsigned i = 0; i < config->pool_count; i++) {
        pool_init(&g->pools[i], &config->pools[i], ledger, env->counters, env->clock->now);
        if (err == OK)
            err = make_policy(loaded, &g->pools[i]);
    }
    if (err == OK)
        return e;
    edition_free(e);
    return NULL;
}

void edition_hand_over(struct edition *old, struct edition *new, double now)
{
    (void)old;
    (void)new;
    (void)now;
}

void edition_free(struct edition *e)
{
    for (unsigned i = 0; i < e->loaded->config.pool_count; i++)
        pool_fini(&e->generation.pools[i]);
    mem_free(e->generation.pools);
    load_undo(e->loaded);
    mem_free(e->loaded);
    mem_free(e);
}
