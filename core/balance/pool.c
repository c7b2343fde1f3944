/* The backends a route may choose from. */
#include "balance/pool.h"

#include "base/list.h"
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

void pool_init(struct pool *pool, const struct config_pool *config, struct ledger *ledger,
               struct counters *counters, double now)
{
    *pool = (struct pool){
        .config = config, .ledger = ledger, .count = config->backend_count, .counters = counters
    };
    pool->backends = mem_new(pool->count * sizeof *pool->backends);
    pool->up = mem_new(pool->count * sizeof(struct backend *));
    pool->others = mem_new(pool->count * sizeof(struct backend *));
    for (unsigned i = 0; i < pool->count; i++) {
        struct backend *b = &pool->backends[i];

        *b = (struct backend){ .config = &config->backends[i], .index = i, .pool = pool };
        b->facts = ledger_hold(ledger, b->config->id, &b->config->at, now);
        list_append(&b->facts->users, &b->of_facts);
    }
    policy_round_robin_init(&pool->fallback);
    pool->policy = &pool->fallback.policy;
    list_up(pool);
}

void pool_fini(struct pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++) {
        list_remove(&pool->backends[i].of_facts);
        ledger_release(pool->ledger, pool->backends[i].facts);
    }
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

/* Tells all who choose among others and who has FACTS that they have changed. */
static void tell(const struct facts *facts)
{
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next) {
        struct backend *b = container_of(link, struct backend, of_facts);

        policy_facts(b->pool->policy, b);
    }
}

void pool_lease(struct backend *b)
{
    b->facts->inflight++;
    tell(b->facts);
}

void pool_release(struct backend *b)
{
    assert(b->facts->inflight > 0);
    b->facts->inflight--;
    tell(b->facts);
}

static void count_failure(struct facts *facts, double seconds, double now)
{
    facts->fails++;
    ewma_observe_failure(&facts->ewma, seconds, now);
}

void pool_hear_head(struct backend *b, unsigned status, double seconds, double now)
{
    struct facts *facts = b->facts;

    if (status >= 500) {
        count_failure(facts, seconds, now);
    } else {
        facts->fails = 0;
        ewma_observe(&facts->ewma, seconds, now);
    }
    tell(facts);
}

/* Did the backend fail to answer? That the client has left, or that there was no descriptor or port
 * here, says nothing about it. */
static bool is_failure(const struct outcome *outcome)
{
    return outcome->status == 0 && outcome->err != OK && outcome->err != ERR_ABANDONED &&
           !err_is_shortage(outcome->err);
}

void pool_hear(struct backend *b, struct visit *visit, const struct outcome *outcome)
{
    if (is_failure(outcome)) {
        count_failure(b->facts, outcome->took, visit->now);
        tell(b->facts);
    }
    policy_done(b->pool->policy, b, visit, outcome);
}

/* Whether who has FACTS is up has changed at NOW. */
static void change_health(struct facts *facts, double now)
{
    facts->since = now;
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next)
        list_up(container_of(link, struct backend, of_facts)->pool);
    tell(facts);
}

enum health_news pool_judge(struct facts *facts, bool ok, const struct config_health *rule,
                            double now)
{
    bool was_down = facts->health.down;
    enum health_news news = health_judge(&facts->health, ok, rule->rise, rule->fall);

    if (facts->health.down != was_down)
        change_health(facts, now);
    return news;
}

void pool_forget_health(struct facts *facts, double now)
{
    bool was_down = facts->health.down;

    facts->health = (struct health){ .known = false };
    if (was_down)
        change_health(facts, now);
}
