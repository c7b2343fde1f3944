/* A policy that answers as told, and remembers what it was asked and told. */
#ifndef TESTS_BALANCE_FAKE_POLICY_H
#define TESTS_BALANCE_FAKE_POLICY_H

#include "balance/policy.h"
#include "base/list.h"

#include <string.h>

struct fake {
    struct policy policy;
    enum policy_news news;
    unsigned chosen; /* which of those in the list */
    unsigned asked;
    struct ask ask;
    unsigned attempt;
    double now;
    char told[64]; /* the backends whose facts have changed: "aab" */
    char done[64]; /* those at whom an attempt has ended */
    struct outcome outcome;
    const struct visit *visit; /* of it */
};

static inline enum policy_news fake_pick(struct policy *policy, const struct ask *ask,
                                         struct backend **chosen)
{
    struct fake *fake = container_of(policy, struct fake, policy);

    fake->asked++;
    fake->ask = *ask;
    fake->attempt = ask->visit->attempt;
    fake->now = ask->visit->now;
    if (fake->news == POLICY_CHOSE)
        *chosen = ask->up[fake->chosen];
    return fake->news;
}

static inline void fake_facts(struct policy *policy, const struct backend *b)
{
    strcat(container_of(policy, struct fake, policy)->told, b->config->id);
}

static inline void fake_done(struct policy *policy, const struct backend *b, struct visit *visit,
                             const struct outcome *outcome)
{
    struct fake *fake = container_of(policy, struct fake, policy);

    strcat(fake->done, b->config->id);
    fake->visit = visit;
    fake->outcome = *outcome;
}

/* A policy that chooses the first, if nobody tells it otherwise. */
static inline struct fake fake_of(void)
{
    static const struct policy_ops ops = { fake_pick, fake_facts, fake_done };

    return (struct fake){ .policy = { &ops } };
}

#endif
