/* What is learnt of a backend from the attempts at it, and from checks. */
#include "backends.h"
#include "fake_policy.h"
#include "support/test.h"

#include "balance/facts.h"

static const struct config_health rule = { .rise = 2, .fall = 2 };

/* A pool of one backend, which nothing is known of. */
struct booth {
    struct config config;
    struct counters counters;
    struct ledger ledger;
    struct pool pool;
    struct fake fake;
    struct backend *b;
    struct facts *facts;
    struct visit visit;
};

static void begin(struct booth *booth)
{
    *booth = (struct booth){ .config = config_of(1), .fake = fake_of(), .visit = { .now = 50 } };
    ledger_init(&booth->ledger, NULL, NULL);
    pool_init(&booth->pool, booth->config.pools, &booth->ledger, &booth->counters, 1);
    pool_set_policy(&booth->pool, &booth->fake.policy);
    booth->b = &booth->pool.backends[0];
    booth->facts = booth->b->facts;
}

static void end(struct booth *booth)
{
    pool_fini(&booth->pool);
    config_fini(&booth->config);
}

/* An attempt ends with ERR, after half a second and with STATUS (0: no response). */
static void hear(struct booth *booth, enum err err, unsigned status)
{
    struct outcome outcome = { .err = err, .status = status, .took = 0.5, .first = -1 };

    facts_hear(booth->b, &booth->visit, &outcome);
}

TEST(the_time_to_the_head_of_a_response_is_learnt_and_told)
{
    struct booth booth;

    begin(&booth);
    facts_hear_head(booth.b, 200, 0.25, 40);
    ck_assert(booth.facts->ewma.known);
    ck_assert_double_eq(booth.facts->ewma.cost, 0.25);
    ck_assert_double_eq(booth.facts->ewma.at, 40);
    ck_assert_uint_eq(booth.facts->fails, 0);
    ck_assert_str_eq(booth.fake.told, "a");
    end(&booth);
}

TEST(a_fast_error_does_not_look_like_a_fast_server)
{
    struct booth booth;

    begin(&booth);
    facts_hear_head(booth.b, 404, 0.25, 40);
    ck_assert_uint_eq(booth.facts->fails, 0);
    facts_hear_head(booth.b, 500, 0.001, 41);
    ck_assert_double_eq(booth.facts->ewma.cost, 0.25);
    ck_assert_double_eq(booth.facts->ewma.at, 41);
    ck_assert_uint_eq(booth.facts->fails, 1);
    ck_assert_str_eq(booth.fake.told, "aa");
    end(&booth);
}

TEST(failures_are_counted_until_something_succeeds)
{
    struct booth booth;

    begin(&booth);
    facts_hear_head(booth.b, 503, 0.1, 40);
    hear(&booth, OK, 503);
    hear(&booth, ERR_REFUSED, 0);
    hear(&booth, ERR_LATE, 0);
    ck_assert_uint_eq(booth.facts->fails, 3);
    facts_hear_head(booth.b, 499, 0.1, 40);
    ck_assert_uint_eq(booth.facts->fails, 0);
    end(&booth);
}

TEST(an_attempt_without_a_response_is_a_failure_of_as_long_as_it_took)
{
    struct booth booth;

    begin(&booth);
    facts_hear_head(booth.b, 200, 0.1, 40);
    booth.fake.told[0] = '\0';
    hear(&booth, ERR_RESET, 0);
    ck_assert_double_eq(booth.facts->ewma.cost, 0.5);
    ck_assert_double_eq(booth.facts->ewma.at, 50);
    ck_assert_uint_eq(booth.facts->fails, 1);
    ck_assert_str_eq(booth.fake.told, "a");
    end(&booth);
}

TEST(what_is_not_the_backends_fault_is_not_counted_as_that)
{
    struct booth booth;

    begin(&booth);
    hear(&booth, ERR_ABANDONED, 0);
    hear(&booth, ERR_EXHAUSTED, 0);
    hear(&booth, ERR_PORTS, 0);
    hear(&booth, OK, 200);
    ck_assert_uint_eq(booth.facts->fails, 0);
    ck_assert(!booth.facts->ewma.known);
    ck_assert_str_eq(booth.fake.told, "");
    ck_assert_str_eq(booth.fake.done, "aaaa");
    end(&booth);
}

TEST(a_response_that_was_cut_is_not_counted_twice)
{
    struct booth booth;

    begin(&booth);
    facts_hear_head(booth.b, 502, 0.1, 40);
    hear(&booth, ERR_CLOSED, 502);
    ck_assert_uint_eq(booth.facts->fails, 1);
    end(&booth);
}

TEST(the_policy_hears_how_an_attempt_has_ended)
{
    struct booth booth;
    struct outcome outcome = { .status = 200, .took = 2, .first = 0.5, .bytes = 123 };

    begin(&booth);
    facts_hear(booth.b, &booth.visit, &outcome);
    ck_assert_str_eq(booth.fake.done, "a");
    ck_assert_ptr_eq(booth.fake.visit, &booth.visit);
    ck_assert_mem_eq(&booth.fake.outcome, &outcome, sizeof outcome);
    end(&booth);
}

TEST(since_is_the_moment_of_the_last_change_and_not_of_the_last_check)
{
    struct booth booth;

    begin(&booth);
    ck_assert_double_eq(booth.facts->since, 1);
    facts_judge(booth.facts, VERDICT_GOOD, &rule, 10);
    ck_assert_double_eq(booth.facts->since, 1);
    facts_judge(booth.facts, VERDICT_GONE, &rule, 20);
    facts_judge(booth.facts, VERDICT_GONE, &rule, 21);
    facts_judge(booth.facts, VERDICT_GONE, &rule, 22);
    ck_assert_double_eq(booth.facts->since, 21);
    facts_judge(booth.facts, VERDICT_GOOD, &rule, 30);
    facts_judge(booth.facts, VERDICT_GOOD, &rule, 31);
    ck_assert_double_eq(booth.facts->since, 31);
    end(&booth);
}

TEST(who_is_checked_no_more_counts_as_up_from_then_on)
{
    struct booth booth;
    uint64_t version;

    begin(&booth);
    facts_judge(booth.facts, VERDICT_GONE, &rule, 20);
    ck_assert_uint_eq(booth.pool.up_count, 0);
    version = booth.pool.version;
    booth.fake.told[0] = '\0';
    facts_forget_health(booth.facts, 30);
    ck_assert_uint_eq(booth.pool.up_count, 1);
    ck_assert_uint_ne(booth.pool.version, version);
    ck_assert_double_eq(booth.facts->since, 30);
    ck_assert(!booth.facts->health.known);
    ck_assert_str_eq(booth.fake.told, "a");
    end(&booth);
}

TEST(nothing_changes_when_who_is_up_is_checked_no_more)
{
    struct booth booth;
    uint64_t version;

    begin(&booth);
    facts_judge(booth.facts, VERDICT_GOOD, &rule, 20);
    version = booth.pool.version;
    facts_forget_health(booth.facts, 30);
    ck_assert_uint_eq(booth.pool.version, version);
    ck_assert_double_eq(booth.facts->since, 1);
    ck_assert_str_eq(booth.fake.told, "");
    end(&booth);
}

SUITE(facts_hear, the_time_to_the_head_of_a_response_is_learnt_and_told,
      a_fast_error_does_not_look_like_a_fast_server, failures_are_counted_until_something_succeeds,
      an_attempt_without_a_response_is_a_failure_of_as_long_as_it_took,
      what_is_not_the_backends_fault_is_not_counted_as_that,
      a_response_that_was_cut_is_not_counted_twice, the_policy_hears_how_an_attempt_has_ended,
      since_is_the_moment_of_the_last_change_and_not_of_the_last_check,
      who_is_checked_no_more_counts_as_up_from_then_on,
      nothing_changes_when_who_is_up_is_checked_no_more);
