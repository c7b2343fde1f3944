/* The backends a route may choose from. */
#include "balance/pool.h"

#include "base/list.h"
#include "base/mem.h"

#include <assert.h>
#include <limits.h>

/* Makes the list of those who may be chosen now. Nobody else says who that is. */
static void list_up(struct pool *pool)
{
    pool->up_count = 0;
    for (unsigned i = 0; i < pool->count; i++) {
        struct backend *b = &pool->backends[i];

        b->serves = backend_is_up(b) && !b->drains;
        if (backend_is_usable(b))
            pool->up[pool->up_count++] = b;
    }
    pool->version++;
    usher_hear(&pool->line, pool->up, pool->up_count);
}

/* Who uses FACTS has changed, or a cap of theirs has. */
static void find_least_cap(struct facts *facts)
{
    facts->cap = UINT_MAX;
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next) {
        struct backend *b = container_of(link, struct backend, of_facts);

        if (b->cap < facts->cap)
            facts->cap = b->cap;
    }
}

/* Begins the backend at INDEX. */
static void add_backend(struct pool *pool, unsigned index, double now)
{
    const struct config_backend *config = &pool->config->backends[index];
    struct backend *b = &pool->backends[index];

    *b = (struct backend){
        .config = config,
        .index = index,
        .pool = pool,
        .cap = config->cap > 0 ? config->cap : pool->config->inflight,
        .drains = config->drain,
    };
    b->facts = ledger_hold(pool->ledger, config->id, &config->at, now);
    list_append(&b->facts->users, &b->of_facts);
    find_least_cap(b->facts);
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
    for (unsigned i = 0; i < pool->count; i++)
        add_backend(pool, i, now);
    usher_line_init(&pool->line);
    policy_round_robin_init(&pool->fallback);
    pool->policy = &pool->fallback.policy;
    list_up(pool);
}

void pool_fini(struct pool *pool)
{
    assert(pool->line.count == 0);
    for (unsigned i = 0; i < pool->count; i++) {
        list_remove(&pool->backends[i].of_facts);
        find_least_cap(pool->backends[i].facts);
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

void pool_set_usher(struct pool *pool, struct usher *usher)
{
    pool->line.usher = usher;
}

/* The backend that POOL has for who has FACTS, or NULL. */
static const struct backend *find_user(const struct facts *facts, const struct pool *pool)
{
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next) {
        const struct backend *b = container_of(link, struct backend, of_facts);

        if (b->pool == pool)
            return b;
    }
    return NULL;
}

void pool_follow(struct pool *pool, const struct pool *new)
{
    for (unsigned i = 0; i < pool->count; i++) {
        struct backend *b = &pool->backends[i];
        const struct backend *same = find_user(b->facts, new);

        if (same == NULL)
            continue;
        b->cap = same->cap;
        b->drains = same->drains;
        find_least_cap(b->facts);
    }
    list_up(pool);
}

/* Makes the list of those who are usable and not in TRIED. */
static unsigned list_others(struct pool *pool, struct backend *const *tried, unsigned tried_count)
{
    unsigned count = 0;

    for (unsigned i = 0; i < pool->up_count; i++)
        if (!backend_is_in(tried, tried_count, pool->up[i]))
            pool->others[count++] = pool->up[i];
    return count;
}

bool pool_has_others(const struct pool *pool, struct backend *const *tried, unsigned tried_count)
{
    for (unsigned i = 0; i < pool->up_count; i++)
        if (!backend_is_in(tried, tried_count, pool->up[i]))
            return true;
    return false;
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

bool pool_is_full(const struct pool *pool, struct backend *const *tried, unsigned tried_count)
{
    bool full = false;

    for (unsigned i = 0; i < pool->count; i++) {
        const struct backend *b = &pool->backends[i];

        if (!b->serves || backend_is_in(tried, tried_count, b))
            continue;
        if (backend_is_usable(b))
            return false;
        full = true;
    }
    return full;
}

/* Tells all who choose among others and who has FACTS that they have changed. */
static void tell(const struct facts *facts)
{
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next) {
        struct backend *b = container_of(link, struct backend, of_facts);

        policy_facts(b->pool->policy, b);
    }
}

/* Who has FACTS has just as many requests as CAP allows, or one less: whose cap that is cannot be
 * chosen any more, or can again. */
static void cross(const struct facts *facts, unsigned cap)
{
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next) {
        struct backend *b = container_of(link, struct backend, of_facts);

        if (b->cap == cap && b->serves)
            list_up(b->pool);
    }
}

void pool_lease(struct backend *b)
{
    struct facts *facts = b->facts;

    if (++facts->inflight >= facts->cap)
        cross(facts, facts->inflight);
    tell(facts);
}

void pool_release(struct backend *b)
{
    struct facts *facts = b->facts;

    assert(facts->inflight > 0);
    if (facts->inflight-- >= facts->cap)
        cross(facts, facts->inflight + 1);
    tell(facts);
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

/* Did the backend fail to answer? That the client has left, or that there was no descriptor here,
 * says nothing about it. */
static bool is_failure(const struct outcome *outcome)
{
    return outcome->status == 0 && outcome->err != OK && outcome->err != ERR_ABANDONED &&
           outcome->err != ERR_EXHAUSTED;
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
