/* Saying the same thing once in a while only. */
#include "base/quiet.h"

#include "support/test.h"

TEST(what_was_never_said_may_be_said_at_any_time)
{
    static const double times[] = { 0, 0.5, 1e9 };

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct quiet quiet = { .unsaid = 0 };
        unsigned unsaid = 7;

        ck_assert(quiet_is_over(&quiet, times[i], 10, &unsaid));
        ck_assert_uint_eq(unsaid, 0);
    }
}

TEST(what_was_said_may_not_be_said_again_for_a_while)
{
    struct quiet quiet = { .unsaid = 0 };
    unsigned unsaid = 7;

    quiet_is_over(&quiet, 100, 10, &unsaid);
    unsaid = 7;
    ck_assert(!quiet_is_over(&quiet, 100, 10, &unsaid));
    ck_assert(!quiet_is_over(&quiet, 109.9, 10, &unsaid));
    ck_assert_uint_eq(unsaid, 7);
    ck_assert(quiet_is_over(&quiet, 110, 10, &unsaid));
}

TEST(what_was_left_unsaid_is_counted_from_one_time_to_the_next)
{
    struct quiet quiet = { .unsaid = 0 };
    unsigned unsaid;

    quiet_is_over(&quiet, 100, 10, &unsaid);
    for (int i = 0; i < 5; i++)
        quiet_is_over(&quiet, 101, 10, &unsaid);
    ck_assert(quiet_is_over(&quiet, 111, 10, &unsaid));
    ck_assert_uint_eq(unsaid, 5);
    quiet_is_over(&quiet, 112, 10, &unsaid);
    ck_assert(quiet_is_over(&quiet, 130, 10, &unsaid));
    ck_assert_uint_eq(unsaid, 1);
    ck_assert(quiet_is_over(&quiet, 150, 10, &unsaid));
    ck_assert_uint_eq(unsaid, 0);
}

TEST(being_asked_does_not_make_it_quiet_for_longer)
{
    struct quiet quiet = { .unsaid = 0 };
    unsigned unsaid;

    quiet_is_over(&quiet, 100, 1, &unsaid);
    for (double now = 100; now < 101; now += 0.125)
        ck_assert(!quiet_is_over(&quiet, now, 1, &unsaid));
    ck_assert(quiet_is_over(&quiet, 101, 1, &unsaid));
    ck_assert_uint_eq(unsaid, 8);
}

SUITE(quiet, what_was_never_said_may_be_said_at_any_time,
      what_was_said_may_not_be_said_again_for_a_while,
      what_was_left_unsaid_is_counted_from_one_time_to_the_next,
      being_asked_does_not_make_it_quiet_for_longer);
