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

/* Makes the list of those who may be chosen now; nobody else says who that is. It is another one
 * only if somebody else is in it. */
static void list_up(struct pool *pool)
{
    bool changed = pool->version == 0;

    count_fit(pool);
    pool->up_count = 0;
    for (unsigned i = 0; i < pool->count; i++) {
        struct backend *b = &pool->backends[i];
        bool was_listed = b->listed;

        b->serves = can_serve(b);
        b->listed = backend_is_usable(b);
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

/* Tells all who choose among others and who has FACTS that they have changed. */
static void tell(const struct facts *facts)
{
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next) {
        struct backend *b = container_of(link, struct backend, of_facts);

        policy_facts(b->pool->policy, b);
    }
}

/* Whether who has FACTS is usable may have changed. */
static void list_anew(const struct facts *facts)
{
    for (struct list *link = facts->users.next; link != &facts->users; link = link->next)
        list_up(container_of(link, struct backend, of_facts)->pool);
}

static void log_panic(struct pool *pool)
{
    unsigned count = pool->count - pool->drain_count;

    if (pool->panics)
        log_warn("pool %s panics: %u of %u backends are fit, so all that are there are used: %u",
                 pool->config->name, pool->fit_count, count, pool->up_count);
    else
        log_info("pool %s panics no more: %u of %u backends are fit", pool->config->name,
                 pool->fit_count, count);
}

void pool_settle(struct pool *pool, double now)
{
    struct facts *facts = ejector_return(&pool->ejector, now);

    while (facts != NULL) {
        list_anew(facts);
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

/* NEWS have come of B: perhaps it is out from NOW on. */
static void judge(struct backend *b, enum outlier_news news, double now)
{
    if (!ejector_judge(&b->pool->ejector, b, news, now))
        return;
    counters_add(b->pool->counters, COUNTER_EJECTIONS);
    list_anew(b->facts);
}

/* An attempt at B has ended so. */
static inline void watch(struct backend *b, enum outlier_kind kind, double seconds, double now)
{
    const struct ejector *e = &b->pool->ejector;
    enum outlier_news news;

    if (!e->watches)
        return;
    news = outlier_hear(&b->facts->outlier, e->rule, kind, seconds, now);
    if (news != OUTLIER_NOTHING)
        judge(b, news, now);
}

/* What an error with STATUS means to those who watch. */
static enum outlier_kind kind_of_error(unsigned status)
{
    return status >= 502 && status <= 504 ? OUTLIER_FAILED : OUTLIER_ERROR;
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
        watch(b, kind_of_error(status), seconds, now);
    } else {
        facts->fails = 0;
        ewma_observe(&facts->ewma, seconds, now);
        watch(b, OUTLIER_ANSWERED, seconds, now);
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
        watch(b, OUTLIER_FAILED, outcome->took, visit->now);
        tell(b->facts);
        if (outcome->unreached)
            ledger_tell_unreached(b->pool->ledger, b->facts);
    }
    policy_done(b->pool->policy, b, visit, outcome);
}

/* Whether who has FACTS is up has changed at NOW. */
static void change_health(struct facts *facts, double now)
{
    facts->since = now;
    if (facts->outlier.out && !facts->health.down)
        outlier_return(&facts->outlier, false, now);
    list_anew(facts);
    tell(facts);
}

enum health_news pool_judge(struct facts *facts, enum verdict verdict,
                            const struct config_health *rule, double now)
{
    struct health was = facts->health;
    enum health_news news = health_judge(&facts->health, verdict, rule->rise, rule->fall);

    if (facts->health.down != was.down)
        change_health(facts, now);
    else if (facts->health.gone != was.gone)
        list_anew(facts);
    return news;
}

void pool_forget_health(struct facts *facts, double now)
{
    bool was_down = facts->health.down;

    facts->health = (struct health){ .known = false };
    if (was_down)
        change_health(facts, now);
}
