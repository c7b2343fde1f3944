/* The pools of a script: what is understood. */
#include "reading.h"
#include "support/test.h"

/* Reads a script that is right, whose table has the keys REST. */
static void begin(struct reading *r, const char *rest)
{
    char text[2000];

    snprintf(text, sizeof text, "return { listen = ':0', %s }", rest);
    reading_begin(r, text);
    ck_assert_str_eq(r->complaints, "");
}

TEST(a_script_without_pools_has_one)
{
    struct reading r;

    begin(&r, "backends = { '10.0.0.1:80', '10.0.0.2:80' }, pick = function() end");
    ck_assert_uint_eq(r.config.pool_count, 1);
    ck_assert_str_eq(r.config.pools[0].name, CONFIG_POOL);
    ck_assert_uint_eq(r.config.pools[0].backend_count, 2);
    ck_assert(r.config.pools[0].picks);
    ck_assert(!r.config.has_pools && !r.config.routes);
    reading_end(&r);
}

TEST(pools_are_there_in_the_order_of_their_names)
{
    struct reading r;

    begin(&r, "pools = { web = { backends = { '10.0.0.1:80' }, pick = function() end },"
              "  api = { backends = { '10.0.0.2:80', '10.0.0.3:80' } }, ['a b'] = { backends = {"
              "    { '10.0.0.4:80', id = 'x' } } } }, route = function() end");
    ck_assert_uint_eq(r.config.pool_count, 3);
    ck_assert_str_eq(r.config.pools[0].name, "a b");
    ck_assert_str_eq(r.config.pools[0].backends[0].id, "x");
    ck_assert_str_eq(r.config.pools[1].name, "api");
    ck_assert_uint_eq(r.config.pools[1].backend_count, 2);
    ck_assert(!r.config.pools[1].picks);
    ck_assert_str_eq(r.config.pools[2].name, "web");
    ck_assert(r.config.pools[2].picks);
    ck_assert(r.config.has_pools && r.config.routes);
    reading_end(&r);
}

TEST(a_single_pool_needs_no_route)
{
    struct reading r;

    begin(&r, "pools = { web = { backends = { '10.0.0.1:80' } } }");
    ck_assert(r.config.has_pools && !r.config.routes);
    reading_end(&r);
}

TEST(what_is_said_for_all_holds_for_a_pool_that_says_nothing)
{
    struct reading r;

    begin(&r, "pools = { a = { backends = { '10.0.0.1:80' } }, b = { backends = { '10.0.0.2:80' },"
              "  health = { every = 7 }, retry = { tries = 1 }, timeouts = { connect = 9 } } },"
              "route = function() end, retry = { tries = 5 }, health = { path = '/up', fall = 9 },"
              "timeouts = { connect = 3, response = 4, stall = 5, idle = 6 }");
    ck_assert_uint_eq(r.config.pools[0].retry.tries, 5);
    ck_assert_int_eq(r.config.pools[0].health.type, CHECK_HTTP);
    ck_assert_str_eq(r.config.pools[0].health.path, "/up");
    ck_assert_uint_eq(r.config.pools[0].health.fall, 9);
    ck_assert_double_eq(r.config.pools[0].timeouts.connect, 3);
    ck_assert_double_eq(r.config.pools[0].timeouts.stall, 5);

    ck_assert_uint_eq(r.config.pools[1].retry.tries, 1);
    ck_assert_double_eq(r.config.pools[1].timeouts.connect, 9);
    ck_assert_double_eq(r.config.pools[1].timeouts.response, 4);
    ck_assert_double_eq(r.config.timeouts.connect, 3);
    reading_end(&r);
}

TEST(a_check_of_a_pool_s_own_owes_nothing_to_that_for_all)
{
    struct reading r;

    begin(&r, "pools = { a = { backends = { '10.0.0.1:80' }, health = {} },"
              "  b = { backends = { '10.0.0.2:80' }, health = false } },"
              "route = function() end, health = { path = '/up', status = 204, fall = 9 }");
    ck_assert(config_health_eq(&r.config.pools[0].health, &config_health));
    ck_assert_int_eq(r.config.pools[1].health.type, CHECK_NONE);
    ck_assert_ptr_null(r.config.pools[1].health.path);
    reading_end(&r);
}

TEST(one_server_may_be_in_several_pools)
{
    struct reading r;

    begin(&r, "pools = { a = { backends = { '10.0.0.1:80' } }, b = { backends = {"
              "  { '10.0.0.1:80', weight = 5 }, '10.0.0.2:80' } } }, route = function() end");
    ck_assert_str_eq(r.config.pools[0].backends[0].id, r.config.pools[1].backends[0].id);
    ck_assert_uint_eq(r.config.pools[0].backends[0].weight, 1);
    ck_assert_uint_eq(r.config.pools[1].backends[0].weight, 5);
    reading_end(&r);
}

TEST(a_server_that_is_checked_in_two_ways_has_two_ids)
{
    struct reading r;

    begin(&r,
          "pools = { a = { backends = { '10.0.0.1:80' }, health = { path = '/a' } },"
          "  b = { backends = { { '10.0.0.1:80', id = 'again' } }, health = { path = '/b' } } },"
          "route = function() end");
    ck_assert_uint_eq(r.config.pool_count, 2);
    reading_end(&r);
}

TEST(a_policy_may_be_a_table_with_more_than_it_needs)
{
    struct reading r;

    begin(&r, "backends = { '10.0.0.1:80' }, pick = { pick = function() end, done = function() end,"
              "  changed = print, save = print, restore = print, name = 'mine', [1] = 5 }");
    ck_assert(r.config.pools[0].picks);
    reading_end(&r);
}

TEST(hooks_are_functions_and_may_wait)
{
    static const struct {
        const char *rest;
        enum config_hook request;
        enum config_hook response;
    } cases[] = {
        { "", HOOK_NONE, HOOK_NONE },
        { "request = function() end", HOOK_CALLED, HOOK_NONE },
        { "response = function() end", HOOK_NONE, HOOK_CALLED },
        { "request = { print }, response = { print, waits = false }", HOOK_CALLED, HOOK_CALLED },
        { "request = { print, waits = true }", HOOK_WAITS, HOOK_NONE },
        { "response = { print, waits = true }", HOOK_NONE, HOOK_WAITS },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r;
        char rest[200];

        snprintf(rest, sizeof rest, "backends = { '10.0.0.1:80' }, %s", cases[i].rest);
        begin(&r, rest);
        ck_assert_int_eq(r.config.request, cases[i].request);
        ck_assert_int_eq(r.config.response, cases[i].response);
        reading_end(&r);
    }
}

SUITE(lua_pools, a_script_without_pools_has_one, pools_are_there_in_the_order_of_their_names,
      a_single_pool_needs_no_route, what_is_said_for_all_holds_for_a_pool_that_says_nothing,
      a_check_of_a_pool_s_own_owes_nothing_to_that_for_all, one_server_may_be_in_several_pools,
      a_server_that_is_checked_in_two_ways_has_two_ids,
      a_policy_may_be_a_table_with_more_than_it_needs, hooks_are_functions_and_may_wait);
