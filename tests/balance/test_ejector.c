/* Who of a pool is out for what requests have met at him, and for how long. */
#include "crew.h"

#include <math.h>

TEST(who_fails_too_often_running_is_out_and_the_log_says_why)
{
    struct crew c;

    crew_begin(&c, 3);
    crew_start(&c);
    crew_try_often(&c, 'b', 0, 4);
    ck_assert_str_eq(crew_up(&c), "abc");
    crew_try(&c, 'b', 0, 0.001);
    ck_assert_str_eq(crew_up(&c), "ac");
    ck_assert_uint_eq(c.counters.n[COUNTER_EJECTIONS], 1);
    ck_assert_uint_eq(heard_times(&c.heard, "warn   backend b is out for 1"), 1);
    ck_assert_uint_eq(heard_times(&c.heard, " s: 5 failures running\n"), 1);
    crew_end(&c);
}

TEST(what_counts_as_a_failure_is_no_response_and_the_errors_of_gateways)
{
    static const unsigned bad[] = { 0, 502, 503, 504 };
    static const unsigned good[] = { 101, 200, 304, 404, 429, 500, 501, 505, 599 };
    struct crew c;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        crew_begin(&c, 2);
        crew_start(&c);
        crew_try_often(&c, 'a', bad[i], 5);
        ck_assert_str_eq(crew_up(&c), "b");
        crew_end(&c);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        crew_begin(&c, 2);
        crew_start(&c);
        crew_try_often(&c, 'a', good[i], 100);
        ck_assert_str_eq(crew_up(&c), "ab");
        crew_end(&c);
    }
}

TEST(what_the_client_or_the_machine_does_is_held_against_nobody)
{
    static const enum err errs[] = { ERR_ABANDONED, ERR_EXHAUSTED };
    struct crew c;

    crew_begin(&c, 2);
    crew_start(&c);
    for (int i = 0; i < 100; i++) {
        struct visit visit = { .now = c.now };
        struct outcome outcome = { .err = errs[i % 2], .unreached = true };

        facts_hear(crew_backend(&c, 'a'), &visit, &outcome);
    }
    ck_assert_str_eq(crew_up(&c), "ab");
    ck_assert_uint_eq(c.unreached, 0);
    crew_end(&c);
}

TEST(a_response_that_is_cut_is_no_second_failure)
{
    struct crew c;
    struct visit visit = { .now = 100 };
    struct outcome cut = { .err = ERR_CLOSED, .status = 502 };

    crew_begin(&c, 2);
    crew_start(&c);
    for (int i = 0; i < 4; i++) {
        facts_hear_head(crew_backend(&c, 'a'), 502, 0.1, 100);
        facts_hear(crew_backend(&c, 'a'), &visit, &cut);
    }
    ck_assert_str_eq(crew_up(&c), "ab");
    crew_end(&c);
}

TEST(who_fails_half_of_the_time_is_out_once_there_are_samples)
{
    struct crew c;

    crew_begin(&c, 2);
    crew_start(&c);
    for (int i = 0; i < 10; i++) {
        ck_assert_str_eq(crew_up(&c), "ab");
        crew_try(&c, 'a', 200, 0.001);
        crew_try(&c, 'a', 503, 0.001);
    }
    ck_assert_str_eq(crew_up(&c), "b");
    ck_assert_uint_eq(heard_times(&c.heard, "too many of its attempts have failed"), 1);
    crew_end(&c);
}

/* Each of COUNT backends has answered 20 requests in a millisecond, but a, which took SECONDS. */
static void measure(struct crew *c, unsigned count, double seconds)
{
    for (int i = 0; i < 20; i++)
        for (unsigned id = 0; id < count; id++)
            crew_try(c, (char)('a' + id), 200, id == 0 ? seconds : 0.001);
}

TEST(who_is_much_slower_than_the_others_is_out_at_the_end_of_the_window)
{
    struct crew c;

    crew_begin(&c, 3);
    crew_start(&c);
    measure(&c, 3, 0.3);
    c.now += 4.9;
    measure(&c, 3, 0.3);
    ck_assert_str_eq(crew_up(&c), "abc");
    c.now += 0.1;
    crew_try(&c, 'a', 200, 0.3);
    ck_assert_str_eq(crew_up(&c), "bc");
    ck_assert_uint_eq(heard_times(&c.heard, "it takes 0.3 s on average, others 0.001 s\n"), 1);
    crew_end(&c);
}

TEST(who_is_slow_is_not_out_where_that_says_nothing)
{
    static const struct {
        unsigned count; /* of backends */
        double seconds;
        double latency;
    } cases[] = { { 2, 0.3, 5 }, { 3, 0.05, 5 }, { 3, 0.3, 0 }, { 3, 0.3, 400 } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct crew c;

        crew_begin(&c, cases[i].count);
        c.rule->latency = cases[i].latency;
        crew_start(&c);
        measure(&c, cases[i].count, cases[i].seconds);
        c.now += 5;
        crew_try(&c, 'a', 200, cases[i].seconds);
        ck_assert_uint_eq(c.pool.up_count, cases[i].count);
        crew_end(&c);
    }
}

TEST(half_of_a_pool_may_be_out_and_no_more)
{
    struct crew c;

    crew_begin(&c, 4);
    crew_start(&c);
    for (char id = 'a'; id <= 'd'; id++)
        crew_try_often(&c, id, 503, 50);
    ck_assert_str_eq(crew_up(&c), "cd");
    crew_end(&c);
}

TEST(one_may_be_out_if_there_is_another)
{
    struct crew c;

    crew_begin(&c, 2);
    c.rule->share = 0;
    crew_start(&c);
    crew_try_often(&c, 'b', 503, 50);
    crew_try_often(&c, 'a', 503, 50);
    ck_assert_str_eq(crew_up(&c), "a");
    crew_end(&c);
}

TEST(the_only_one_is_never_out)
{
    struct crew c;

    crew_begin(&c, 1);
    crew_start(&c);
    crew_try_often(&c, 'a', 0, 100);
    ck_assert_str_eq(crew_up(&c), "a");
    crew_end(&c);
}

TEST(nobody_is_out_where_nobody_watches)
{
    struct crew c;

    crew_begin(&c, 3);
    c.rule->watches = false;
    crew_start(&c);
    crew_try_often(&c, 'a', 0, 100);
    ck_assert_str_eq(crew_up(&c), "abc");
    ck_assert_uint_eq(c.unreached, 100);
    crew_end(&c);
}

TEST(who_is_out_keeps_his_requests)
{
    struct crew c;

    crew_begin(&c, 2);
    crew_start(&c);
    facts_lease(crew_backend(&c, 'a'));
    crew_try_often(&c, 'a', 0, 5);
    ck_assert_uint_eq(crew_backend(&c, 'a')->facts->inflight, 1);
    facts_release(crew_backend(&c, 'a'));
    crew_end(&c);
}

TEST(who_was_out_is_back_with_the_first_choice_after_his_time)
{
    struct crew c;
    uint64_t version;

    crew_begin(&c, 3);
    crew_start(&c);
    crew_try_often(&c, 'a', 0, 5);
    version = c.pool.version;
    c.now = crew_backend(&c, 'a')->facts->outlier.until - 0.001;
    crew_pick(&c);
    ck_assert_uint_eq(c.pool.version, version);
    c.now += 0.001;
    crew_pick(&c);
    ck_assert_uint_ne(c.pool.version, version);
    ck_assert_uint_eq(c.pool.up_count, 3);
    ck_assert_uint_eq(heard_times(&c.heard, "info   backend a is back\n"), 1);
    crew_end(&c);
}

/* a is out, and its time is over just now. */
static void bring_back(struct crew *c)
{
    crew_try_often(c, 'a', 0, 5);
    c->now = crew_backend(c, 'a')->facts->outlier.until;
}

TEST(who_is_back_gets_a_share_that_grows)
{
    enum { REQUESTS = 30000 };
    static const struct {
        double after;
        double share;
    } cases[] = { { 0, 0.1 }, { 0.5, 0.1 }, { 2.5, 0.25 }, { 5, 0.5 }, { 7.5, 0.75 }, { 10, 1 } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct crew c;
        /* What the others have instead shortens the round, so that its turn comes sooner. */
        double expected = REQUESTS * cases[i].share / (2 + cases[i].share);
        double got;

        crew_begin(&c, 3);
        crew_start(&c);
        bring_back(&c);
        c.now += cases[i].after;
        got = crew_share(&c, 'a', REQUESTS);
        if (fabs(got - expected) > 0.1 * expected + 1)
            ck_abort_msg("%g s: %g instead of %g", cases[i].after, got, expected);
        crew_end(&c);
    }
}

TEST(what_who_is_back_does_not_get_is_shared_by_the_others)
{
    struct crew c;
    unsigned b = 0;
    unsigned d = 0;

    crew_begin(&c, 4);
    crew_start(&c);
    bring_back(&c);
    for (int i = 0; i < 3000; i++) {
        char id = crew_pick(&c);

        b += id == 'b';
        d += id == 'd';
    }
    ck_assert(b > 900 && b < 1000 && d > 900 && d < 1000);
    crew_end(&c);
}

TEST(who_is_back_gets_what_nobody_else_can_have)
{
    struct crew c;

    crew_begin(&c, 2);
    crew_start(&c);
    bring_back(&c);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(crew_retry(&c, 'b'), 'a');
    crew_end(&c);
}

TEST(without_a_slow_start_who_is_back_has_his_full_share)
{
    struct crew c;

    crew_begin(&c, 3);
    c.rule->slow_start = 0;
    crew_start(&c);
    bring_back(&c);
    ck_assert_uint_eq(crew_share(&c, 'a', 300), 100);
    crew_end(&c);
}

TEST(a_policy_that_insists_is_asked_once_more_without_who_is_back)
{
    struct crew c;

    crew_begin(&c, 3);
    crew_start(&c);
    c.fake = fake_of();
    pool_set_policy(&c.pool, &c.fake.policy);
    bring_back(&c);
    while (crew_pick(&c) == 'a')
        continue;
    ck_assert_uint_eq(c.fake.ask.count, 2);
    ck_assert_uint_eq(c.fake.ask.version, 0);
    ck_assert_ptr_eq(c.fake.ask.up[0], crew_backend(&c, 'b'));
    ck_assert_ptr_eq(c.fake.ask.up[1], crew_backend(&c, 'c'));
    crew_end(&c);
}

TEST(once_all_is_as_ever_nobody_looks_any_more)
{
    struct crew c;

    crew_begin(&c, 3);
    crew_start(&c);
    crew_pick(&c);
    ck_assert(!c.pool.uneasy);
    bring_back(&c);
    crew_pick(&c);
    ck_assert(c.pool.uneasy);
    c.now += c.rule->slow_start;
    crew_pick(&c);
    ck_assert(!c.pool.uneasy);
    crew_end(&c);
}

TEST(a_check_that_ends_well_brings_nobody_back)
{
    struct crew c;

    crew_begin(&c, 3);
    crew_start(&c);
    crew_try_often(&c, 'a', 503, 5);
    crew_check(&c, 'a', VERDICT_GOOD);
    ck_assert_str_eq(crew_up(&c), "bc");
    crew_end(&c);
}

TEST(who_was_down_and_comes_up_is_back_and_has_his_full_share)
{
    struct crew c;

    crew_begin(&c, 3);
    crew_start(&c);
    crew_check(&c, 'a', VERDICT_GOOD);
    crew_try_often(&c, 'a', 0, 5);
    crew_check(&c, 'a', VERDICT_GONE);
    ck_assert_str_eq(crew_up(&c), "bc");
    crew_check(&c, 'a', VERDICT_GOOD);
    ck_assert_str_eq(crew_up(&c), "abc");
    ck_assert_uint_eq(crew_share(&c, 'a', 300), 100);
    ck_assert_uint_eq(crew_backend(&c, 'a')->facts->outlier.times, 1);
    crew_end(&c);
}

TEST(whoever_checks_is_told_of_those_who_cannot_be_reached)
{
    struct crew c;

    crew_begin(&c, 2);
    crew_start(&c);
    crew_try(&c, 'a', 0, 0.001);
    ck_assert_uint_eq(c.unreached, 1);
    crew_try(&c, 'a', 503, 0.001);
    ck_assert_uint_eq(c.unreached, 1);
    crew_end(&c);
}

TEST(who_is_out_of_one_pool_is_out_of_all_and_comes_back_to_all)
{
    struct crew c;
    struct pool other;

    crew_begin(&c, 3);
    add_pool(&c.config, "other", 'a', 2);
    c.rule = &c.config.pools[0].outlier;
    crew_start(&c);
    pool_init(&other, &c.config.pools[1], &c.ledger, &c.counters, 1);
    crew_try_often(&c, 'a', 0, 5);
    ck_assert_uint_eq(other.up_count, 1);
    ck_assert_ptr_eq(other.up[0], &other.backends[1]);

    pool_settle(&other, crew_backend(&c, 'a')->facts->outlier.until);
    ck_assert_uint_eq(other.up_count, 2);
    ck_assert_uint_eq(c.pool.up_count, 3);
    pool_fini(&other);
    crew_end(&c);
}

/* Looks at the pool of C after each step of a history: is all as was promised? */
static void check_promises(struct crew *c, unsigned most)
{
    unsigned out = 0;

    pool_settle(&c->pool, c->now);
    for (unsigned i = 0; i < c->pool.count; i++) {
        const struct outlier *o = &c->pool.backends[i].facts->outlier;

        out += o->out;
        ck_assert(!o->out || o->until > c->now);
        ck_assert(!o->out || o->until < c->now + OUTLIER_LONGEST * (1 + OUTLIER_JITTER));
    }
    ck_assert_uint_le(out, most);
    ck_assert_uint_eq(c->pool.up_count, c->pool.panics ? c->pool.count : c->pool.count - out);
    ck_assert_int_ne(crew_pick(c), '-');
}

TEST(whatever_happens_there_is_a_share_left_and_all_come_back)
{
    enum { STEPS = 2000 };
    static const unsigned statuses[] = { 0, 200, 200, 500, 503 };

    for (unsigned seed = 0; seed < 50; seed++) {
        struct chance chance = { seed };
        unsigned count = 1 + seed % 8;
        struct crew c;

        crew_begin(&c, count);
        c.rule->share = chance_draw(&chance);
        c.rule->errors = 1 + seed % 5;
        crew_start(&c);
        for (int i = 0; i < STEPS; i++) {
            crew_try(&c, (char)('a' + (unsigned)(chance_draw(&chance) * count)),
                     statuses[(unsigned)(chance_draw(&chance) * 5)], chance_draw(&chance));
            check_promises(&c, outlier_most(count, c.rule));
            c.now += chance_draw(&chance);
        }
        c.now += OUTLIER_LONGEST * (1 + OUTLIER_JITTER);
        check_promises(&c, 0);
        crew_end(&c);
    }
}

SUITE(ejector, who_fails_too_often_running_is_out_and_the_log_says_why,
      what_counts_as_a_failure_is_no_response_and_the_errors_of_gateways,
      what_the_client_or_the_machine_does_is_held_against_nobody,
      a_response_that_is_cut_is_no_second_failure,
      who_fails_half_of_the_time_is_out_once_there_are_samples,
      who_is_much_slower_than_the_others_is_out_at_the_end_of_the_window,
      who_is_slow_is_not_out_where_that_says_nothing, half_of_a_pool_may_be_out_and_no_more,
      one_may_be_out_if_there_is_another, the_only_one_is_never_out,
      nobody_is_out_where_nobody_watches, who_is_out_keeps_his_requests,
      who_was_out_is_back_with_the_first_choice_after_his_time, who_is_back_gets_a_share_that_grows,
      what_who_is_back_does_not_get_is_shared_by_the_others,
      who_is_back_gets_what_nobody_else_can_have,
      without_a_slow_start_who_is_back_has_his_full_share,
      a_policy_that_insists_is_asked_once_more_without_who_is_back,
      once_all_is_as_ever_nobody_looks_any_more, a_check_that_ends_well_brings_nobody_back,
      who_was_down_and_comes_up_is_back_and_has_his_full_share,
      whoever_checks_is_told_of_those_who_cannot_be_reached,
      who_is_out_of_one_pool_is_out_of_all_and_comes_back_to_all,
      whatever_happens_there_is_a_share_left_and_all_come_back);
