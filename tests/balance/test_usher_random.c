/* Requests that come, wait, are served and leave, in pools that share servers with caps: every run
 * is a story made up from its number, in which nobody is forgotten. */
#include "backends.h"
#include "base/log.h"
#include "support/test.h"

#include "balance/facts.h"

#include <string.h>

enum { STORIES = 2000, EVENTS = 150, REQUESTS = 24, POOLS = 3, TRIES = 3 };

static const struct config_health rule = { .rise = 1, .fall = 1 };

struct request {
    struct waiter waiter;
    struct story *story;
    enum { GONE, WAITS, SERVED } state;
    struct pool *pool;
    unsigned number; /* of all in the story, in the order in which they came */
    struct backend *tried[TRIES];
    unsigned tries;
};

/* Pools "abc", "bcd" and, once in a while, a generation anew of the first. */
struct story {
    unsigned number;
    unsigned seed;
    struct config config;
    struct counters counters;
    struct ledger ledger;
    struct usher usher;
    struct pool pools[POOLS];
    struct request requests[REQUESTS];
    unsigned came;
    bool due;
    bool working;
    unsigned waited; /* so many have had to */
};

/* The same as an assertion, which notes each time that it holds: there are too many. */
static void must(const struct story *s, bool ok, const char *what)
{
    if (!ok)
        ck_abort_msg("story %u: %s", s->number, what);
}

static unsigned chance(struct story *s, unsigned n)
{
    s->seed = s->seed * 1103515245 + 12345;
    return (s->seed >> 16 & 0x7fff) % n;
}

static void on_due(struct usher *usher)
{
    struct story *s = container_of(usher, struct story, usher);

    s->due = true;
}

static void take(struct request *r, struct backend *b)
{
    must(r->story, !b->facts->health.down && !b->drains, "one is chosen who gets no requests");
    must(r->story, b->facts->inflight < b->cap, "a cap is exceeded");
    must(r->story, !backend_is_in(r->tried, r->tries, b), "one is chosen twice");
    facts_lease(b);
    r->tried[r->tries++] = b;
    r->state = SERVED;
}

/* As an exchange does it. */
static void choose(struct request *r)
{
    struct visit visit = { .attempt = 1 };
    struct ask ask = { .visit = &visit };
    struct backend *b = pool_pick(r->pool, &ask, r->tried, r->tries);
    bool is_full = b == NULL && pool_is_full(r->pool, r->tried, r->tries);

    r->state = GONE;
    if (b != NULL)
        take(r, b);
    must(r->story, !is_full || !r->story->working, "somebody was called without room for him");
    if (!is_full)
        return;
    r->waiter.tried = r->tried;
    r->waiter.tried_count = r->tries;
    r->state = WAITS;
    r->story->waited++;
    if (r->tries > 0)
        usher_queue_first(&r->pool->line, &r->waiter);
    else
        usher_queue(&r->pool->line, &r->waiter);
}

/* Nobody who has not been with a backend is overtaken by another one like him. */
static void on_call(struct waiter *waiter)
{
    struct request *r = container_of(waiter, struct request, waiter);
    struct story *s = r->story;

    must(s, s->working, "somebody was called in the middle of something else");
    for (int i = 0; i < REQUESTS; i++) {
        const struct request *other = &s->requests[i];

        if (other->state == WAITS && other->pool == r->pool && r->tries == 0 && other->tries == 0)
            must(s, other->number >= r->number, "somebody is overtaken");
    }
    choose(r);
}

static void come(struct story *s, struct request *r)
{
    *r = (struct request){ .story = s,
                           .pool = &s->pools[chance(s, POOLS)],
                           .number = s->came++,
                           .waiter = { .call = on_call } };
    if (!usher_is_wanted(&r->pool->line)) {
        choose(r);
        return;
    }
    r->state = WAITS;
    usher_queue(&r->pool->line, &r->waiter);
}

/* R, which is served, is not any more: it has ended, or tries another one. */
static void end_service(struct story *s, struct request *r)
{
    bool again = r->tries < TRIES && chance(s, 3) == 0;

    facts_release(r->tried[r->tries - 1]);
    r->state = GONE;
    if (again)
        choose(r);
}

static void leave(struct request *r)
{
    usher_leave(&r->waiter);
    r->state = GONE;
}

static void change_health(struct story *s)
{
    const struct pool *pool = &s->pools[chance(s, POOLS)];
    struct facts *facts = pool->backends[chance(s, pool->count)].facts;

    facts_judge(facts, facts->health.down ? VERDICT_GOOD : VERDICT_GONE, &rule, 20);
}

/* What holds for the first pool is not as it was, also for the one that was there before it. */
static void reload(struct story *s)
{
    struct config_pool *config = &s->config.pools[0];

    for (int i = 0; i < REQUESTS; i++)
        if (s->requests[i].pool == &s->pools[0] && s->requests[i].state != GONE)
            return;
    pool_fini(&s->pools[0]);
    for (unsigned i = 0; i < config->backend_count; i++) {
        config->backends[i].cap = chance(s, 4);
        config->backends[i].drain = chance(s, 4) == 0;
    }
    pool_init(&s->pools[0], config, &s->ledger, &s->counters, 10);
    pool_set_usher(&s->pools[0], &s->usher);
    pool_follow(&s->pools[2], &s->pools[0]);
}

static void begin(struct story *s, unsigned number)
{
    *s = (struct story){ .number = number, .seed = number * 7919 };
    config_init(&s->config);
    ledger_init(&s->ledger, NULL, NULL);
    usher_init(&s->usher, on_due);
    for (int p = 0; p < POOLS; p++)
        add_pool(&s->config, "some", p == 1 ? 'b' : 'a', 3);
    for (int p = 0; p < POOLS; p++) {
        struct config_pool *config = &s->config.pools[p];

        config->inflight = 1 + chance(s, 3);
        for (unsigned i = 0; i < config->backend_count; i++)
            config->backends[i].cap = chance(s, 4);
        pool_init(&s->pools[p], config, &s->ledger, &s->counters, 10);
        pool_set_usher(&s->pools[p], &s->usher);
    }
}

/* One thing happens. */
static void event(struct story *s)
{
    struct request *r = &s->requests[chance(s, REQUESTS)];

    if (chance(s, 16) == 0)
        change_health(s);
    else if (chance(s, 32) == 0)
        reload(s);
    else if (r->state == GONE)
        come(s, r);
    else if (r->state == SERVED)
        end_service(s, r);
    else if (chance(s, 4) == 0)
        leave(r);
}

/* The turn of the loop ends. Nobody waits for what is there. */
static void end_turn(struct story *s)
{
    if (s->due) {
        s->due = false;
        s->working = true;
        usher_work(&s->usher);
        s->working = false;
    }
    for (int p = 0; p < POOLS; p++)
        must(s, !usher_is_wanted(&s->pools[p].line), "somebody is forgotten");
    for (int i = 0; i < REQUESTS; i++)
        must(s, (s->requests[i].state == WAITS) == (s->requests[i].waiter.line != NULL),
             "somebody waits in no line");
}

static unsigned count_in(const struct story *s, int state)
{
    unsigned count = 0;

    for (int i = 0; i < REQUESTS; i++)
        count += s->requests[i].state == (unsigned)state;
    return count;
}

/* All who are served come to an end, and all backends are there: nobody waits then. */
static void finish(struct story *s)
{
    for (int p = 0; p < POOLS; p++)
        for (unsigned i = 0; i < s->pools[p].count; i++) {
            s->pools[p].backends[i].drains = false;
            facts_judge(s->pools[p].backends[i].facts, VERDICT_GONE, &rule, 30);
            facts_judge(s->pools[p].backends[i].facts, VERDICT_GOOD, &rule, 30);
        }
    end_turn(s);
    while (count_in(s, SERVED) > 0) {
        for (int i = 0; i < REQUESTS; i++)
            if (s->requests[i].state == SERVED)
                end_service(s, &s->requests[i]);
        end_turn(s);
    }
    must(s, count_in(s, WAITS) == 0, "somebody still waits");
    for (int p = 0; p < POOLS; p++) {
        for (unsigned i = 0; i < s->pools[p].count; i++)
            must(s, s->pools[p].backends[i].facts->inflight == 0, "a lease is not released");
        pool_fini(&s->pools[p]);
    }
    must(s, s->ledger.count == 0, "facts are still held");
    config_fini(&s->config);
}

TEST(whatever_happens_caps_are_kept_and_nobody_is_forgotten_or_overtaken)
{
    unsigned waited = 0;

    log_set_level(LOG_ERROR); /* of those who panic there are too many */
    for (unsigned number = 0; number < STORIES; number++) {
        struct story s;

        begin(&s, number);
        for (int i = 0; i < EVENTS; i++) {
            event(&s);
            if (chance(&s, 3) > 0)
                end_turn(&s);
        }
        finish(&s);
        waited += s.waited;
    }
    ck_assert_uint_gt(waited, STORIES * 10);
}

SUITE(usher_random, whatever_happens_caps_are_kept_and_nobody_is_forgotten_or_overtaken);
