/* Panic: too few of a pool are fit. */
#include "crew.h"

/* A pool of COUNT, of whose backends the first are found so by checks as the letters of VERDICTS
 * say: '+', '-', or '0' for nobody there. */
static void begin(struct crew *c, unsigned count, const char *verdicts)
{
    crew_begin(c, count);
    crew_start(c);
    for (size_t i = 0; verdicts[i] != '\0'; i++)
        crew_check(c, (char)('a' + i),
                   verdicts[i] == '+'   ? VERDICT_GOOD
                   : verdicts[i] == '-' ? VERDICT_BAD
                                        : VERDICT_GONE);
}

TEST(below_half_all_that_are_there_are_used)
{
    static const struct {
        const char *verdicts;
        const char *up;
        bool panics;
    } cases[] = {
        { "+", "a", false },        { "-", "a", true },           { "0", "", true },
        { "+-", "a", false },       { "+0", "a", false },         { "--", "ab", true },
        { "-0", "a", true },        { "00", "", true },           { "++-", "ab", false },
        { "+--", "abc", true },     { "+-0", "ab", true },        { "+00", "a", true },
        { "++--", "ab", false },    { "+---", "abcd", true },     { "0000", "", true },
        { "++---", "abcde", true }, { "+++--", "abc", false },    { "++00-", "abe", true },
        { "+++---", "abc", false }, { "++----", "abcdef", true },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct crew c;

        begin(&c, (unsigned)strlen(cases[i].verdicts), cases[i].verdicts);
        if (strcmp(crew_up(&c), cases[i].up) != 0 || c.pool.panics != cases[i].panics)
            ck_abort_msg("%s: %s", cases[i].verdicts, crew_up(&c));
        crew_end(&c);
    }
}

TEST(when_all_are_gone_nobody_is_chosen)
{
    struct crew c;

    begin(&c, 3, "000");
    ck_assert_int_eq(crew_pick(&c), '-');
    crew_end(&c);
}

TEST(who_is_there_again_is_used_at_once_when_others_are_not)
{
    struct crew c;

    begin(&c, 3, "000");
    facts_judge(crew_backend(&c, 'b')->facts, VERDICT_GOOD, &c.health, c.now);
    ck_assert(!backend_is_up(crew_backend(&c, 'b')));
    ck_assert_int_eq(crew_pick(&c), 'b');
    facts_judge(crew_backend(&c, 'b')->facts, VERDICT_GONE, &c.health, c.now);
    ck_assert_int_eq(crew_pick(&c), '-');
    crew_end(&c);
}

TEST(without_panic_who_is_there_again_waits_until_he_is_up)
{
    struct crew c;

    begin(&c, 3, "++0");
    facts_judge(crew_backend(&c, 'c')->facts, VERDICT_GOOD, &c.health, c.now);
    ck_assert_str_eq(crew_up(&c), "ab");
    facts_judge(crew_backend(&c, 'c')->facts, VERDICT_GOOD, &c.health, c.now);
    ck_assert_str_eq(crew_up(&c), "abc");
    crew_end(&c);
}

TEST(who_still_counts_as_up_is_used_though_his_last_check_found_nobody)
{
    struct crew c;

    begin(&c, 3, "++0");
    facts_judge(crew_backend(&c, 'a')->facts, VERDICT_GONE, &c.health, c.now);
    ck_assert_str_eq(crew_up(&c), "ab");
    crew_check(&c, 'b', VERDICT_GONE);
    ck_assert(c.pool.panics);
    ck_assert_str_eq(crew_up(&c), "a");
    crew_end(&c);
}

TEST(who_is_out_is_used_in_panic_unless_nobody_is_there)
{
    struct crew c;

    begin(&c, 3, "+++");
    crew_try_often(&c, 'a', 503, 5);
    ck_assert_str_eq(crew_up(&c), "bc");
    crew_check(&c, 'b', VERDICT_GONE);
    ck_assert_str_eq(crew_up(&c), "ac");
    facts_judge(crew_backend(&c, 'a')->facts, VERDICT_GONE, &c.health, c.now);
    ck_assert_str_eq(crew_up(&c), "c");
    crew_end(&c);
}

TEST(in_panic_nobody_starts_slowly)
{
    struct crew c;

    begin(&c, 3, "+++");
    crew_try_often(&c, 'a', 503, 5);
    c.now = crew_backend(&c, 'a')->facts->outlier.until;
    crew_check(&c, 'b', VERDICT_BAD);
    crew_check(&c, 'c', VERDICT_BAD);
    ck_assert_uint_eq(crew_share(&c, 'a', 300), 100);
    crew_end(&c);
}

TEST(who_drains_is_not_used_and_counts_neither_way)
{
    struct crew c;

    crew_begin(&c, 4);
    c.config.pools[0].backends[0].drain = true;
    c.config.pools[0].backends[1].drain = true;
    crew_start(&c);
    ck_assert_str_eq(crew_up(&c), "cd");
    crew_check(&c, 'c', VERDICT_BAD);
    ck_assert_str_eq(crew_up(&c), "d");
    ck_assert(!c.pool.panics);
    crew_check(&c, 'd', VERDICT_BAD);
    ck_assert_str_eq(crew_up(&c), "cd");
    crew_end(&c);
}

TEST(a_pool_that_is_drained_does_not_panic)
{
    struct crew c;

    crew_begin(&c, 1);
    c.config.pools[0].backends[0].drain = true;
    crew_start(&c);
    ck_assert_int_eq(crew_pick(&c), '-');
    ck_assert(!c.pool.panics);
    crew_end(&c);
}

TEST(the_log_says_that_a_pool_panics_and_does_so_no_more)
{
    struct crew c;

    begin(&c, 3, "+--");
    ck_assert_uint_eq(heard_times(&c.heard, "panics"), 0);
    crew_pick(&c);
    crew_pick(&c);
    ck_assert_uint_eq(heard_times(&c.heard,
                                  "warn   pool default panics: 1 of 3 backends are fit, so "
                                  "all that are there are used: 3\n"),
                      1);
    c.now += 2;
    crew_check(&c, 'b', VERDICT_GOOD);
    crew_pick(&c);
    ck_assert_uint_eq(
        heard_times(&c.heard, "info   pool default panics no more: 2 of 3 backends are fit\n"), 1);
    ck_assert(!c.pool.uneasy);
    crew_end(&c);
}

TEST(of_a_pool_that_cannot_make_up_its_mind_there_is_a_line_a_second)
{
    struct crew c;

    begin(&c, 2, "--");
    for (int i = 0; i < 100; i++) {
        crew_check(&c, 'a', i % 2 ? VERDICT_GOOD : VERDICT_BAD);
        crew_pick(&c);
        c.now += 0.01;
    }
    ck_assert_uint_eq(heard_times(&c.heard, "panics"), 1);
    c.now += 1;
    crew_pick(&c);
    ck_assert_uint_eq(heard_times(&c.heard, "panics no more"), 1);
    crew_end(&c);
}

SUITE(pool_panic, below_half_all_that_are_there_are_used, when_all_are_gone_nobody_is_chosen,
      who_is_there_again_is_used_at_once_when_others_are_not,
      without_panic_who_is_there_again_waits_until_he_is_up,
      who_still_counts_as_up_is_used_though_his_last_check_found_nobody,
      who_is_out_is_used_in_panic_unless_nobody_is_there, in_panic_nobody_starts_slowly,
      who_drains_is_not_used_and_counts_neither_way, a_pool_that_is_drained_does_not_panic,
      the_log_says_that_a_pool_panics_and_does_so_no_more,
      of_a_pool_that_cannot_make_up_its_mind_there_is_a_line_a_second);
