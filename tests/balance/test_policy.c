/* The round robin that is always there. */
#include "support/test.h"

#include "balance/policy.h"

#include <limits.h>

/* Whom RR chooses of the first COUNT of three backends: "a", "b" or "c". */
static char choose(struct policy_round_robin *rr, unsigned count)
{
    static struct backend backends[3];
    static struct backend *const up[] = { &backends[0], &backends[1], &backends[2] };
    struct ask ask = { .up = up, .count = count, .version = 1 };
    struct backend *chosen = NULL;
    unsigned i = 0;

    ck_assert_int_eq(policy_pick(&rr->policy, &ask, &chosen), POLICY_CHOSE);
    while (i < count && up[i] != chosen)
        i++;
    ck_assert_uint_lt(i, count);
    return (char)('a' + i);
}

TEST(round_robin_takes_every_backend_in_its_turn)
{
    struct policy_round_robin rr;
    char turns[8] = "";

    policy_round_robin_init(&rr);
    for (int i = 0; i < 7; i++)
        turns[i] = choose(&rr, 3);
    ck_assert_str_eq(turns, "abcabca");
}

TEST(round_robin_stays_within_a_list_that_shrinks_and_grows)
{
    struct policy_round_robin rr;

    policy_round_robin_init(&rr);
    for (unsigned i = 0; i < 100; i++)
        choose(&rr, 1 + i * 7 % 3);
}

TEST(round_robin_takes_the_only_one_there_is)
{
    struct policy_round_robin rr;

    policy_round_robin_init(&rr);
    ck_assert_int_eq(choose(&rr, 1), 'a');
    ck_assert_int_eq(choose(&rr, 1), 'a');
}

TEST(round_robin_goes_on_when_its_count_begins_anew)
{
    struct policy_round_robin rr;

    policy_round_robin_init(&rr);
    rr.next = UINT_MAX;
    for (int i = 0; i < 4; i++)
        choose(&rr, 3);
    ck_assert_uint_eq(rr.next, 3);
}

TEST(round_robin_does_not_care_about_facts_and_outcomes)
{
    struct policy_round_robin rr;
    struct visit visit = { .attempt = 1 };
    struct outcome outcome = { .err = ERR_RESET };
    struct facts facts = { .inflight = 9 };
    struct backend b = { .facts = &facts };

    policy_round_robin_init(&rr);
    policy_facts(&rr.policy, &b);
    policy_done(&rr.policy, &b, &visit, &outcome);
    ck_assert_int_eq(choose(&rr, 2), 'a');
}

SUITE(policy, round_robin_takes_every_backend_in_its_turn,
      round_robin_stays_within_a_list_that_shrinks_and_grows,
      round_robin_takes_the_only_one_there_is, round_robin_goes_on_when_its_count_begins_anew,
      round_robin_does_not_care_about_facts_and_outcomes);
