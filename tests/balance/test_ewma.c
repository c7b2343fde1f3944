/* The latency of a backend as peak EWMA. */
#include "support/test.h"

#include "balance/ewma.h"

/* What is left of something after as many seconds as the memory is long, and after twice as many:
 * exp(-1), exp(-2). */
static const double ONCE = 0.36787944117144233, TWICE = 0.1353352832366127;

enum { MEMORY = 10 };

/* A backend that took 0.5 s at the moment 100. */
static struct ewma slow_one(void)
{
    struct ewma ewma = { .known = false };

    ewma_observe(&ewma, 0.5, 100);
    return ewma;
}

static void check(const struct ewma *ewma, double cost, double at)
{
    ck_assert(ewma->known);
    ck_assert_double_eq_tol(ewma->cost, cost, 1e-12);
    ck_assert_double_eq(ewma->at, at);
}

TEST(the_first_value_is_believed_as_it_is)
{
    struct ewma ewma = { .known = false };

    ewma_observe(&ewma, 0.25, 7);
    check(&ewma, 0.25, 7);
}

TEST(a_slower_value_is_believed_at_once)
{
    struct ewma ewma = slow_one();

    ewma_observe(&ewma, 2, 100.001);
    check(&ewma, 2, 100.001);
}

TEST(a_quicker_value_is_believed_as_far_as_the_memory_has_faded)
{
    struct ewma ewma = slow_one();

    ewma_observe(&ewma, 0.1, 100 + MEMORY);
    check(&ewma, 0.1 * (1 - ONCE) + 0.5 * ONCE, 100 + MEMORY);
    ewma = slow_one();
    ewma_observe(&ewma, 0.1, 100 + 2 * MEMORY);
    check(&ewma, 0.1 * (1 - TWICE) + 0.5 * TWICE, 100 + 2 * MEMORY);
}

TEST(a_quicker_value_at_the_same_moment_changes_nothing)
{
    struct ewma ewma = slow_one();

    ewma_observe(&ewma, 0.1, 100);
    check(&ewma, 0.5, 100);
}

TEST(two_steps_come_to_the_same_as_one)
{
    struct ewma ewma = slow_one();

    ewma_observe(&ewma, 0.1, 100 + MEMORY);
    ewma_observe(&ewma, 0.1, 100 + 2 * MEMORY);
    check(&ewma, 0.1 * (1 - TWICE) + 0.5 * TWICE, 100 + 2 * MEMORY);
}

TEST(a_value_is_compared_with_what_was_known_then_and_not_with_what_is_left_of_it)
{
    struct ewma ewma = slow_one();

    /* Much of the half second has faded, so 0.4 s is more than is left; but no peak. */
    ewma_observe(&ewma, 0.4, 100 + MEMORY);
    check(&ewma, 0.4 * (1 - ONCE) + 0.5 * ONCE, 100 + MEMORY);
}

TEST(a_failure_of_somebody_unknown_counts_as_a_second)
{
    struct ewma ewma = { .known = false };

    ewma_observe_failure(&ewma, 0.001, 7);
    check(&ewma, EWMA_FAILURE, 7);
    ck_assert_double_eq(EWMA_FAILURE, 1);
}

TEST(a_quick_failure_makes_nobody_look_quicker)
{
    struct ewma ewma = slow_one();

    ewma_observe_failure(&ewma, 0.001, 100 + MEMORY);
    check(&ewma, 0.5, 100 + MEMORY);
}

TEST(a_slow_failure_counts_for_as_long_as_it_took)
{
    struct ewma ewma = slow_one();
    struct ewma unknown = { .known = false };

    ewma_observe_failure(&ewma, 3, 101);
    check(&ewma, 3, 101);
    ewma_observe_failure(&unknown, 30, 101);
    check(&unknown, 30, 101);
}

TEST(who_reads_it_has_it_fade)
{
    struct ewma ewma = slow_one();

    ck_assert_double_eq(ewma_read(&ewma, 100), 0.5);
    ck_assert_double_eq_tol(ewma_read(&ewma, 100 + MEMORY), 0.5 * exp(-1), 1e-12);
    check(&ewma, 0.5, 100);
}

SUITE(ewma, the_first_value_is_believed_as_it_is, a_slower_value_is_believed_at_once,
      a_quicker_value_is_believed_as_far_as_the_memory_has_faded,
      a_quicker_value_at_the_same_moment_changes_nothing, two_steps_come_to_the_same_as_one,
      a_value_is_compared_with_what_was_known_then_and_not_with_what_is_left_of_it,
      a_failure_of_somebody_unknown_counts_as_a_second, a_quick_failure_makes_nobody_look_quicker,
      a_slow_failure_counts_for_as_long_as_it_took, who_reads_it_has_it_fade);
