/* The interface to whoever chooses, and the round robin that is always there.
 *
 * A policy is asked with a list that is never empty, and never waits. It owns no facts: the pool
 * tells it when one has changed.
 */
#ifndef BALANCE_POLICY_H
#define BALANCE_POLICY_H

#include "balance/backend.h"
#include "balance/visit.h"
#include "base/err.h"

/* What is asked. All of it belongs to the caller and lives as long as the call. */
struct ask {
    struct backend *const *up; /* who may be chosen */
    unsigned count;            /* at least 1 */
    uint64_t version; /* lists with the same version are the same; 0 for a list of its own */
    struct visit *visit;
};

/* How an attempt ended. */
struct outcome {
    enum err err;    /* OK, or why there was no response, or not all of it */
    bool unreached;  /* there was not even a connection */
    unsigned status; /* of the response; 0: there was none */
    double took;     /* seconds from its beginning to its end, */
    double first;    /* and to the head of the response; negative: there was none */
    uint64_t bytes;  /* of the body of the response */
};

enum policy_news {
    POLICY_CHOSE,  /* *CHOSEN is one of ask->up */
    POLICY_NOBODY, /* none of them shall have the request */
    POLICY_FAILED, /* no valid choice; why is in the log */
};

struct policy;

struct policy_ops {
    enum policy_news (*pick)(struct policy *policy, const struct ask *ask, struct backend **chosen);
    /* The facts of B have changed. */
    void (*facts)(struct policy *policy, const struct backend *b);
    /* An attempt at B, which this policy has chosen for VISIT, has ended. May be NULL. */
    void (*done)(struct policy *policy, const struct backend *b, struct visit *visit,
                 const struct outcome *outcome);
};

struct policy {
    const struct policy_ops *ops;
};

/* Asks POLICY: see the results above. */
static inline enum policy_news policy_pick(struct policy *policy, const struct ask *ask,
                                           struct backend **chosen)
{
    return policy->ops->pick(policy, ask, chosen);
}

/* Tells POLICY that facts of B have changed. */
static inline void policy_facts(struct policy *policy, const struct backend *b)
{
    policy->ops->facts(policy, b);
}

/* Tells POLICY how an attempt has ended, if it wants to know. */
static inline void policy_done(struct policy *policy, const struct backend *b, struct visit *visit,
                               const struct outcome *outcome)
{
    if (policy->ops->done != NULL)
        policy->ops->done(policy, b, visit, outcome);
}

/* Every backend in its turn. */
struct policy_round_robin {
    struct policy policy;
    unsigned next;
};

/* Starts with the first backend of whatever list comes first. */
void policy_round_robin_init(struct policy_round_robin *rr);

#endif
