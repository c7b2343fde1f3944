/* Servers that several pools have, of one generation or of two. */
#include "backends.h"
#include "fake_policy.h"
#include "support/test.h"

#include "balance/facts.h"

static const struct config_health rule = { .rise = 1, .fall = 1 };

/* Two pools, "abc" and "bcd", and who chooses from each. */
struct town {
    struct config config;
    struct counters counters;
    struct ledger ledger;
    struct pool pools[2];
    struct fake fakes[2];
};

static void begin(struct town *t)
{
    *t = (struct town){ .counters = { .n = { 0 } } };
    config_init(&t->config);
    add_pool(&t->config, "first", 'a', 3);
    add_pool(&t->config, "second", 'b', 3);
    ledger_init(&t->ledger, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        pool_init(&t->pools[i], &t->config.pools[i], &t->ledger, &t->counters, 10 + i);
        t->fakes[i] = fake_of();
        pool_set_policy(&t->pools[i], &t->fakes[i].policy);
    }
}

static void end(struct town *t)
{
    for (int i = 0; i < 2; i++)
        pool_fini(&t->pools[i]);
    ck_assert_uint_eq(t->ledger.count, 0);
    config_fini(&t->config);
}

/* What both have been told: "bb|b". */
static const char *told(const struct town *t)
{
    static char text[160];

    strcpy(text, t->fakes[0].told);
    strcat(text, "|");
    strcat(text, t->fakes[1].told);
    return text;
}

TEST(a_server_in_two_pools_has_one_set_of_facts)
{
    struct town t;

    begin(&t);
    ck_assert_ptr_eq(t.pools[0].backends[1].facts, t.pools[1].backends[0].facts);
    ck_assert_ptr_eq(t.pools[0].backends[2].facts, t.pools[1].backends[1].facts);
    ck_assert_uint_eq(t.ledger.count, 4);
    ck_assert_double_eq(t.pools[1].backends[0].facts->since, 10);
    ck_assert_double_eq(t.pools[1].backends[2].facts->since, 11);
    end(&t);
}

TEST(what_is_in_flight_from_one_pool_is_told_to_both)
{
    struct town t;

    begin(&t);
    facts_lease(&t.pools[0].backends[1]);
    facts_lease(&t.pools[1].backends[0]);
    ck_assert_uint_eq(t.pools[0].backends[1].facts->inflight, 2);
    ck_assert_str_eq(told(&t), "bb|bb");
    facts_release(&t.pools[0].backends[1]);
    ck_assert_str_eq(told(&t), "bbb|bbb");
    facts_lease(&t.pools[0].backends[0]);
    ck_assert_str_eq(told(&t), "bbba|bbb");
    facts_release(&t.pools[0].backends[0]);
    facts_release(&t.pools[1].backends[0]);
    ck_assert_uint_eq(t.pools[0].backends[1].facts->inflight, 0);
    end(&t);
}

TEST(each_pool_is_told_of_the_backend_as_it_has_it)
{
    struct town t;

    begin(&t);
    facts_judge(t.pools[0].backends[1].facts, VERDICT_GONE, &rule, 20);
    ck_assert_ptr_eq(t.pools[0].up[1], &t.pools[0].backends[2]);
    ck_assert_ptr_eq(t.pools[1].up[0], &t.pools[1].backends[1]);
    ck_assert_ptr_eq(t.pools[1].up[0]->pool, &t.pools[1]);
    end(&t);
}

TEST(who_goes_down_is_down_in_both_pools)
{
    struct town t;
    uint64_t versions[2];

    begin(&t);
    for (int i = 0; i < 2; i++)
        versions[i] = t.pools[i].version;
    facts_judge(t.pools[0].backends[1].facts, VERDICT_GONE, &rule, 20);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(t.pools[i].up_count, 2);
        ck_assert_uint_ne(t.pools[i].version, versions[i]);
    }
    ck_assert_str_eq(told(&t), "b|b");
    facts_judge(t.pools[0].backends[1].facts, VERDICT_GOOD, &rule, 30);
    ck_assert_uint_eq(t.pools[0].up_count, 3);
    ck_assert_uint_eq(t.pools[1].up_count, 3);
    end(&t);
}

TEST(a_list_does_not_change_for_somebody_who_is_not_in_it)
{
    struct town t;
    uint64_t version;

    begin(&t);
    version = t.pools[1].version;
    facts_judge(t.pools[0].backends[0].facts, VERDICT_GONE, &rule, 20);
    ck_assert_uint_eq(t.pools[1].version, version);
    ck_assert_str_eq(told(&t), "a|");
    end(&t);
}

TEST(a_new_generation_finds_what_is_known_and_shares_it_with_the_old)
{
    struct town t;
    struct pool new;
    struct fake fake = fake_of();

    begin(&t);
    facts_lease(&t.pools[0].backends[0]);
    facts_judge(t.pools[0].backends[1].facts, VERDICT_GONE, &rule, 20);

    pool_init(&new, &t.config.pools[0], &t.ledger, &t.counters, 99);
    pool_set_policy(&new, &fake.policy);
    ck_assert_uint_eq(new.backends[0].facts->inflight, 1);
    ck_assert_uint_eq(new.up_count, 2);
    ck_assert_ptr_eq(new.up[1], &new.backends[2]);
    ck_assert_double_eq(new.backends[1].facts->since, 20);

    facts_release(&t.pools[0].backends[0]);
    ck_assert_uint_eq(new.backends[0].facts->inflight, 0);
    ck_assert_str_eq(fake.told, "a");
    pool_fini(&new);
    end(&t);
}

TEST(an_old_generation_that_has_gone_is_told_nothing_any_more)
{
    struct town t;
    struct pool old;
    struct fake fake = fake_of();

    begin(&t);
    pool_init(&old, &t.config.pools[0], &t.ledger, &t.counters, 99);
    pool_set_policy(&old, &fake.policy);
    pool_fini(&old);
    facts_lease(&t.pools[0].backends[0]);
    facts_judge(t.pools[0].backends[0].facts, VERDICT_GONE, &rule, 20);
    facts_release(&t.pools[0].backends[0]);
    ck_assert_str_eq(fake.told, "");
    end(&t);
}

TEST(an_outcome_is_told_to_who_has_chosen_and_to_nobody_else)
{
    struct town t;
    struct visit visit = { .attempt = 1, .now = 30 };
    struct outcome outcome = { .err = ERR_RESET, .took = 2, .first = -1 };

    begin(&t);
    facts_hear(&t.pools[1].backends[0], &visit, &outcome);
    ck_assert_str_eq(t.fakes[0].done, "");
    ck_assert_str_eq(t.fakes[1].done, "b");
    ck_assert_uint_eq(t.pools[0].backends[1].facts->fails, 1);
    ck_assert_str_eq(told(&t), "b|b");
    end(&t);
}

SUITE(pool_shared, a_server_in_two_pools_has_one_set_of_facts,
      what_is_in_flight_from_one_pool_is_told_to_both,
      each_pool_is_told_of_the_backend_as_it_has_it, who_goes_down_is_down_in_both_pools,
      a_list_does_not_change_for_somebody_who_is_not_in_it,
      a_new_generation_finds_what_is_known_and_shares_it_with_the_old,
      an_old_generation_that_has_gone_is_told_nothing_any_more,
      an_outcome_is_told_to_who_has_chosen_and_to_nobody_else);
