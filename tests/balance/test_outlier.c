/* Passive health: who is told bad, and what becomes of it. */
#include "support/test.h"

#include "balance/outlier.h"

#include <math.h>
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct config_outlier rule = { .watches = true,
                                            .errors = 3,
                                            .rate = 0.5,
                                            .latency = 5,
                                            .samples = 10,
                                            .every = 5,
                                            .eject = 10,
                                            .share = 0.5,
                                            .slow_start = 60 };

/* Has attempts end at NOW as the letters of ENDS say: 'a' answered, after a second; 'e' an error,
 * 'f' failed. Gives what was said of the last one. */
static enum outlier_news hear(struct outlier *o, const char *ends, double now)
{
    static const enum outlier_kind kinds[] = {
        ['a'] = OUTLIER_ANSWERED, ['e'] = OUTLIER_ERROR, ['f'] = OUTLIER_FAILED
    };
    enum outlier_news news = OUTLIER_NOTHING;

    for (; *ends != '\0'; ends++)
        news = outlier_hear(o, &rule, kinds[(unsigned char)*ends], 1, now);
    return news;
}

TEST(what_is_told_bad_in_one_window_is_what_the_rule_says)
{
    static const struct {
        const char *ends;
        enum outlier_news news;
    } cases[] = {
        { "a", OUTLIER_NOTHING },
        { "ff", OUTLIER_NOTHING },
        { "fff", OUTLIER_ERRORS },
        { "ffaff", OUTLIER_NOTHING },
        { "ffeff", OUTLIER_NOTHING }, /* an error of the application is an answer */
        { "ffafff", OUTLIER_ERRORS },
        { "eeeeeeeeeeeeeeeeeeee", OUTLIER_NOTHING },
        { "fafafafaf", OUTLIER_NOTHING },  /* more than half, but of nine */
        { "fafafafafa", OUTLIER_NOTHING }, /* half of ten; seen with the next failure */
        { "fafafafafaf", OUTLIER_RATE },
        { "fefefefeff", OUTLIER_RATE },
        { "aaaaafafaf", OUTLIER_NOTHING },
        { "aaaaaaaaaaaaffaffaff", OUTLIER_NOTHING },
        { "aaaaaaaaaaaaffaffaffaff", OUTLIER_NOTHING },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct outlier o = { .out = false };

        if (hear(&o, cases[i].ends, 100) != cases[i].news)
            ck_abort_msg("%s", cases[i].ends);
    }
}

TEST(failures_running_are_counted_over_windows)
{
    struct outlier o = { .out = false };

    hear(&o, "f", 100);
    hear(&o, "f", 200);
    ck_assert_int_eq(hear(&o, "f", 300), OUTLIER_ERRORS);
}

TEST(a_rate_is_that_of_one_window_and_seen_at_its_end_at_the_latest)
{
    struct outlier two = { .out = false };
    struct outlier one = { .out = false };

    hear(&two, "fafafaf", 100);
    ck_assert_int_eq(hear(&two, "afafafa", 105), OUTLIER_NOTHING);
    hear(&one, "fafafafafa", 100);
    ck_assert_int_eq(hear(&one, "a", 105), OUTLIER_RATE);
}

TEST(a_mean_is_known_once_enough_was_measured)
{
    struct outlier o = { .out = false };

    hear(&o, "aaaaaaaaa", 100);
    ck_assert_double_lt(outlier_mean(&o, &rule, 100), 0);
    ck_assert_int_eq(hear(&o, "fe", 101), OUTLIER_NOTHING);
    ck_assert_double_lt(outlier_mean(&o, &rule, 101), 0);
    outlier_hear(&o, &rule, OUTLIER_ANSWERED, 2, 101);
    ck_assert_double_eq(outlier_mean(&o, &rule, 101), 1.1);
}

TEST(a_mean_is_to_be_compared_when_its_window_is_over_and_forgotten_after_two)
{
    struct outlier o = { .out = false };

    hear(&o, "aaaaaaaaaa", 100);
    ck_assert_int_eq(hear(&o, "a", 104.9), OUTLIER_NOTHING);
    ck_assert_int_eq(hear(&o, "a", 105), OUTLIER_MEAN);
    ck_assert_double_eq(o.mean, 1);
    ck_assert_int_eq(hear(&o, "a", 106), OUTLIER_NOTHING);
    ck_assert_double_eq(outlier_mean(&o, &rule, 114.9), 1);
    ck_assert_double_lt(outlier_mean(&o, &rule, 115), 0);
}

TEST(a_mean_of_long_ago_is_none)
{
    struct outlier o = { .out = false };

    hear(&o, "aaaaaaaaaa", 100);
    ck_assert_double_eq(outlier_mean(&o, &rule, 109.9), 1);
    ck_assert_double_lt(outlier_mean(&o, &rule, 110), 0);
    ck_assert_int_eq(hear(&o, "a", 110), OUTLIER_NOTHING);
    ck_assert_double_lt(outlier_mean(&o, &rule, 110), 0);
}

TEST(latency_does_not_matter_where_nobody_asks_for_it)
{
    struct config_outlier lenient = rule;
    struct outlier o = { .out = false };

    lenient.latency = 0;
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(outlier_hear(&o, &lenient, OUTLIER_ANSWERED, i, 100 + i), OUTLIER_NOTHING);
}

TEST(a_mean_is_compared_with_the_median_of_at_least_two)
{
    double odd[] = { 0.03, 0.01, 9 };
    double even[] = { 0.05, 0.01, 9, 0.03 };
    double one[] = { 0.01 };

    ck_assert_double_eq(outlier_median(odd, 3), 0.03);
    ck_assert_double_eq(outlier_median(even, 4), 0.04);
    ck_assert_double_eq(outlier_median(even, 2), 0.02);
    ck_assert(isinf(outlier_median(one, 1)));
    ck_assert(isinf(outlier_median(one, 0)));
    ck_assert(!outlier_is_slow(1000, INFINITY, &rule));
}

TEST(who_is_slow_is_so_in_proportion_and_by_fifty_milliseconds)
{
    ck_assert(outlier_is_slow(0.51, 0.1, &rule));
    ck_assert(!outlier_is_slow(0.5, 0.1, &rule));
    ck_assert(outlier_is_slow(0.052, 0.001, &rule));
    ck_assert(!outlier_is_slow(0.049, 0.001, &rule));
}

TEST(half_may_be_out_but_one_in_any_case_and_never_all)
{
    static const unsigned most[] = { 0, 0, 1, 1, 2, 2, 3, 3, 4 };
    struct config_outlier all = rule;
    struct config_outlier none = rule;

    all.share = 1;
    none.share = 0;
    for (unsigned n = 0; n < COUNT_OF(most); n++) {
        ck_assert_uint_eq(outlier_most(n, &rule), most[n]);
        ck_assert_uint_eq(outlier_most(n, &none), n < 2 ? 0 : 1);
        ck_assert_uint_eq(outlier_most(n, &all), n < 2 ? 0 : n - 1);
    }
}

/* How long it is out when it is told bad the Nth time running. */
static double time_out(unsigned n, double eject, double chance)
{
    struct config_outlier own = rule;
    struct outlier o = { .times = n - 1 };

    own.eject = eject;
    outlier_eject(&o, &own, chance, 1000);
    ck_assert(o.out);
    return o.until - 1000;
}

TEST(it_is_out_for_longer_each_time_up_to_five_minutes)
{
    ck_assert_double_eq(time_out(1, 10, 0), 10);
    ck_assert_double_eq(time_out(2, 10, 0), 20);
    ck_assert_double_eq(time_out(30, 10, 0), 300);
    ck_assert_double_eq(time_out(31, 10, 0), 300);
    ck_assert_double_eq(time_out(1, 400, 0), 400);
    ck_assert_double_eq(time_out(2, 400, 0), 400);
}

TEST(chance_makes_it_up_to_a_tenth_longer)
{
    ck_assert_double_eq(time_out(1, 10, 0.5), 10.5);
    for (int i = 0; i < 1000; i++) {
        double time = time_out(3, 10, i / 1000.0);

        ck_assert(time >= 30 && time < 33);
    }
}

TEST(nothing_is_judged_of_who_is_out)
{
    struct outlier o = { .out = false };

    outlier_eject(&o, &rule, 0, 100);
    ck_assert_int_eq(hear(&o, "ffffffffffffffff", 101), OUTLIER_NOTHING);
    ck_assert_int_eq(hear(&o, "aaaaaaaaaaaaaaaa", 101), OUTLIER_NOTHING);
    ck_assert_int_eq(hear(&o, "a", 108), OUTLIER_NOTHING);
}

TEST(who_is_back_begins_anew_but_for_how_often_it_was_out)
{
    struct outlier o = { .out = false };

    hear(&o, "aaaaaaaaaa", 95);
    hear(&o, "ff", 100);
    outlier_eject(&o, &rule, 0, 100);
    outlier_return(&o, true, 110);
    ck_assert(!o.out);
    ck_assert_uint_eq(o.times, 1);
    ck_assert_double_lt(outlier_mean(&o, &rule, 110), 0);
    ck_assert_int_eq(hear(&o, "ff", 110), OUTLIER_NOTHING);
    ck_assert_int_eq(hear(&o, "f", 110), OUTLIER_ERRORS);
}

/* Back at 110 after having been out three times running. */
static struct outlier back(void)
{
    struct outlier o = { .times = 2 };

    outlier_eject(&o, &rule, 0, 100);
    outlier_return(&o, true, 110);
    return o;
}

TEST(each_window_without_a_failure_is_forgiven_an_ejection_for)
{
    struct outlier o = back();
    double now = 110;

    hear(&o, "a", now);
    hear(&o, "a", now += 5);
    ck_assert_uint_eq(o.times, 3);
    hear(&o, "a", now += 5);
    ck_assert_uint_eq(o.times, 2);
    hear(&o, "f", now += 1);
    hear(&o, "a", now += 4);
    ck_assert_uint_eq(o.times, 1);
    hear(&o, "a", now += 5);
    ck_assert_uint_eq(o.times, 1);
    hear(&o, "a", now += 5);
    hear(&o, "a", now += 5);
    ck_assert_uint_eq(o.times, 0);
}

TEST(time_without_attempts_is_forgiven_too)
{
    struct outlier idle = back();
    struct outlier busy = back();

    hear(&idle, "a", 119.9);
    ck_assert_uint_eq(idle.times, 2);
    hear(&busy, "f", 110);
    hear(&busy, "a", 129.9);
    ck_assert_uint_eq(busy.times, 1);
}

TEST(who_is_slow_again_and_again_is_out_for_longer_each_time)
{
    struct outlier o = { .out = false };
    double now = 100;

    for (unsigned n = 1; n < 5; n++) {
        hear(&o, "aaaaaaaaaaa", now);
        ck_assert_int_eq(hear(&o, "a", now += 5), OUTLIER_MEAN);
        outlier_eject(&o, &rule, 0, now);
        ck_assert_uint_eq(o.times, n);
        outlier_return(&o, true, now = o.until);
    }
}

TEST(the_share_grows_as_in_envoy)
{
    static const double at[] = { 0, 6, 15, 30, 45, 60 };
    static const double share[] = { 0.1, 0.1, 0.25, 0.5, 0.75, 1 };
    struct outlier o = back();

    for (size_t i = 0; i < COUNT_OF(at); i++)
        ck_assert_double_eq(outlier_share(&o, &rule, 110 + at[i]), share[i]);
}

TEST(who_was_never_out_or_is_not_on_probation_has_all_at_once)
{
    struct outlier never = { .out = false };
    struct outlier tried = back();
    struct config_outlier abrupt = rule;

    abrupt.slow_start = 0;
    ck_assert_double_eq(outlier_share(&never, &rule, 0), 1);
    ck_assert_double_eq(outlier_share(&tried, &abrupt, 110), 1);
    outlier_return(&tried, false, 120);
    ck_assert_double_eq(outlier_share(&tried, &rule, 120), 1);
}

SUITE(outlier, what_is_told_bad_in_one_window_is_what_the_rule_says,
      failures_running_are_counted_over_windows,
      a_rate_is_that_of_one_window_and_seen_at_its_end_at_the_latest,
      a_mean_is_known_once_enough_was_measured,
      a_mean_is_to_be_compared_when_its_window_is_over_and_forgotten_after_two,
      a_mean_of_long_ago_is_none, latency_does_not_matter_where_nobody_asks_for_it,
      a_mean_is_compared_with_the_median_of_at_least_two,
      who_is_slow_is_so_in_proportion_and_by_fifty_milliseconds,
      half_may_be_out_but_one_in_any_case_and_never_all,
      it_is_out_for_longer_each_time_up_to_five_minutes, chance_makes_it_up_to_a_tenth_longer,
      nothing_is_judged_of_who_is_out, who_is_back_begins_anew_but_for_how_often_it_was_out,
      each_window_without_a_failure_is_forgiven_an_ejection_for,
      time_without_attempts_is_forgiven_too,
      who_is_slow_again_and_again_is_out_for_longer_each_time, the_share_grows_as_in_envoy,
      who_was_never_out_or_is_not_on_probation_has_all_at_once);
