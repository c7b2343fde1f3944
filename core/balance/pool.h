/* The backends a route may choose from, who of them is usable now, and who chooses.
 *
 * The pool is the one place where facts change: it leases backends to attempts and takes them back,
 * and hears the verdicts of the checks. Whatever changes is told to the policy at once.
 */
#ifndef BALANCE_POOL_H
#define BALANCE_POOL_H

#include "balance/policy.h"
#include "base/counters.h"

struct pool {
    struct backend *backends; /* all of them, in the order of the config */
    unsigned count;
    struct backend **up; /* those that are up, in the same order */
    unsigned up_count;
    uint64_t version;        /* of the list above: another number whenever it changes */
    struct backend **others; /* room for a list without those already tried */
    struct policy *policy;
    struct policy_round_robin fallback;
    struct counters *counters;
};

/* A pool of the backends in CONFIG, all up, chosen from by round robin. Choices that the policy
 * failed to make are counted in COUNTERS. Both must outlive the pool. */
void pool_init(struct pool *pool, const struct config *config, struct counters *counters);

/* Frees the lists. No lease may be open. */
void pool_fini(struct pool *pool);

/* From now on POLICY chooses. It stays the caller's and must outlive the pool. */
void pool_set_policy(struct pool *pool, struct policy *policy);

/* Chooses a backend for ASK, of which up, count and version are filled in here, leaving out the
 * TRIED_COUNT ones in TRIED. When the policy fails, round robin decides.
 * NULL if nobody is usable or the policy wants nobody. */
struct backend *pool_pick(struct pool *pool, struct ask *ask, struct backend *const *tried,
                          unsigned tried_count);

/* One more request is in flight at B. Every lease is released exactly once. */
void pool_lease(struct pool *pool, struct backend *b);
void pool_release(struct pool *pool, struct backend *b);

/* A check of B has ended, well if OK. Says whether B changed. */
enum health_news pool_judge(struct pool *pool, struct backend *b, bool ok,
                            const struct config_health *rule);

#endif
