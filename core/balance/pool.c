/* The backends a route may choose from. */
#include "balance/pool.h"

#include "base/mem.h"

#include <assert.h>

static void list_up(struct pool *pool)
{
    pool->up_count = 0;
    for (unsigned i = 0; i < pool->count; i++)
        if (backend_is_up(&pool->backends[i]))
            pool->up[pool->up_count++] = &pool->backends[i];
    pool->version++;
}

void pool_init(struct pool *pool, const struct config *config, struct counters *counters)
{
    *pool = (struct pool){ .count = config->backend_count, .counters = counters };
    pool->backends = mem_new(pool->count * sizeof *pool->backends);
    pool->up = mem_new(pool->count * sizeof(struct backend *));
    pool->others = mem_new(pool->count * sizeof(struct backend *));
    for (unsigned i = 0; i < pool->count; i++)
        pool->backends[i] = (struct backend){ .config = &config->backends[i], .index = i };
    policy_round_robin_init(&pool->fallback);
    pool->policy = &pool->fallback.policy;
    list_up(pool);
}

void pool_fini(struct pool *pool)
{
    mem_free(pool->backends);
    mem_free(pool->up);
    mem_free(pool->others);
}

void pool_set_policy(struct pool *pool, struct policy *policy)
{
    pool->policy = policy;
}

static bool is_in(struct backend *const *list, unsigned count, const struct backend *b)
{
    for (unsigned i = 0; i < count; i++)
        if (list[i] == b)
            return true;
    return false;
}

/* Makes the list of those who are up and not in TRIED. */
static unsigned list_others(struct pool *pool, struct backend *const *tried, unsigned tried_count)
{
    unsigned count = 0;

    for (unsigned i = 0; i < pool->up_count; i++)
        if (!is_in(tried, tried_count, pool->up[i]))
            pool->others[count++] = pool->up[i];
    return count;
}

struct backend *pool_pick(struct pool *pool, struct ask *ask, struct backend *const *tried,
                          unsigned tried_count)
{
    struct backend *chosen = NULL;

    ask->up = pool->up;
    ask->count = pool->up_count;
    ask->version = pool->version;
    if (tried_count > 0) {
        ask->up = pool->others;
        ask->count = list_others(pool, tried, tried_count);
        ask->version = 0;
    }
    if (ask->count == 0)
        return NULL;

    switch (policy_pick(pool->policy, ask, &chosen)) {
    case POLICY_CHOSE:
        return chosen;
    case POLICY_NOBODY:
        return NULL;
    case POLICY_FAILED:
        break;
    }
    counters_add(pool->counters, COUNTER_POLICY_ERRORS);
    policy_pick(&pool->fallback.policy, ask, &chosen);
    return chosen;
}

void pool_lease(struct pool *pool, struct backend *b)
{
    b->inflight++;
    policy_facts(pool->policy, b);
}

void pool_release(struct pool *pool, struct backend *b)
{
    assert(b->inflight > 0);
    b->inflight--;
    policy_facts(pool->policy, b);
}

enum health_news pool_judge(struct pool *pool, struct backend *b, bool ok,
                            const struct config_health *rule)
{
    bool was_up = backend_is_up(b);
    enum health_news news = health_judge(&b->health, ok, rule->rise, rule->fall);

    if (backend_is_up(b) != was_up) {
        list_up(pool);
        policy_facts(pool->policy, b);
    }
    return news;
}
