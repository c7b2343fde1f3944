/* The backends a route may choose from. */
#include "balance/pool.h"

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"

#include <assert.h>
#include <limits.h>

/* Of what changes to and fro the log tells once in so many seconds. */
static const double QUIET = 1;

static void count_fit(struct pool *pool)
{
    pool->fit_count = pool->drain_count = 0;
    for (unsigned i = 0; i < pool->count; i++) {
        const struct backend *b = &pool->backends[i];

        pool->drain_count += b->drains;
        pool->fit_count += !b->drains && backend_is_fit(b);
    }
    pool->panics = pool->fit_count < PANIC_SHARE * (pool->count - pool->drain_count);
}

/* May B be chosen, as far as it is not at its cap? */
static bool can_serve(const struct backend *b)
{
    if (b->drains)
        return false;
    return backend_is_fit(b) || (b->pool->panics && !b->facts->health.gone);
}

/* Nobody else says who that is. The list is another one only if somebody else is in it. */
void pool_relist(struct pool *pool)
{
    bool changed = pool->version == 0;

    count_fit(pool);
    pool->up_count = pool->serve_count = 0;
    for (unsigned i = 0; i < pool->count; i++) {
        struct backend *b = &pool->backends[i];
        bool was_listed = b->listed;

        b->serves = can_serve(b);
        b->listed = backend_is_usable(b);
        pool->serve_count += b->serves;
        changed = changed || b->listed != was_listed;
        if (b->listed)
            pool->up[pool->up_count++] = b;
    }
    pool->version += changed;
    ejector_survey(&pool->ejector);
    usher_hear(&pool->line, pool->up, pool->up_count);
    pool->uneasy = true; /* until pool_settle has looked */
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
    ejector_init(&pool->ejector, &config->outlier, pool->backends, pool->count, &ledger->chance);
    pool_relist(pool);
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
    pool_relist(pool);
}

/* Takes the COUNT ones in TRIED out of the list of ASK, which becomes one of its own. */
static void leave_out(struct pool *pool, struct ask *ask, struct backend *const *tried,
                      unsigned count)
{
    unsigned left = 0;

    for (unsigned i = 0; i < ask->count; i++)
        if (!backend_is_in(tried, count, ask->up[i]))
            pool->others[left++] = ask->up[i];
    ask->up = pool->others;
    ask->count = left;
    ask->version = 0;
}

void pool_relist_users(const struct facts *facts)
{
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next)
        pool_relist(container_of(link, struct backend, of_facts)->pool);
}

static void log_panic(struct pool *pool)
{
    unsigned count = pool->count - pool->drain_count;

    if (pool->panics)
        log_warn("pool %s panics: %u of %u backends are fit, so all that are there are used: %u",
                 pool->config->name, pool->fit_count, count, pool->serve_count);
    else
        log_info("pool %s panics no more: %u of %u backends are fit", pool->config->name,
                 pool->fit_count, count);
}

void pool_settle(struct pool *pool, double now)
{
    struct facts *facts = ejector_return(&pool->ejector, now);

    while (facts != NULL) {
        pool_relist_users(facts);
        facts = ejector_return(&pool->ejector, now);
    }
    if (pool->panics != pool->said_panics && now >= pool->quiet) {
        log_panic(pool);
        pool->said_panics = pool->panics;
        pool->quiet = now + QUIET;
    }
    pool->uneasy = ejector_is_busy(&pool->ejector, now) || pool->panics != pool->said_panics;
}

/* Asks the policy, or whoever is there if it fails. NULL if nobody shall have the request. */
static struct backend *choose(struct pool *pool, const struct ask *ask)
{
    struct backend *chosen = NULL;

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

/* CHOSEN may have little to do at first after it was out: then somebody else has the request, if
 * anybody can. Who takes turns, or goes by chance, has another answer to the same question, and is
 * not disturbed by a list that is shorter now and then; who has not is asked without CHOSEN. */
static struct backend *choose_again(struct pool *pool, struct ask *ask, struct backend *chosen)
{
    struct backend *other;

    if (chosen == NULL || pool->panics || ejector_admits(&pool->ejector, chosen, ask->visit->now))
        return chosen;
    other = choose(pool, ask);
    if (other != NULL && other != chosen)
        return other;
    leave_out(pool, ask, &chosen, 1);
    other = ask->count > 0 ? choose(pool, ask) : NULL;
    return other != NULL ? other : chosen;
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
    struct backend *chosen;

    if (pool->uneasy)
        pool_settle(pool, ask->visit->now);
    ask->up = pool->up;
    ask->count = pool->up_count;
    ask->version = pool->version;
    if (tried_count > 0)
        leave_out(pool, ask, tried, tried_count);
    if (ask->count == 0)
        return NULL;
    chosen = choose(pool, ask);
    return pool->uneasy ? choose_again(pool, ask, chosen) : chosen;
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
