/* Who may be chosen: caps, and those who drain. */
#include "backends.h"
#include "fake_policy.h"
#include "support/test.h"

#include "balance/facts.h"

#include <limits.h>
#include <string.h>

static const struct config_health rule = { .rise = 1, .fall = 1 };

/* Two pools, "abc" and "bcd", with an usher, and who chooses from each. */
struct town {
    struct config config;
    struct counters counters;
    struct ledger ledger;
    struct usher usher;
    struct pool pools[2];
    struct fake fakes[2];
};

static void ignore(struct usher *usher)
{
    (void)usher;
}

static void arrange(struct town *t)
{
    *t = (struct town){ .counters = { .n = { 0 } } };
    config_init(&t->config);
    add_pool(&t->config, "first", 'a', 3);
    add_pool(&t->config, "second", 'b', 3);
}

static void begin(struct town *t)
{
    ledger_init(&t->ledger, NULL, NULL);
    usher_init(&t->usher, ignore);
    for (int i = 0; i < 2; i++) {
        pool_init(&t->pools[i], &t->config.pools[i], &t->ledger, &t->counters, 10);
        t->fakes[i] = fake_of();
        pool_set_policy(&t->pools[i], &t->fakes[i].policy);
        pool_set_usher(&t->pools[i], &t->usher);
    }
}

static void end(struct town *t)
{
    for (int i = 0; i < 2; i++)
        pool_fini(&t->pools[i]);
    ck_assert_uint_eq(t->ledger.count, 0);
    config_fini(&t->config);
}

/* What the config says of the backend ID of the pool number P. */
static struct config_backend *said_of(struct town *t, int p, char id)
{
    return &t->config.pools[p].backends[id - 'a' - p];
}

static struct backend *backend(struct town *t, int p, char id)
{
    return &t->pools[p].backends[id - 'a' - p];
}

/* The ids of those who may be chosen from the pool number P. */
static const char *up(const struct town *t, int p)
{
    static char text[8];
    const struct pool *pool = &t->pools[p];

    for (unsigned i = 0; i < pool->up_count; i++)
        text[i] = pool->up[i]->config->id[0];
    text[pool->up_count] = '\0';
    return text;
}

/* Would there be somebody of POOL but for caps, when those in TRIED were tried? */
static bool is_full(const struct pool *pool, const char *tried)
{
    struct backend *list[8];
    unsigned count = 0;

    for (; tried[count] != '\0'; count++)
        list[count] = &pool->backends[tried[count] - pool->backends[0].config->id[0]];
    return pool_is_full(pool, list, count);
}

TEST(who_is_at_its_cap_cannot_be_chosen_until_one_of_its_requests_has_ended)
{
    struct town t;

    arrange(&t);
    said_of(&t, 0, 'b')->cap = 2;
    begin(&t);
    facts_lease(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 0), "abc");
    facts_lease(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 0), "ac");
    facts_release(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 0), "abc");
    facts_release(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 0), "abc");
    end(&t);
}

TEST(a_backend_without_a_cap_has_that_of_its_pool)
{
    struct town t;

    arrange(&t);
    t.config.pools[0].inflight = 1;
    said_of(&t, 0, 'b')->cap = 2;
    begin(&t);
    ck_assert_uint_eq(backend(&t, 0, 'a')->cap, 1);
    ck_assert_uint_eq(backend(&t, 0, 'b')->cap, 2);
    ck_assert_uint_eq(backend(&t, 1, 'b')->cap, UINT_MAX);
    end(&t);
}

TEST(the_list_is_made_anew_only_when_a_cap_is_reached_or_left)
{
    struct town t;
    uint64_t versions[2];

    arrange(&t);
    said_of(&t, 0, 'b')->cap = 2;
    begin(&t);
    for (int i = 0; i < 2; i++)
        versions[i] = t.pools[i].version;
    facts_lease(backend(&t, 0, 'b'));
    ck_assert_uint_eq(t.pools[0].version, versions[0]);
    facts_lease(backend(&t, 0, 'b'));
    ck_assert_uint_eq(t.pools[0].version, versions[0] + 1);
    facts_lease(backend(&t, 1, 'b'));
    facts_release(backend(&t, 1, 'b'));
    ck_assert_uint_eq(t.pools[0].version, versions[0] + 1);
    facts_release(backend(&t, 0, 'b'));
    ck_assert_uint_eq(t.pools[0].version, versions[0] + 2);
    facts_release(backend(&t, 0, 'b'));
    ck_assert_uint_eq(t.pools[0].version, versions[0] + 2);
    ck_assert_uint_eq(t.pools[1].version, versions[1]);
    end(&t);
}

TEST(the_facts_are_told_as_often_as_without_a_cap)
{
    struct town t;

    arrange(&t);
    said_of(&t, 0, 'b')->cap = 1;
    begin(&t);
    facts_lease(backend(&t, 0, 'b'));
    facts_release(backend(&t, 0, 'b'));
    ck_assert_str_eq(t.fakes[0].told, "bb");
    ck_assert_str_eq(t.fakes[1].told, "bb");
    end(&t);
}

TEST(a_server_in_two_pools_has_a_cap_in_each_for_all_of_its_requests)
{
    struct town t;

    arrange(&t);
    said_of(&t, 0, 'b')->cap = 2;
    said_of(&t, 1, 'b')->cap = 1;
    begin(&t);
    facts_lease(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 0), "abc");
    ck_assert_str_eq(up(&t, 1), "cd");
    facts_lease(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 0), "ac");
    facts_release(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 0), "abc");
    ck_assert_str_eq(up(&t, 1), "cd");
    facts_release(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 1), "bcd");
    end(&t);
}

TEST(a_cap_counts_what_was_in_flight_before_its_pool)
{
    struct town t;
    struct pool new;
    struct config_backend *b;

    arrange(&t);
    begin(&t);
    b = said_of(&t, 0, 'b');
    facts_lease(backend(&t, 0, 'b'));
    b->cap = 1;
    pool_init(&new, &t.config.pools[0], &t.ledger, &t.counters, 99);
    ck_assert_uint_eq(new.up_count, 2);
    facts_release(backend(&t, 0, 'b'));
    ck_assert_uint_eq(new.up_count, 3);
    pool_fini(&new);
    end(&t);
}

TEST(a_cap_goes_with_its_pool)
{
    struct town t;
    struct pool old;

    arrange(&t);
    begin(&t);
    t.config.pools[0].inflight = 1;
    pool_init(&old, &t.config.pools[0], &t.ledger, &t.counters, 99);
    ck_assert_uint_eq(backend(&t, 0, 'a')->facts->cap, 1);
    pool_fini(&old);
    ck_assert_uint_eq(backend(&t, 0, 'a')->facts->cap, UINT_MAX);
    end(&t);
}

TEST(who_is_down_does_not_come_back_by_ending_a_request)
{
    struct town t;

    arrange(&t);
    said_of(&t, 0, 'b')->cap = 1;
    begin(&t);
    facts_lease(backend(&t, 0, 'b'));
    facts_judge(backend(&t, 0, 'b')->facts, VERDICT_GONE, &rule, 20);
    facts_release(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 0), "ac");
    facts_judge(backend(&t, 0, 'b')->facts, VERDICT_GOOD, &rule, 20);
    ck_assert_str_eq(up(&t, 0), "abc");
    end(&t);
}

TEST(who_comes_up_at_its_cap_waits_for_one_of_its_requests_to_end)
{
    struct town t;

    arrange(&t);
    said_of(&t, 0, 'b')->cap = 1;
    begin(&t);
    facts_lease(backend(&t, 0, 'b'));
    facts_judge(backend(&t, 0, 'b')->facts, VERDICT_GONE, &rule, 20);
    facts_judge(backend(&t, 0, 'b')->facts, VERDICT_GOOD, &rule, 20);
    ck_assert_str_eq(up(&t, 0), "ac");
    facts_release(backend(&t, 0, 'b'));
    ck_assert_str_eq(up(&t, 0), "abc");
    end(&t);
}

TEST(who_drains_cannot_be_chosen_and_ends_what_it_has)
{
    struct town t;

    arrange(&t);
    said_of(&t, 0, 'b')->drain = true;
    begin(&t);
    ck_assert_str_eq(up(&t, 0), "ac");
    ck_assert_str_eq(up(&t, 1), "bcd");
    facts_lease(backend(&t, 1, 'b'));
    facts_release(backend(&t, 1, 'b'));
    facts_judge(backend(&t, 0, 'b')->facts, VERDICT_GONE, &rule, 20);
    facts_judge(backend(&t, 0, 'b')->facts, VERDICT_GOOD, &rule, 20);
    ck_assert_str_eq(up(&t, 0), "ac");
    ck_assert(backend_is_up(backend(&t, 0, 'b')));
    end(&t);
}

TEST(a_pool_is_full_if_only_caps_keep_requests_from_it)
{
    struct town t;

    arrange(&t);
    t.config.pools[0].inflight = 1;
    said_of(&t, 0, 'c')->drain = true;
    begin(&t);
    ck_assert(!is_full(&t.pools[0], ""));
    facts_lease(backend(&t, 0, 'a'));
    ck_assert(!is_full(&t.pools[0], ""));
    ck_assert(is_full(&t.pools[0], "b"));
    facts_lease(backend(&t, 0, 'b'));
    ck_assert(is_full(&t.pools[0], ""));
    ck_assert(is_full(&t.pools[0], "a"));
    ck_assert(!is_full(&t.pools[0], "ab"));
    facts_judge(backend(&t, 0, 'a')->facts, VERDICT_GONE, &rule, 20);
    ck_assert(is_full(&t.pools[0], ""));
    ck_assert(!is_full(&t.pools[0], "b"));
    facts_judge(backend(&t, 0, 'b')->facts, VERDICT_GONE, &rule, 20);
    ck_assert(!is_full(&t.pools[0], ""));
    facts_release(backend(&t, 0, 'a'));
    facts_release(backend(&t, 0, 'b'));
    end(&t);
}

TEST(an_older_generation_follows_what_holds_now)
{
    struct town t;
    struct pool new;

    arrange(&t);
    t.config.pools[0].inflight = 1;
    begin(&t);
    for (char id = 'a'; id <= 'c'; id++)
        facts_lease(backend(&t, 0, id));
    ck_assert_str_eq(up(&t, 0), "");

    t.config.pools[0].inflight = 2;
    said_of(&t, 0, 'b')->drain = true;
    pool_init(&new, &t.config.pools[0], &t.ledger, &t.counters, 99);
    pool_follow(&t.pools[0], &new);
    ck_assert_str_eq(up(&t, 0), "ac");
    facts_lease(backend(&t, 0, 'a'));
    ck_assert_str_eq(up(&t, 0), "c");
    pool_fini(&new);
    ck_assert_uint_eq(backend(&t, 0, 'a')->facts->cap, 2);
    facts_release(backend(&t, 0, 'a'));
    for (char id = 'a'; id <= 'c'; id++)
        facts_release(backend(&t, 0, id));
    ck_assert_str_eq(up(&t, 0), "ac");
    end(&t);
}

TEST(whom_the_new_generation_does_not_have_stays_as_it_was)
{
    struct town t;

    arrange(&t);
    said_of(&t, 0, 'a')->cap = 7;
    said_of(&t, 1, 'b')->cap = 8;
    begin(&t);
    pool_follow(&t.pools[0], &t.pools[1]);
    ck_assert_uint_eq(backend(&t, 0, 'a')->cap, 7);
    ck_assert_uint_eq(backend(&t, 0, 'b')->cap, 8);
    end(&t);
}

SUITE(pool_cap, who_is_at_its_cap_cannot_be_chosen_until_one_of_its_requests_has_ended,
      a_backend_without_a_cap_has_that_of_its_pool,
      the_list_is_made_anew_only_when_a_cap_is_reached_or_left,
      the_facts_are_told_as_often_as_without_a_cap,
      a_server_in_two_pools_has_a_cap_in_each_for_all_of_its_requests,
      a_cap_counts_what_was_in_flight_before_its_pool, a_cap_goes_with_its_pool,
      who_is_down_does_not_come_back_by_ending_a_request,
      who_comes_up_at_its_cap_waits_for_one_of_its_requests_to_end,
      who_drains_cannot_be_chosen_and_ends_what_it_has,
      a_pool_is_full_if_only_caps_keep_requests_from_it, an_older_generation_follows_what_holds_now,
      whom_the_new_generation_does_not_have_stays_as_it_was);
