/* The round robin that is always there. */
#include "balance/policy.h"

#include "base/list.h"

static enum policy_news pick(struct policy *policy, const struct ask *ask, struct backend **chosen)
{
    struct policy_round_robin *rr = container_of(policy, struct policy_round_robin, policy);

    *chosen = ask->up[rr->next++ % ask->count];
    return POLICY_CHOSE;
}

static void facts(struct policy *policy, const struct backend *b)
{
    (void)policy;
    (void)b;
}

void policy_round_robin_init(struct policy_round_robin *rr)
{
    static const struct policy_ops ops = { pick, facts, NULL };

    *rr = (struct policy_round_robin){ .policy = { &ops } };
}
