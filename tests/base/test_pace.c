/* How fast somebody is who is waited for. */
#include "base/pace.h"

#include "support/test.h"

#include <math.h>

static const double RATE = 100;

/* Lets TOTAL bytes come, COUNT every EVERY seconds, while he is waited for. When does he get out?
 * INFINITY: he does not. */
static double out_after(uint64_t total, uint64_t count, double every)
{
    struct pace pace;
    double now = 1000;
    uint64_t bytes = 0;

    pace_begin(&pace, now, 30);
    pace_note(&pace, now, 0, RATE, true);
    while (bytes < total) {
        if (pace_end(&pace) <= now + every)
            return pace_end(&pace) - 1000;
        now += every;
        bytes += count;
        pace_note(&pace, now, bytes, RATE, true);
    }
    return INFINITY;
}

TEST(who_sends_nothing_has_his_credit)
{
    struct pace pace;

    pace_begin(&pace, 5, 30);
    pace_note(&pace, 5, 0, RATE, true);
    ck_assert_double_eq(pace_end(&pace), 35);
    ck_assert(!pace_is_out(&pace));
    pace_note(&pace, 35, 0, RATE, true);
    ck_assert(pace_is_out(&pace));
}

TEST(who_drips_gets_out_in_the_end)
{
    ck_assert_double_eq_tol(out_after(100000, 1, 1), 30.3, 0.1);
    ck_assert_double_eq_tol(out_after(100000, 5, 0.1), 60, 0.2);
    ck_assert_double_eq_tol(out_after(1000000, 90, 1), 291, 1);
}

TEST(who_is_as_fast_as_he_must_be_never_gets_out)
{
    ck_assert_double_eq(out_after(1000000, 100, 1), INFINITY);
    ck_assert_double_eq(out_after(1000000, 1000, 10), INFINITY);
    ck_assert_double_eq(out_after(1000000, 3000, 29), INFINITY);
}

TEST(credit_is_not_hoarded)
{
    ck_assert_double_eq(out_after(1000000, 1 << 18, 31), 30);
}

TEST(who_is_not_waited_for_is_never_out)
{
    struct pace pace;

    pace_begin(&pace, 5, 30);
    pace_note(&pace, 5, 0, RATE, false);
    ck_assert_double_eq(pace_end(&pace), INFINITY);
    pace_note(&pace, 1000, 0, RATE, true);
    ck_assert_double_eq(pace_end(&pace), 1030);
    pace_note(&pace, 1029.5, 0, RATE, false);
    ck_assert(!pace_is_out(&pace));
    pace_note(&pace, 2000, 0, RATE, true);
    ck_assert_double_eq(pace_end(&pace), 2000.5);
}

TEST(bytes_are_counted_once)
{
    struct pace pace;

    pace_begin(&pace, 0, 30);
    pace_note(&pace, 0, 0, RATE, true);
    pace_note(&pace, 20, 500, RATE, true);
    ck_assert_double_eq(pace.credit, 15);
    pace_note(&pace, 21, 300, RATE, true);
    pace_note(&pace, 22, 500, RATE, true);
    ck_assert_double_eq(pace.credit, 13);
    pace_note(&pace, 22, 600, RATE, true);
    ck_assert_double_eq(pace.credit, 14);
}

TEST(time_that_we_have_missed_makes_no_debts)
{
    struct pace pace;

    pace_begin(&pace, 0, 30);
    pace_note(&pace, 0, 0, RATE, true);
    pace_note(&pace, 5000, 200, RATE, true);
    ck_assert_double_eq(pace_end(&pace), 5002);
    ck_assert(!pace_is_out(&pace));
}

TEST(a_thirtieth_is_nothing)
{
    struct pace pace;

    pace_begin(&pace, 0, 30);
    pace_note(&pace, 0, 0, RATE, true);
    pace_note(&pace, 30, 99, RATE, true);
    ck_assert(pace_is_out(&pace));
    pace_note(&pace, 30, 100, RATE, true);
    ck_assert(!pace_is_out(&pace));
}

TEST(what_is_heard_of_somebody_late_is_worth_some_time)
{
    ck_assert_double_eq(pace_grant(0, RATE, 30), 0);
    ck_assert_double_eq(pace_grant(99, RATE, 30), 0);
    ck_assert_double_eq(pace_grant(100, RATE, 30), 1);
    ck_assert_double_eq(pace_grant(2000, RATE, 30), 20);
    ck_assert_double_eq(pace_grant(1 << 20, RATE, 30), 30);
    ck_assert_double_eq(pace_grant(1 << 20, RATE, 0.5), 0.5);
    ck_assert_double_eq(pace_grant(0, 0, 30), 0);
    ck_assert_double_eq(pace_grant(1, 0, 30), 30);
}

TEST(credit_is_what_one_may_do_nothing_for_but_thirty_seconds_at_most)
{
    ck_assert_double_eq(pace_most(5), 5);
    ck_assert_double_eq(pace_most(3600), 30);
}

TEST(who_has_little_credit_gets_out_soon)
{
    struct pace pace;

    pace_begin(&pace, 0, 0.5);
    pace_note(&pace, 0, 0, RATE, true);
    ck_assert_double_eq(pace_end(&pace), 0.5);
    pace_note(&pace, 0.25, 1000, RATE, true);
    ck_assert_double_eq(pace_end(&pace), 0.75);
    pace_note(&pace, 0.72, 1000, RATE, true);
    ck_assert(!pace_is_out(&pace));
    pace_note(&pace, 0.74, 1000, RATE, true);
    ck_assert(pace_is_out(&pace));
}

SUITE(pace, credit_is_what_one_may_do_nothing_for_but_thirty_seconds_at_most,
      who_has_little_credit_gets_out_soon, who_sends_nothing_has_his_credit,
      who_drips_gets_out_in_the_end, who_is_as_fast_as_he_must_be_never_gets_out,
      credit_is_not_hoarded, who_is_not_waited_for_is_never_out, bytes_are_counted_once,
      time_that_we_have_missed_makes_no_debts, a_thirtieth_is_nothing,
      what_is_heard_of_somebody_late_is_worth_some_time);
