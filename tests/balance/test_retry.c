/* Whether a request may be tried once more, and when. */
#include "support/test.h"

#include "balance/retry.h"

#include <string.h>

/* ---- Whether ---- */

enum { FACTS = 7, CASES = 1 << FACTS, CAUSES = RETRY_FOR_NOTHING + 1 };

/* One row for every kind of case: 'y' and 'n' must be so, '-' may be either; the cause is one of
 * the letters: c, r, t, s, n. The rows overlap nowhere, and leave nothing out. */
static const struct {
    const char *answered, *repeatable, *sent, *idempotent, *reused, *cause;
    const char *wanted, *others, *tries_left;
    enum retry_news news;
} rows[] = {
    /* Something has come that cannot be taken back. */
    { "y", "-", "-", "-", "-", "crtsn", "-", "-", "-", RETRY_NO },
    /* What has flowed cannot be had again. */
    { "n", "n", "-", "-", "-", "crtsn", "-", "-", "-", RETRY_NO },
    /* It may have been done already, and must not be done twice. */
    { "n", "y", "y", "n", "-", "crtsn", "-", "-", "-", RETRY_NO },
    /* A kept-open connection was closed while nobody looked: nobody's fault, so it costs no try,
     * and nobody need have asked for it. */
    { "n", "y", "n", "-", "y", "cr", "-", "-", "-", RETRY_SAME },
    { "n", "y", "y", "y", "y", "cr", "-", "-", "-", RETRY_SAME },
    /* Somebody else may have it, if that is wanted, he is there, and tries are left. */
    { "n", "y", "n", "-", "n", "cr", "y", "y", "y", RETRY_OTHER },
    { "n", "y", "y", "y", "n", "cr", "y", "y", "y", RETRY_OTHER },
    { "n", "y", "n", "-", "-", "tsn", "y", "y", "y", RETRY_OTHER },
    { "n", "y", "y", "y", "-", "tsn", "y", "y", "y", RETRY_OTHER },
    { "n", "y", "n", "-", "n", "cr", "n", "-", "-", RETRY_NO },
    { "n", "y", "y", "y", "n", "cr", "n", "-", "-", RETRY_NO },
    { "n", "y", "n", "-", "-", "tsn", "n", "-", "-", RETRY_NO },
    { "n", "y", "y", "y", "-", "tsn", "n", "-", "-", RETRY_NO },
    { "n", "y", "n", "-", "n", "cr", "y", "n", "-", RETRY_NO },
    { "n", "y", "y", "y", "n", "cr", "y", "n", "-", RETRY_NO },
    { "n", "y", "n", "-", "-", "tsn", "y", "n", "-", RETRY_NO },
    { "n", "y", "y", "y", "-", "tsn", "y", "n", "-", RETRY_NO },
    { "n", "y", "n", "-", "n", "cr", "y", "y", "n", RETRY_NO },
    { "n", "y", "y", "y", "n", "cr", "y", "y", "n", RETRY_NO },
    { "n", "y", "n", "-", "-", "tsn", "y", "y", "n", RETRY_NO },
    { "n", "y", "y", "y", "-", "tsn", "y", "y", "n", RETRY_NO },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static bool fits(const char *cell, bool value)
{
    return *cell == '-' || (*cell == 'y') == value;
}

static bool fits_row(int i, const struct retry_case *c)
{
    return fits(rows[i].answered, c->answered) && fits(rows[i].repeatable, c->repeatable) &&
           fits(rows[i].sent, c->sent) && fits(rows[i].idempotent, c->idempotent) &&
           fits(rows[i].reused, c->reused) && strchr(rows[i].cause, "crtsn"[c->cause]) != NULL &&
           fits(rows[i].wanted, c->wanted) && fits(rows[i].others, c->others) &&
           fits(rows[i].tries_left, c->tries_left > 0);
}

/* The case number BITS of those there are, with CAUSE and TRIES left. */
static struct retry_case case_of(unsigned bits, enum retry_cause cause, unsigned tries)
{
    return (struct retry_case){
        .cause = cause,
        .answered = bits & 1,
        .sent = bits & 2,
        .repeatable = bits & 4,
        .idempotent = bits & 8,
        .reused = bits & 16,
        .wanted = bits & 32,
        .others = bits & 64,
        .tries_left = tries,
    };
}

static void check_case(const struct retry_case *c, unsigned bits)
{
    int fitting = 0;

    for (int i = 0; i < ROWS; i++) {
        if (!fits_row(i, c))
            continue;
        fitting++;
        ck_assert_msg(retry_judge(c) == rows[i].news, "case %u of cause %u with %u tries left",
                      bits, c->cause, c->tries_left);
    }
    ck_assert_msg(fitting == 1, "case %u of cause %u fits %d rows", bits, c->cause, fitting);
}

TEST(each_case_is_judged_by_the_one_row_it_fits)
{
    for (unsigned bits = 0; bits < CASES; bits++)
        for (unsigned cause = 0; cause < CAUSES; cause++)
            for (unsigned tries = 0; tries < 3; tries++) {
                struct retry_case c = case_of(bits, cause, tries);

                check_case(&c, bits);
            }
}

TEST(an_error_is_a_cause_by_how_far_the_attempt_had_come)
{
    static const struct {
        enum err err;
        enum retry_cause before, after;
    } cases[] = {
        { ERR_REFUSED, RETRY_FOR_CONNECT, RETRY_FOR_RESET },
        { ERR_UNREACHABLE, RETRY_FOR_CONNECT, RETRY_FOR_RESET },
        { ERR_SYSTEM, RETRY_FOR_CONNECT, RETRY_FOR_RESET },
        { ERR_RESET, RETRY_FOR_CONNECT, RETRY_FOR_RESET },
        { ERR_CLOSED, RETRY_FOR_CONNECT, RETRY_FOR_RESET },
        { ERR_LATE, RETRY_FOR_CONNECT, RETRY_FOR_TIMEOUT },
        /* What the backend says makes no sense. */
        { ERR_MALFORMED, RETRY_FOR_CONNECT, RETRY_FOR_NOTHING },
        { ERR_HEAD_LARGE, RETRY_FOR_CONNECT, RETRY_FOR_NOTHING },
        { ERR_VERSION, RETRY_FOR_CONNECT, RETRY_FOR_NOTHING },
        { ERR_CODING, RETRY_FOR_CONNECT, RETRY_FOR_NOTHING },
        /* It is not the backend's fault. */
        { ERR_EXHAUSTED, RETRY_FOR_NOTHING, RETRY_FOR_NOTHING },
        { ERR_ABANDONED, RETRY_FOR_NOTHING, RETRY_FOR_NOTHING },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(retry_cause_of(cases[i].err, false), cases[i].before);
        ck_assert_int_eq(retry_cause_of(cases[i].err, true), cases[i].after);
    }
}

TEST(a_cause_is_wanted_if_the_config_says_so)
{
    for (unsigned bits = 0; bits < 8; bits++) {
        struct config_retry config = { .on_connect = bits & 1,
                                       .on_reset = bits & 2,
                                       .on_timeout = bits & 4 };

        ck_assert(retry_is_wanted(&config, RETRY_FOR_CONNECT, 0) == config.on_connect);
        ck_assert(retry_is_wanted(&config, RETRY_FOR_RESET, 0) == config.on_reset);
        ck_assert(retry_is_wanted(&config, RETRY_FOR_TIMEOUT, 0) == config.on_timeout);
        ck_assert(!retry_is_wanted(&config, RETRY_FOR_STATUS, 503));
        ck_assert(!retry_is_wanted(&config, RETRY_FOR_NOTHING, 0));
    }
}

TEST(a_status_is_wanted_if_the_config_names_it)
{
    struct config_retry config = { .tries = 2 };

    config.on_status[400 - CONFIG_RETRY_FIRST] = true;
    config.on_status[503 - CONFIG_RETRY_FIRST] = true;
    config.on_status[599 - CONFIG_RETRY_FIRST] = true;
    for (unsigned status = 100; status < 1000; status++)
        ck_assert(retry_is_wanted(&config, RETRY_FOR_STATUS, status) ==
                  (status == 400 || status == 503 || status == 599));
}

/* ---- When ---- */

TEST(a_pause_doubles_from_attempt_to_attempt)
{
    ck_assert_double_eq_tol(retry_pause(0.1, 2, 1), 0.1, 1e-9);
    ck_assert_double_eq_tol(retry_pause(0.1, 3, 1), 0.2, 1e-9);
    ck_assert_double_eq_tol(retry_pause(0.1, 4, 1), 0.4, 1e-9);
    ck_assert_double_eq_tol(retry_pause(0.1, 10, 1), 25.6, 1e-9);
}

TEST(half_of_a_pause_is_chance)
{
    ck_assert_double_eq_tol(retry_pause(2, 2, 0), 1, 1e-9);
    ck_assert_double_eq_tol(retry_pause(2, 2, 0.5), 1.5, 1e-9);
    ck_assert_double_eq_tol(retry_pause(2, 2, 1), 2, 1e-9);
}

TEST(without_a_backoff_there_is_no_pause)
{
    ck_assert_double_eq(retry_pause(0, 2, 0.5), 0);
    ck_assert_double_eq(retry_pause(0, CONFIG_TRIES_MAX, 1), 0);
}

TEST(a_pause_does_not_grow_for_ever)
{
    ck_assert_double_eq(retry_pause(60, CONFIG_TRIES_MAX, 1), RETRY_PAUSE_MAX);
    ck_assert_double_eq(retry_pause(60, CONFIG_TRIES_MAX, 0), RETRY_PAUSE_MAX / 2.0);
}

SUITE(retry, each_case_is_judged_by_the_one_row_it_fits,
      an_error_is_a_cause_by_how_far_the_attempt_had_come, a_cause_is_wanted_if_the_config_says_so,
      a_status_is_wanted_if_the_config_names_it, a_pause_doubles_from_attempt_to_attempt,
      half_of_a_pause_is_chance, without_a_backoff_there_is_no_pause,
      a_pause_does_not_grow_for_ever);
