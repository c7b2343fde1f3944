/* Active checks of one generation after the other. */
#include "support/test.h"
#include "ward.h"

enum { HEALTH_EVERY = 2 };

/* A ward, and the pools that take the place of the first. */
struct clinic {
    struct ward ward;
    struct config configs[2]; /* one for each */
    unsigned count;           /* of them */
    struct pool pools[2];
};

/* Adds a pool of those backends of the ward whose letters are in IDS, checked as TYPE says. */
static struct config_pool *add(struct clinic *c, const char *ids, enum config_check type)
{
    struct config *config = &c->configs[c->count++];
    struct config_pool *pool;

    config_init(config);
    pool = config_add_pool(config, CONFIG_POOL);
    pool->health.type = type;
    pool->health.path = mem_copy(SPAN("/other"));
    for (; *ids != '\0'; ids++) {
        struct config_backend *b = config_add_backend(pool);

        b->at = c->ward.config.pools[0].backends[*ids - 'a'].at;
        b->id = mem_copy((struct span){ ids, 1 });
        b->authority = mem_copy(SPAN("b.example:80"));
        b->host = mem_copy(SPAN("b.example"));
    }
    return pool;
}

/* Three backends of which those in IDS are checked by TCP, once each by now. */
static void begin(struct clinic *c, const char *ids)
{
    c->count = 0;
    ward_begin(&c->ward, 3, CHECK_TCP);
    add(c, ids, CHECK_TCP);
    pool_init(&c->pools[0], c->configs[0].pools, &c->ward.ledger, &c->ward.counters, 0);
    probes_watch(&c->ward.probes, c->pools, 1);
    TURN_UNTIL(c->ward.time.loop, c->ward.ready > 0);
    c->ward.ready = 0;
}

static void end(struct clinic *c)
{
    probes_stop(&c->ward.probes);
    for (unsigned i = 0; i < c->count; i++) {
        pool_fini(&c->pools[i]);
        config_fini(&c->configs[i]);
    }
    ward_end(&c->ward);
}

/* The second pool is watched from now on. */
static void watch_second(struct clinic *c)
{
    pool_init(&c->pools[1], c->configs[1].pools, &c->ward.ledger, &c->ward.counters, 0);
    probes_watch(&c->ward.probes, &c->pools[1], 1);
}

/* Has somebody connected to the backend ID since this was asked last? */
static bool is_checked(struct clinic *c, char id)
{
    int listener = c->ward.listeners[id - 'a'];
    struct pollfd p = { .fd = listener, .events = POLLIN };
    bool checked = false;

    while (poll(&p, 1, 0) > 0) {
        close(accept(listener, NULL, NULL));
        checked = true;
    }
    return checked;
}

/* Those backends who are checked while some time passes, "abc". */
static const char *checked(struct clinic *c)
{
    static char ids[4];
    size_t len = 0;

    for (char id = 'a'; id <= 'c'; id++)
        is_checked(c, id);
    for (int i = 0; i < 20; i++) {
        fake_time_pass(&c->ward.time, HEALTH_EVERY / 10.0);
        ward_look(&c->ward);
    }
    for (char id = 'a'; id <= 'c'; id++)
        if (is_checked(c, id))
            ids[len++] = id;
    ids[len] = '\0';
    return ids;
}

static const struct facts *facts_of(const struct pool *pool, unsigned i)
{
    return pool->backends[i].facts;
}

TEST(who_is_new_is_checked_at_once_and_awaited)
{
    struct clinic c;

    begin(&c, "a");
    add(&c, "abc", CHECK_TCP);
    ward_go_away(&c.ward, 2);
    watch_second(&c);
    ck_assert_uint_eq(c.ward.ready, 0);
    TURN_UNTIL(c.ward.time.loop, c.ward.ready > 0);
    ck_assert(facts_of(&c.pools[1], 1)->health.known && !facts_of(&c.pools[1], 1)->health.down);
    ck_assert(facts_of(&c.pools[1], 2)->health.down);
    ck_assert_uint_eq(c.pools[1].up_count, 2);
    for (int i = 0; i < 10; i++) {
        fake_time_pass(&c.ward.time, 1);
        ward_look(&c.ward);
    }
    ck_assert_uint_eq(c.ward.ready, 1);
    end(&c);
}

TEST(all_are_ready_at_once_if_nobody_is_new)
{
    struct clinic c;

    begin(&c, "ab");
    add(&c, "ba", CHECK_TCP);
    is_checked(&c, 'a');
    watch_second(&c);
    ck_assert_uint_eq(c.ward.ready, 1);
    ward_look(&c.ward);
    ck_assert(!is_checked(&c, 'a'));
    end(&c);
}

TEST(all_are_ready_at_once_if_the_new_ones_cannot_be_reached)
{
    struct clinic c;

    begin(&c, "a");
    add(&c, "ab", CHECK_TCP);
    c.configs[1].pools[0].backends[1].at.v4.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    watch_second(&c);
    ck_assert_uint_eq(c.ward.ready, 1);
    ck_assert(facts_of(&c.pools[1], 1)->health.down);
    end(&c);
}

TEST(both_generations_are_checked_until_the_old_one_is_pruned)
{
    struct clinic c;

    begin(&c, "ab");
    add(&c, "bc", CHECK_TCP);
    watch_second(&c);
    TURN_UNTIL(c.ward.time.loop, c.ward.ready > 0);
    ck_assert_str_eq(checked(&c), "abc");
    probes_prune(&c.ward.probes);
    ck_assert_str_eq(checked(&c), "bc");
    ck_assert_uint_eq(c.ward.probes.count, 2);
    ck_assert_ptr_null(facts_of(&c.pools[0], 0)->probe);
    end(&c);
}

TEST(health_is_kept_from_one_generation_to_the_next)
{
    struct clinic c;

    begin(&c, "ab");
    ward_go_away(&c.ward, 1);
    while (c.pools[0].up_count == 2) {
        fake_time_pass(&c.ward.time, 0.1);
        ward_look(&c.ward);
        is_checked(&c, 'a');
    }
    add(&c, "ba", CHECK_TCP);
    watch_second(&c);
    probes_prune(&c.ward.probes);
    ck_assert_uint_eq(c.pools[1].up_count, 1);
    ck_assert(facts_of(&c.pools[1], 0)->health.down);
    end(&c);
}

TEST(the_new_rules_hold_for_who_is_checked_already)
{
    struct clinic c;
    char request[1000];
    int fd;

    begin(&c, "a");
    add(&c, "a", CHECK_HTTP)->health.fall = 1;
    watch_second(&c);
    probes_prune(&c.ward.probes);
    is_checked(&c, 'a');
    fake_time_pass(&c.ward.time, HEALTH_EVERY + 0.1);
    fd = ward_take_request(&c.ward, request, sizeof request);
    ck_assert_ptr_eq(strstr(request, "GET /other HTTP/1.1\r\nHost: b.example\r\n"), request);
    tell(fd, "HTTP/1.1 500 No\r\n\r\n");
    TURN_UNTIL(c.ward.time.loop, facts_of(&c.pools[1], 0)->health.down);
    close(fd);
    end(&c);
}

TEST(a_check_under_way_ends_by_the_rules_that_hold_by_then)
{
    struct clinic c;
    char request[1000];
    int fd;

    begin(&c, "a");
    c.configs[0].pools[0].health.type = CHECK_HTTP;
    is_checked(&c, 'a');
    fake_time_pass(&c.ward.time, HEALTH_EVERY + 0.1);
    fd = ward_take_request(&c.ward, request, sizeof request);
    add(&c, "a", CHECK_HTTP)->health.fall = 1;
    watch_second(&c);
    probes_prune(&c.ward.probes);
    tell(fd, "HTTP/1.1 500 No\r\n\r\n");
    TURN_UNTIL(c.ward.time.loop, facts_of(&c.pools[1], 0)->health.down);
    close(fd);
    end(&c);
}

TEST(who_is_checked_no_more_counts_as_up)
{
    struct clinic c;

    ward_begin(&c.ward, 3, CHECK_TCP);
    ward_go_away(&c.ward, 0);
    c.count = 0;
    add(&c, "a", CHECK_TCP);
    add(&c, "a", CHECK_NONE);
    pool_init(&c.pools[0], c.configs[0].pools, &c.ward.ledger, &c.ward.counters, 0);
    probes_watch(&c.ward.probes, c.pools, 1);
    TURN_UNTIL(c.ward.time.loop, c.ward.ready > 0);
    ck_assert_uint_eq(c.pools[0].up_count, 0);
    watch_second(&c);
    ck_assert_uint_eq(c.ward.ready, 2);
    probes_prune(&c.ward.probes);
    ck_assert_uint_eq(c.pools[1].up_count, 1);
    ck_assert_uint_eq(c.ward.probes.count, 0);
    ck_assert(!facts_of(&c.pools[1], 0)->health.known);
    end(&c);
}

TEST(whoever_has_gone_keeps_nobody_waiting_later)
{
    struct clinic c;

    begin(&c, "ab");
    add(&c, "a", CHECK_TCP);
    watch_second(&c);
    probes_prune(&c.ward.probes);
    ck_assert_uint_eq(c.ward.probes.unknown, 0);
    probes_watch(&c.ward.probes, &c.pools[0], 1);
    TURN_UNTIL(c.ward.time.loop, c.ward.ready > 1);
    ck_assert_uint_eq(c.ward.ready, 2);
    ck_assert_uint_eq(c.ward.probes.unknown, 0);
    end(&c);
}

TEST(whoever_goes_before_his_first_check_has_ended_keeps_nobody_waiting)
{
    struct clinic c;
    int slow;

    begin(&c, "a");
    add(&c, "ab", CHECK_HTTP);
    watch_second(&c);
    await(c.ward.listeners[1]);
    slow = accept(c.ward.listeners[1], NULL, NULL);
    ck_assert_uint_eq(c.ward.ready, 0);

    probes_watch(&c.ward.probes, &c.pools[0], 1);
    probes_prune(&c.ward.probes);
    ck_assert_uint_eq(c.ward.probes.unknown, 0);
    ck_assert_uint_eq(c.ward.probes.count, 1);
    tell(slow, "HTTP/1.1 200 OK\r\n\r\n");
    ward_look(&c.ward);
    ck_assert(!facts_of(&c.pools[1], 1)->health.known);
    close(slow);
    end(&c);
}

TEST(a_server_in_two_pools_is_checked_once)
{
    struct clinic c;
    unsigned count = 0;

    ward_begin(&c.ward, 3, CHECK_TCP);
    c.count = 0;
    add(&c, "ab", CHECK_TCP);
    add(&c, "bc", CHECK_TCP);
    for (int i = 0; i < 2; i++)
        pool_init(&c.pools[i], c.configs[i].pools, &c.ward.ledger, &c.ward.counters, 0);
    probes_watch(&c.ward.probes, c.pools, 2);
    TURN_UNTIL(c.ward.time.loop, c.ward.ready > 0);
    ck_assert_uint_eq(c.ward.probes.count, 3);
    set_nonblocking(c.ward.listeners[1]);
    for (int fd; (fd = accept(c.ward.listeners[1], NULL, NULL)) >= 0; count++)
        close(fd);
    ck_assert_uint_eq(count, 1);
    end(&c);
}

SUITE(probe_watch, who_is_new_is_checked_at_once_and_awaited,
      all_are_ready_at_once_if_nobody_is_new,
      all_are_ready_at_once_if_the_new_ones_cannot_be_reached,
      both_generations_are_checked_until_the_old_one_is_pruned,
      health_is_kept_from_one_generation_to_the_next, the_new_rules_hold_for_who_is_checked_already,
      a_check_under_way_ends_by_the_rules_that_hold_by_then, who_is_checked_no_more_counts_as_up,
      whoever_has_gone_keeps_nobody_waiting_later,
      whoever_goes_before_his_first_check_has_ended_keeps_nobody_waiting,
      a_server_in_two_pools_is_checked_once);
