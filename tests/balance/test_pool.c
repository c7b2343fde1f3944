/* The backends a route may choose from. */
#include "backends.h"
#include "fake_policy.h"
#include "support/test.h"

#include "balance/facts.h"

#include <string.h>

static const struct config_health rule = { .rise = 2, .fall = 2 };

/* A pool, its config, and the policy that chooses. */
struct house {
    struct config config;
    struct counters counters;
    struct ledger ledger;
    struct pool pool;
    struct fake fake;
};

static void begin(struct house *h, unsigned backend_count)
{
    *h = (struct house){ .config = config_of(backend_count) };
    h->fake = fake_of();
    ledger_init(&h->ledger, NULL, NULL);
    pool_init(&h->pool, h->config.pools, &h->ledger, &h->counters, 1);
    pool_set_policy(&h->pool, &h->fake.policy);
}

static void end(struct house *h)
{
    pool_fini(&h->pool);
    ck_assert_uint_eq(h->ledger.count, 0);
    config_fini(&h->config);
}

static struct backend *backend(struct house *h, char id)
{
    return &h->pool.backends[id - 'a'];
}

/* Has two checks of the backend ID fail, or end well: enough, whatever it was. */
static void bring_down(struct house *h, char id)
{
    facts_judge(backend(h, id)->facts, VERDICT_GONE, &rule, 7);
    facts_judge(backend(h, id)->facts, VERDICT_GONE, &rule, 7);
}

static void bring_up(struct house *h, char id)
{
    facts_judge(backend(h, id)->facts, VERDICT_GOOD, &rule, 7);
    facts_judge(backend(h, id)->facts, VERDICT_GOOD, &rule, 7);
}

/* The ids of COUNT backends. */
static const char *names(struct backend *const *list, unsigned count)
{
    static char text[32];

    for (unsigned i = 0; i < count; i++)
        text[i] = list[i]->config->id[0];
    text[count] = '\0';
    return text;
}

/* The id of who is picked when those in TRIED were tried; '-' for nobody. */
static char pick(struct house *h, const char *tried)
{
    struct backend *list[8];
    struct visit visit = { .attempt = (unsigned)strlen(tried) + 1, .now = 5 };
    struct ask ask = { .visit = &visit };
    struct backend *b;

    for (size_t i = 0; tried[i] != '\0'; i++)
        list[i] = backend(h, tried[i]);
    b = pool_pick(&h->pool, &ask, list, (unsigned)strlen(tried));
    return b == NULL ? '-' : b->config->id[0];
}

TEST(all_are_up_at_first_in_the_order_of_the_config)
{
    struct house h;

    begin(&h, 3);
    ck_assert_str_eq(names(h.pool.up, h.pool.up_count), "abc");
    ck_assert_uint_eq(h.pool.backends[2].index, 2);
    ck_assert_uint_ne(h.pool.version, 0);
    end(&h);
}

TEST(a_new_pool_chooses_by_round_robin)
{
    struct house h;
    char turns[5] = "";

    begin(&h, 3);
    pool_set_policy(&h.pool, &h.pool.fallback.policy);
    for (int i = 0; i < 4; i++)
        turns[i] = pick(&h, "");
    ck_assert_str_eq(turns, "abca");
    ck_assert_uint_eq(h.counters.n[COUNTER_POLICY_ERRORS], 0);
    end(&h);
}

TEST(the_policy_is_asked_with_the_list_of_those_up)
{
    struct house h;

    begin(&h, 3);
    bring_down(&h, 'b');
    h.fake.chosen = 1;
    ck_assert_int_eq(pick(&h, ""), 'c');
    ck_assert_str_eq(names(h.fake.ask.up, h.fake.ask.count), "ac");
    ck_assert_uint_eq(h.fake.ask.version, h.pool.version);
    ck_assert_uint_eq(h.fake.attempt, 1);
    ck_assert_double_eq(h.fake.now, 5);
    end(&h);
}

TEST(the_list_does_not_have_the_tried_and_has_a_version_of_its_own)
{
    struct house h;

    begin(&h, 4);
    bring_down(&h, 'd');
    ck_assert_int_eq(pick(&h, "b"), 'a');
    ck_assert_str_eq(names(h.fake.ask.up, h.fake.ask.count), "ac");
    ck_assert_uint_eq(h.fake.ask.version, 0);
    ck_assert_int_eq(pick(&h, "ab"), 'c');
    ck_assert_str_eq(names(h.fake.ask.up, h.fake.ask.count), "c");
    ck_assert_int_eq(pick(&h, "d"), 'a');
    ck_assert_str_eq(names(h.fake.ask.up, h.fake.ask.count), "abc");
    end(&h);
}

TEST(a_retry_leaves_the_list_of_the_others_as_it_is)
{
    struct house h;
    uint64_t version;

    begin(&h, 3);
    version = h.pool.version;
    pick(&h, "a");
    pick(&h, "");
    ck_assert_str_eq(names(h.fake.ask.up, h.fake.ask.count), "abc");
    ck_assert_uint_eq(h.fake.ask.version, version);
    end(&h);
}

TEST(the_policy_is_not_asked_when_all_were_tried)
{
    struct house h;

    begin(&h, 2);
    ck_assert_int_eq(pick(&h, "ab"), '-');
    ck_assert_uint_eq(h.fake.asked, 0);
    end(&h);
}

TEST(the_policy_is_not_asked_when_nobody_is_up)
{
    struct house h;

    begin(&h, 2);
    bring_down(&h, 'a');
    bring_down(&h, 'b');
    ck_assert_int_eq(pick(&h, ""), '-');
    ck_assert_uint_eq(h.fake.asked, 0);
    end(&h);
}

TEST(there_are_others_while_somebody_is_up_who_was_not_tried)
{
    struct house h;
    struct backend *tried[2];

    begin(&h, 3);
    tried[0] = backend(&h, 'c');
    tried[1] = backend(&h, 'a');
    ck_assert(pool_has_others(&h.pool, tried, 0));
    ck_assert(pool_has_others(&h.pool, tried, 2));
    bring_down(&h, 'b');
    ck_assert(!pool_has_others(&h.pool, tried, 2));
    ck_assert(pool_has_others(&h.pool, tried, 1));
    end(&h);
}

TEST(a_policy_that_wants_nobody_is_obeyed)
{
    struct house h;

    begin(&h, 2);
    h.fake.news = POLICY_NOBODY;
    ck_assert_int_eq(pick(&h, ""), '-');
    ck_assert_uint_eq(h.counters.n[COUNTER_POLICY_ERRORS], 0);
    end(&h);
}

TEST(round_robin_decides_when_the_policy_fails)
{
    struct house h;
    char turns[5] = "";

    begin(&h, 2);
    h.fake.news = POLICY_FAILED;
    for (int i = 0; i < 4; i++)
        turns[i] = pick(&h, "");
    ck_assert_str_eq(turns, "abab");
    ck_assert_uint_eq(h.counters.n[COUNTER_POLICY_ERRORS], 4);
    ck_assert_int_eq(pick(&h, "a"), 'b');
    end(&h);
}

TEST(leases_are_counted_and_told_one_by_one)
{
    struct house h;

    begin(&h, 2);
    facts_lease(backend(&h, 'a'));
    facts_lease(backend(&h, 'a'));
    facts_lease(backend(&h, 'b'));
    ck_assert_uint_eq(backend(&h, 'a')->facts->inflight, 2);
    facts_release(backend(&h, 'a'));
    ck_assert_uint_eq(backend(&h, 'a')->facts->inflight, 1);
    ck_assert_uint_eq(backend(&h, 'b')->facts->inflight, 1);
    ck_assert_str_eq(h.fake.told, "aaba");
    end(&h);
}

TEST(the_version_changes_with_the_list_and_only_then)
{
    struct house h;
    uint64_t version;

    begin(&h, 2);
    version = h.pool.version;
    ck_assert_int_eq(facts_judge(backend(&h, 'a')->facts, VERDICT_GOOD, &rule, 7), HEALTH_WENT_UP);
    ck_assert_int_eq(facts_judge(backend(&h, 'a')->facts, VERDICT_GONE, &rule, 7), HEALTH_SAME);
    ck_assert_uint_eq(h.pool.version, version);
    ck_assert_str_eq(h.fake.told, "");

    ck_assert_int_eq(facts_judge(backend(&h, 'a')->facts, VERDICT_GONE, &rule, 7),
                     HEALTH_WENT_DOWN);
    ck_assert_uint_ne(h.pool.version, version);
    ck_assert_str_eq(h.fake.told, "a");
    end(&h);
}

TEST(who_comes_back_stands_where_he_stood)
{
    struct house h;

    begin(&h, 3);
    bring_down(&h, 'a');
    bring_down(&h, 'b');
    ck_assert_str_eq(names(h.pool.up, h.pool.up_count), "c");
    bring_up(&h, 'b');
    ck_assert_str_eq(names(h.pool.up, h.pool.up_count), "bc");
    bring_up(&h, 'a');
    ck_assert_str_eq(names(h.pool.up, h.pool.up_count), "abc");
    end(&h);
}

TEST(who_goes_down_keeps_what_is_in_flight)
{
    struct house h;

    begin(&h, 2);
    facts_lease(backend(&h, 'a'));
    bring_down(&h, 'a');
    ck_assert_uint_eq(backend(&h, 'a')->facts->inflight, 1);
    facts_release(backend(&h, 'a'));
    ck_assert_uint_eq(backend(&h, 'a')->facts->inflight, 0);
    end(&h);
}

SUITE(pool, all_are_up_at_first_in_the_order_of_the_config, a_new_pool_chooses_by_round_robin,
      the_policy_is_asked_with_the_list_of_those_up,
      the_list_does_not_have_the_tried_and_has_a_version_of_its_own,
      a_retry_leaves_the_list_of_the_others_as_it_is, the_policy_is_not_asked_when_all_were_tried,
      the_policy_is_not_asked_when_nobody_is_up,
      there_are_others_while_somebody_is_up_who_was_not_tried, a_policy_that_wants_nobody_is_obeyed,
      round_robin_decides_when_the_policy_fails, leases_are_counted_and_told_one_by_one,
      the_version_changes_with_the_list_and_only_then, who_comes_back_stands_where_he_stood,
      who_goes_down_keeps_what_is_in_flight);
