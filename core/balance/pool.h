/* The backends a route may choose from, who of them is usable now, and who chooses.
 *
 * Usable is who is up by his checks and not out for what requests have met at him (see
 * balance/outlier.h): he is *fit*. But if less than the share PANIC_SHARE of a pool is fit, it
 * panics: better many bad servers than a few who break down under the load of all. Then all are
 * usable but those who are *gone*, since the last check has found nobody there: who is out, and
 * who is there though his checks fail. Who is there again is so with the first such check, however
 * many it takes until he counts as up. Backends that drain are not used, and count neither way.
 *
 * Who was out comes back with the first choice after his time, and has little to do at first: when
 * the policy chooses him, chance may have it choose once more, and if it insists, among the others.
 * Who comes up by his checks is out no more, and needs no such probation, since they have tried
 * him. That they go on ending well does not bring anybody back: a sick server accepts connections,
 * too.
 */
#ifndef BALANCE_POOL_H
#define BALANCE_POOL_H

#include "balance/budget.h"
#include "balance/ejector.h"
#include "balance/ledger.h"
#include "balance/policy.h"
#include "balance/usher.h"
#include "base/counters.h"

/* Below this share of fit ones a pool panics. */
#define PANIC_SHARE 0.5

struct pool {
    const struct config_pool *config;
    struct ledger *ledger;
    struct backend *backends; /* all of them, in the order of the config */
    unsigned count;
    struct backend **up; /* those that are usable, in the same order */
    unsigned up_count;
    unsigned fit_count, drain_count, serve_count; /* of all of them */
    bool panics;
    bool said_panics; /* the log says so, */
    double quiet;     /* and may say something else after this moment */
    bool uneasy;      /* somebody is out or in slow start, or there is something to be said */
    struct ejector ejector;
    uint64_t version;        /* of the list above: another number whenever it changes */
    struct backend **others; /* room for a list without those already tried */
    struct policy *policy;
    struct policy_round_robin fallback;
    struct counters *counters;
    struct line line;         /* those who wait until somebody is below his cap */
    struct budget budget;     /* of retries */
    struct quiet said_queue;  /* when something was last said of the line, */
    struct quiet said_budget; /* and that the budget is spent; exchange/complaint's */
};

/* A pool of the backends in CONFIG, chosen from by round robin. Their facts are held in LEDGER; who
 * is new to it is up since NOW. Choices that the policy failed to make are counted in COUNTERS. All
 * must outlive the pool. */
void pool_init(struct pool *pool, const struct config_pool *config, struct ledger *ledger,
               struct counters *counters, double now);

/* Lets go of the facts, and frees the lists. No lease may be open, and nobody may wait. */
void pool_fini(struct pool *pool);

/* From now on POLICY chooses. It stays the caller's and must outlive the pool. */
void pool_set_policy(struct pool *pool, struct policy *policy);

/* From now on it is USHER who calls those who wait for a backend of POOL. He must outlive it. */
void pool_set_usher(struct pool *pool, struct usher *usher);

/* POOL is one of an older generation, and still has requests: its backends have the caps that NEW
 * has for the same servers, and who drains in NEW gets no new requests from POOL either. */
void pool_follow(struct pool *pool, const struct pool *new);

/* Has come back who is out until NOW, and logs whether the pool panics, if that has changed;
 * pool_pick does so, too. */
void pool_settle(struct pool *pool, double now);

/* Chooses a backend for ASK, of which all but the visit is filled in here, leaving out the
 * TRIED_COUNT ones in TRIED. When the policy fails, round robin decides.
 * NULL if nobody is usable or the policy wants nobody. */
struct backend *pool_pick(struct pool *pool, struct ask *ask, struct backend *const *tried,
                          unsigned tried_count);

/* Would there be somebody, but for caps? That is, some of those not among the TRIED_COUNT ones in
 * TRIED may be given requests, but all of them are at their caps. */
bool pool_is_full(const struct pool *pool, struct backend *const *tried, unsigned tried_count);

/* Is anybody up who is not one of the TRIED_COUNT in TRIED? */
bool pool_has_others(const struct pool *pool, struct backend *const *tried, unsigned tried_count);

/* Who of POOL is fit, or at his cap, has changed: makes the list of those who may be chosen now. */
void pool_relist(struct pool *pool);

/* The same for all pools with who has FACTS, of older generations too. */
void pool_relist_users(const struct facts *facts);

#endif
