/* Up and down by rise and fall. */
#include "support/test.h"

#include "balance/health.h"

#include <string.h>

/* Judges by each letter of CHECKS, '+', '-' or '0' for nobody there, and gives what was said of the
 * last one. */
static enum health_news judge_all(struct health *health, const char *checks, unsigned rise,
                                  unsigned fall)
{
    enum health_news news = HEALTH_SAME;

    for (; *checks != '\0'; checks++)
        news = health_judge(health,
                            *checks == '+'   ? VERDICT_GOOD
                            : *checks == '-' ? VERDICT_BAD
                                             : VERDICT_GONE,
                            rise, fall);
    return news;
}

TEST(who_was_never_checked_counts_as_up)
{
    struct health health = { .known = false };

    ck_assert(!health.down);
    ck_assert(!health.known);
}

TEST(the_first_check_decides_alone)
{
    struct health good = { .known = false };
    struct health bad = { .known = false };

    ck_assert_int_eq(health_judge(&good, VERDICT_GOOD, 5, 5), HEALTH_WENT_UP);
    ck_assert_int_eq(health_judge(&bad, VERDICT_BAD, 5, 5), HEALTH_WENT_DOWN);
    ck_assert(good.known && !good.down);
    ck_assert(bad.known && bad.down);
}

TEST(fall_failures_running_bring_it_down)
{
    struct health health = { .known = false };

    ck_assert_int_eq(judge_all(&health, "+--", 2, 3), HEALTH_SAME);
    ck_assert(!health.down);
    ck_assert_int_eq(judge_all(&health, "-", 2, 3), HEALTH_WENT_DOWN);
    ck_assert(health.down);
}

TEST(rise_successes_running_bring_it_up)
{
    struct health health = { .known = false };

    ck_assert_int_eq(judge_all(&health, "-+", 2, 3), HEALTH_SAME);
    ck_assert(health.down);
    ck_assert_int_eq(judge_all(&health, "+", 2, 3), HEALTH_WENT_UP);
    ck_assert(!health.down);
}

TEST(a_success_in_between_has_failures_counted_anew)
{
    struct health health = { .known = false };

    ck_assert_int_eq(judge_all(&health, "+--+--", 2, 3), HEALTH_SAME);
    ck_assert(!health.down);
    ck_assert_int_eq(judge_all(&health, "-", 2, 3), HEALTH_WENT_DOWN);
}

TEST(a_failure_in_between_has_successes_counted_anew)
{
    struct health health = { .known = false };

    ck_assert_int_eq(judge_all(&health, "-+-+", 2, 3), HEALTH_SAME);
    ck_assert(health.down);
    ck_assert_int_eq(judge_all(&health, "+", 2, 3), HEALTH_WENT_UP);
}

TEST(more_of_the_same_is_no_news)
{
    struct health health = { .known = false };

    judge_all(&health, "-", 1, 1);
    ck_assert_int_eq(judge_all(&health, "-", 1, 1), HEALTH_SAME);
    ck_assert_int_eq(judge_all(&health, "+", 1, 1), HEALTH_WENT_UP);
    ck_assert_int_eq(judge_all(&health, "+", 1, 1), HEALTH_SAME);
}

TEST(that_nobody_is_there_is_a_failure_like_any_other)
{
    struct health health = { .known = false };

    ck_assert_int_eq(judge_all(&health, "+-0", 2, 3), HEALTH_SAME);
    ck_assert_int_eq(judge_all(&health, "0", 2, 3), HEALTH_WENT_DOWN);
}

TEST(who_is_gone_is_so_until_a_check_finds_somebody_however_it_ends)
{
    struct health health = { .known = false };

    ck_assert(!health.gone);
    judge_all(&health, "0", 3, 3);
    ck_assert(health.gone && health.down);
    judge_all(&health, "+", 3, 3);
    ck_assert(!health.gone && health.down);
    judge_all(&health, "0", 3, 3);
    ck_assert(health.gone);
    judge_all(&health, "-", 3, 3);
    ck_assert(!health.gone && health.down);
}

/* Is the backend down after COUNT checks, of which BITS tells how they went? Told from the
 * definition: the first one decides, then each turn begins with a run as long as it must be. */
static bool is_down(unsigned bits, unsigned count, unsigned rise, unsigned fall)
{
    bool down = (bits & 1) == 0;
    unsigned run = 0;

    for (unsigned i = 1; i < count; i++) {
        bool contradicts = ((bits >> i & 1) != 0) == down;

        run = contradicts ? run + 1 : 0;
        if (run == (down ? rise : fall)) {
            down = !down;
            run = 0;
        }
    }
    return down;
}

/* Judges by the COUNT checks that BITS tells of, one after the other. False if one of the verdicts
 * is not what the definition says. */
static bool is_judged_right(unsigned bits, unsigned count, unsigned rise, unsigned fall)
{
    struct health health = { .known = false };

    for (unsigned i = 0; i < count; i++) {
        enum verdict verdict = bits >> i & 1 ? VERDICT_GOOD : i % 2 ? VERDICT_BAD : VERDICT_GONE;
        bool expect_news = !health.known || health.down != is_down(bits, i + 1, rise, fall);
        enum health_news news = health_judge(&health, verdict, rise, fall);

        if (health.down != is_down(bits, i + 1, rise, fall))
            return false;
        if (expect_news && news != (health.down ? HEALTH_WENT_DOWN : HEALTH_WENT_UP))
            return false;
        if (!expect_news && news != HEALTH_SAME)
            return false;
    }
    return true;
}

TEST(every_history_of_ten_checks_is_judged_by_the_definition)
{
    enum { CHECKS = 10 };

    for (unsigned rise = 1; rise <= 3; rise++)
        for (unsigned fall = 1; fall <= 3; fall++)
            for (unsigned bits = 0; bits < 1u << CHECKS; bits++)
                if (!is_judged_right(bits, CHECKS, rise, fall))
                    ck_abort_msg("rise %u, fall %u, history %x", rise, fall, bits);
}

SUITE(health, who_was_never_checked_counts_as_up, the_first_check_decides_alone,
      fall_failures_running_bring_it_down, rise_successes_running_bring_it_up,
      a_success_in_between_has_failures_counted_anew,
      a_failure_in_between_has_successes_counted_anew, more_of_the_same_is_no_news,
      that_nobody_is_there_is_a_failure_like_any_other,
      who_is_gone_is_so_until_a_check_finds_somebody_however_it_ends,
      every_history_of_ten_checks_is_judged_by_the_definition);
