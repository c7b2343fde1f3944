/* A router in Lua. */
#include "stage.h"
#include "support/test.h"

static void begin(struct stage *s, const char *route)
{
    char rest[1000];

    snprintf(
        rest, sizeof rest,
        "pools = { api = { backends = { '10.0.0.1:80' } },"
        " default = { backends = { '10.0.0.2:80' } }, web = { backends = { '10.0.0.3:80' } } },"
        "route = %s",
        route);
    stage_begin(s, rest);
}

/* The name of the pool that a request for PATH gets; "-" if none does. */
static const char *route(struct stage *s, const char *path, enum router_news *news)
{
    struct guest g;
    struct pool *pool = NULL;
    char bytes[100];

    snprintf(bytes, sizeof bytes, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    guest_begin(&g, s, bytes);
    g.visit.now = s->time.clock.now;
    *news = router_route(lua_script_router(&s->script), &g.visit, &pool);
    ck_assert_int_eq(lua_gettop(s->r.vm.L), 2);
    guest_end(&g);
    return pool == NULL ? "-" : pool->config->name;
}

TEST(a_request_gets_the_pool_that_route_names)
{
    struct stage s;
    enum router_news news;

    begin(&s, "function(req, ctx) seen = #ctx.pools.web return req.path:sub(2) end");
    ck_assert_str_eq(route(&s, "/api", &news), "api");
    ck_assert_int_eq(news, ROUTER_CHOSE);
    ck_assert_str_eq(route(&s, "/web", &news), "web");
    ck_assert_str_eq(stage_ask(&s, "seen"), "1");
    stage_end(&s);
}

TEST(nil_is_no_pool_at_all)
{
    struct stage s;
    enum router_news news;

    begin(&s, "function(req) return nil end");
    ck_assert_str_eq(route(&s, "/", &news), "-");
    ck_assert_int_eq(news, ROUTER_NONE);
    ck_assert_str_eq(heard_text(&s.heard), "");
    stage_end(&s);
}

TEST(what_is_no_choice_leads_to_the_pool_for_such_cases)
{
    static const char *const wrong[][2] = {
        { "function() return 'none' end", "there is no pool \"none\"" },
        { "function() return '' end", "there is no pool \"\"" },
        { "function() return 'api\\0' end", "there is no pool" },
        { "function() return ('x'):rep(1e6) end", "there is no pool \"xxx" },
        { "function() return 'a\\r\\nb' end", "there is no pool \"a" },
        { "function() return 5 end", "it returned a number, not the name of a pool" },
        { "function() return {} end", "it returned a table, not the name of a pool" },
        { "function() return false end", "it returned a boolean, not the name of a pool" },
        { "function(req, ctx) return ctx.pools.api end", "it returned a table" },
        { "function() error('oh') end", ":1: oh" },
        { "function(req) req.path = '/x' end", "a request cannot be changed here" },
        { "function() coroutine.yield() end", "outside a coroutine" },
        { "function() return route() end", "nil value" },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct stage s;
        enum router_news news;

        begin(&s, wrong[i][0]);
        ck_assert_msg(strcmp(route(&s, "/", &news), "default") == 0, "%s", wrong[i][0]);
        ck_assert_int_eq(news, ROUTER_FAILED);
        ck_assert_uint_eq(
            heard_times(&s.heard, "warn   route failed, the pool default gets the request: "), 1);
        ck_assert_msg(heard_times(&s.heard, wrong[i][1]) == 1, "%s", heard_text(&s.heard));
        stage_end(&s);
    }
}

TEST(without_a_pool_for_such_cases_nobody_gets_the_request)
{
    struct stage s;
    enum router_news news;

    stage_begin(&s, "pools = { a = { backends = { '10.0.0.1:80' } },"
                    " b = { backends = { '10.0.0.2:80' } } }, route = function() error('oh') end");
    ck_assert_str_eq(route(&s, "/", &news), "-");
    ck_assert_int_eq(news, ROUTER_FAILED);
    ck_assert_uint_eq(heard_times(&s.heard, "route failed, answered 500"), 1);
    stage_end(&s);
}

TEST(the_only_pool_is_the_one_for_such_cases)
{
    struct stage s;
    enum router_news news;

    stage_begin(&s, "pools = { a = { backends = { '10.0.0.1:80' } } },"
                    " route = function() error('oh') end");
    ck_assert_str_eq(route(&s, "/", &news), "a");
    ck_assert_int_eq(news, ROUTER_FAILED);
    ck_assert_uint_eq(heard_times(&s.heard, "route failed, the pool a gets the request"), 1);
    stage_end(&s);
}

TEST(who_makes_route_fail_on_purpose_changes_nothing_for_others)
{
    struct stage s;
    enum router_news news;

    begin(&s, "function(req) if req.path == '/bad' then error('oh') end return 'api' end");
    for (int i = 0; i < 50; i++) {
        ck_assert_str_eq(route(&s, "/bad", &news), "default");
        ck_assert_int_eq(news, ROUTER_FAILED);
    }
    ck_assert_str_eq(route(&s, "/", &news), "api");
    ck_assert_uint_eq(heard_times(&s.heard, "tripped"), 0);
    stage_end(&s);
}

TEST(a_route_that_has_to_be_stopped_again_and_again_is_not_asked_for_a_while)
{
    struct stage s;
    enum router_news news;

    begin(&s, "function(req) n = (n or 0) + 1 while req.path == '/bad' do end return 'api' end");
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(route(&s, "/bad", &news), "default");
    ck_assert_str_eq(route(&s, "/", &news), "default");
    ck_assert_str_eq(stage_ask(&s, "n"), "3");
    ck_assert_uint_eq(heard_times(&s.heard, "error  route is tripped"), 1);
    s.time.clock.now += TRIP_STOPS_WITHIN + 1;
    ck_assert_str_eq(route(&s, "/", &news), "api");
    stage_end(&s);
}

TEST(facts_are_fresh_when_route_looks_at_backends)
{
    struct stage s;
    enum router_news news;

    begin(&s, "function(req, ctx) seen = ctx.pools.web[1].inflight return 'api' end");
    facts_lease(&s.pools[2].backends[0]);
    route(&s, "/", &news);
    ck_assert_str_eq(stage_ask(&s, "seen"), "1");
    facts_release(&s.pools[2].backends[0]);
    route(&s, "/", &news);
    ck_assert_str_eq(stage_ask(&s, "seen"), "0");
    stage_end(&s);
}

TEST(the_request_is_dead_when_it_is_routed)
{
    struct stage s;
    enum router_news news;

    begin(&s, "function(req, ctx) kept = req return 'api' end");
    route(&s, "/", &news);
    ck_assert_ptr_nonnull(strstr(stage_ask(&s, "kept.path"), "can only be used during the call"));
    stage_end(&s);
}

TEST(data_of_a_request_reaches_the_policy_of_its_pool)
{
    struct stage s;
    struct guest g;
    struct pool *pool = NULL;
    struct ask ask = { .visit = &g.visit };

    stage_begin(&s, "pools = { a = { backends = { '10.0.0.1:80' },"
                    "  pick = function(up, req, ctx) seen = ctx.data.to return up[1] end } },"
                    "route = function(req, ctx) ctx.data.to = req.path return 'a' end");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(router_route(lua_script_router(&s.script), &g.visit, &pool), ROUTER_CHOSE);
    ck_assert_ptr_nonnull(pool_pick(pool, &ask, NULL, 0));
    ck_assert_str_eq(stage_ask(&s, "seen"), "/path");
    guest_end(&g);
    stage_end(&s);
}

SUITE(lua_router, a_request_gets_the_pool_that_route_names, nil_is_no_pool_at_all,
      what_is_no_choice_leads_to_the_pool_for_such_cases,
      without_a_pool_for_such_cases_nobody_gets_the_request,
      the_only_pool_is_the_one_for_such_cases,
      who_makes_route_fail_on_purpose_changes_nothing_for_others,
      a_route_that_has_to_be_stopped_again_and_again_is_not_asked_for_a_while,
      facts_are_fresh_when_route_looks_at_backends, the_request_is_dead_when_it_is_routed,
      data_of_a_request_reaches_the_policy_of_its_pool);
