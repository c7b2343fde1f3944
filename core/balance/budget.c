/* How many retries a pool may have. */
#include "balance/budget.h"

#include <math.h>

/* What there was in the second that is the oldest does not count any more. */
static void forget_oldest(struct budget *budget)
{
    budget->at = (budget->at + 1) % BUDGET_SECONDS;
    budget->requests -= budget->seconds[budget->at].requests;
    budget->retries -= budget->seconds[budget->at].retries;
    budget->seconds[budget->at].requests = 0;
    budget->seconds[budget->at].retries = 0;
}

void budget_turn(struct budget *budget, double now)
{
    double passed = floor(now) + 1 - budget->until;

    for (int i = 0; i < BUDGET_SECONDS && i < passed; i++)
        forget_oldest(budget);
    if (passed > 0)
        budget->until += passed;
}

bool budget_allows(struct budget *budget, double share, double now)
{
    double most;

    budget_turn(budget, now);
    most = fmax(share * budget->requests, BUDGET_FLOOR * BUDGET_SECONDS);
    return share > 0 && budget->retries + 1 <= most;
}

void budget_spend(struct budget *budget, double now)
{
    budget_turn(budget, now);
    budget->seconds[budget->at].retries++;
    budget->retries++;
}
