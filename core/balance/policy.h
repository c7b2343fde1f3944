/* The interface to whoever chooses, and the round robin that is always there.
 *
 * A policy is asked with a list that is never empty, and never waits. It owns no facts: the pool
 * tells it when one has changed.
 */
#ifndef BALANCE_POLICY_H
#define BALANCE_POLICY_H

#include "balance/backend.h"

struct addr;
struct head;

/* What is asked. All of it belongs to the caller and lives as long as the call. */
struct ask {
    struct backend *const *up; /* who may be chosen */
    unsigned count;            /* at least 1 */
    uint64_t version; /* lists with the same version are the same; 0 for a list of its own */
    const struct head *request;
    const struct addr *client;
    unsigned attempt; /* 1 for the first */
    double now;       /* seconds */
};

enum policy_news {
    POLICY_CHOSE,  /* *CHOSEN is one of ask->up */
    POLICY_NOBODY, /* none of them shall have the request */
    POLICY_FAILED, /* no valid choice; why is in the log */
};

struct policy;

struct policy_ops {
    enum policy_news (*pick)(struct policy *policy, const struct ask *ask, struct backend **chosen);
    /* B has another number in flight, or went up or down. */
    void (*facts)(struct policy *policy, const struct backend *b);
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

/* Every backend in its turn. */
struct policy_round_robin {
    struct policy policy;
    unsigned next;
};

/* Starts with the first backend of whatever list comes first. */
void policy_round_robin_init(struct policy_round_robin *rr);

#endif
