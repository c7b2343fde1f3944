/* A pool, its rules, and attempts at its backends that end as a test says. */
#ifndef TESTS_BALANCE_CREW_H
#define TESTS_BALANCE_CREW_H

#include "backends.h"
#include "fake_policy.h"
#include "net/heard.h"
#include "support/test.h"

#include "balance/facts.h"

#include <string.h>

struct crew {
    struct config config;
    struct config_outlier *rule;
    struct config_health health;
    struct counters counters;
    struct ledger ledger;
    struct pool pool;
    struct fake fake;
    struct heard heard;
    double now;
    unsigned unreached; /* told */
};

static inline void crew_on_unreached(void *owner, struct facts *facts)
{
    struct crew *c = owner;

    (void)facts;
    c->unreached++;
}

/* Makes the pool, by what is in the config. */
static inline void crew_start(struct crew *c)
{
    ledger_init(&c->ledger, NULL, c);
    ledger_set_unreached(&c->ledger, crew_on_unreached);
    pool_init(&c->pool, c->config.pools, &c->ledger, &c->counters, 1);
}

/* COUNT backends that round robin chooses from, at second 100, with checks and rules as they are if
 * nobody says otherwise; those may be changed until crew_start. */
static inline void crew_begin(struct crew *c, unsigned count)
{
    *c = (struct crew){ .config = config_of(count), .now = 100 };
    c->rule = &c->config.pools[0].outlier;
    c->health = config_health;
    heard_begin(&c->heard);
}

static inline void crew_end(struct crew *c)
{
    pool_fini(&c->pool);
    config_fini(&c->config);
    heard_end(&c->heard);
}

static inline struct backend *crew_backend(struct crew *c, char id)
{
    return &c->pool.backends[id - 'a'];
}

/* An attempt at the backend ID ends with STATUS after SECONDS; 0: it has refused. */
static inline void crew_try(struct crew *c, char id, unsigned status, double seconds)
{
    struct visit visit = { .now = c->now };
    struct outcome outcome = { .status = status, .took = seconds, .first = seconds };

    if (status == 0) {
        outcome.err = ERR_REFUSED;
        outcome.unreached = true;
    } else {
        facts_hear_head(crew_backend(c, id), status, seconds, c->now);
    }
    facts_hear(crew_backend(c, id), &visit, &outcome);
}

/* The same, TIMES times. */
static inline void crew_try_often(struct crew *c, char id, unsigned status, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        crew_try(c, id, status, 0.001);
}

/* As many checks of the backend ID as it takes end so. */
static inline void crew_check(struct crew *c, char id, enum verdict verdict)
{
    for (int i = 0; i < 3; i++)
        facts_judge(crew_backend(c, id)->facts, verdict, &c->health, c->now);
}

/* The id of who is chosen when TRIED, if not '-', was tried; '-' for nobody. */
static inline char crew_retry(struct crew *c, char tried)
{
    struct visit visit = { .attempt = 1, .now = c->now };
    struct ask ask = { .visit = &visit };
    struct backend *list[] = { tried != '-' ? crew_backend(c, tried) : NULL };
    struct backend *b = pool_pick(&c->pool, &ask, list, tried != '-');

    return b == NULL ? '-' : b->config->id[0];
}

static inline char crew_pick(struct crew *c)
{
    return crew_retry(c, '-');
}

/* Who is usable, by now. */
static inline const char *crew_up(struct crew *c)
{
    static char text[32];

    pool_settle(&c->pool, c->now);
    for (unsigned i = 0; i < c->pool.up_count; i++)
        text[i] = c->pool.up[i]->config->id[0];
    text[c->pool.up_count] = '\0';
    return text;
}

/* How many of COUNT requests the backend ID gets. */
static inline unsigned crew_share(struct crew *c, char id, unsigned count)
{
    unsigned share = 0;

    for (unsigned i = 0; i < count; i++)
        share += crew_pick(c) == id;
    return share;
}

#endif
