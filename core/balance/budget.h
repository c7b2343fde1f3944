/* How many retries a pool may have: a share of its requests, so that an outage does not make a
 * storm of them, and a few besides, for those who have few requests.
 *
 * A retry is granted if, with it, those of the last ten seconds are no more than
 *
 *     max(share * requests of the last ten seconds, 3 * 10)
 *
 * After the retry budget of Finagle (a token bucket that holds ten seconds of both; its reserve is
 * added, and ten a second), with the 20 % of Envoy and the SRE book. The larger of the two, not
 * their sum: under load it is the share alone that counts, and the thirty, which may come all at
 * once, are what the first second of an outage costs a small site. A share of 0 grants nothing.
 *
 * The ten seconds are the current one, by the clock, and the nine before it.
 */
#ifndef BALANCE_BUDGET_H
#define BALANCE_BUDGET_H

#include <stdbool.h>

enum { BUDGET_SECONDS = 10, BUDGET_FLOOR = 3 };

/* Embed it, zeroed. */
struct budget {
    double until; /* the current second ends then */
    unsigned at;  /* its place among these */
    struct {
        unsigned requests, retries;
    } seconds[BUDGET_SECONDS];
    unsigned requests, retries; /* of all of them */
};

/* It is NOW: forgets what is too old by now. */
void budget_turn(struct budget *budget, double now);

/* There is one more request, at its first attempt, at NOW. */
static inline void budget_hear(struct budget *budget, double now)
{
    if (now >= budget->until)
        budget_turn(budget, now);
    budget->seconds[budget->at].requests++;
    budget->requests++;
}

/* Is there a retry left at NOW, if their SHARE of the requests is this? */
bool budget_allows(struct budget *budget, double share, double now);

/* A retry is made at NOW. */
void budget_spend(struct budget *budget, double now);

#endif
