/* Hooks in Lua that do not wait. */
#include "stage.h"
#include "support/test.h"

#define OK_200 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: x\r\n\r\n"

TEST(a_hook_of_requests_is_told_of_the_request_and_passes_it_on)
{
    struct stage s;
    struct guest g;

    stage_begin_plain(&s, "request = function(req, ctx)"
                          "  seen = req.path .. ctx.now .. type(ctx.random()) .. #ctx.pools.default"
                          "    .. tostring(req.backend) .. tostring(ctx.attempt) end");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_PASSED);
    ck_assert_str_eq(stage_ask(&s, "seen"), "/path1000.0number2nilnil");
    guest_end(&g);
    stage_end(&s);
}

TEST(a_hook_of_requests_may_answer)
{
    struct stage s;
    struct guest g;

    stage_begin_plain(&s, "request = function() return { status = 403, body = 'no' } end");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_REPLIED);
    ck_assert_uint_eq(g.call.reply->status, 403);
    ck_assert(span_eq(g.call.body, SPAN("no")));
    guest_end(&g);
    stage_end(&s);
}

TEST(what_is_no_answer_is_a_failure)
{
    static const char *const wrong[] = {
        "return 403",
        "return 'no'",
        "return true",
        "return false",
        "return function() end",
        "return {}",
        "return { 403 }",
        "return req",
        "return { status = 99 }",
        "error('oh')",
        "error()",
        "error({})",
        "local x = nil + 1",
        "coroutine.yield()",
        "return setmetatable({}, { __index = error })",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct stage s;
        struct guest g;
        char rest[200];

        snprintf(rest, sizeof rest, "request = function(req) %s end", wrong[i]);
        stage_begin_plain(&s, rest);
        guest_begin_get(&g, &s);
        ck_assert_msg(guest_request(&g) == HOOK_FAILED, "%s", wrong[i]);
        ck_assert_uint_eq(heard_times(&s.heard, "warn   request failed, answered 500: "), 1);
        guest_end(&g);
        stage_end(&s);
    }
}

TEST(a_hook_of_responses_sees_and_changes_the_response)
{
    struct stage s;
    struct guest g;

    stage_begin_plain(&s, "response = function(res, req, ctx)"
                          "  seen = res.status .. res.headers.server .. req.path"
                          "    .. req.backend.id .. tostring(res.nonsense)"
                          "  res.headers.server = nil res.headers['X-Backend'] = req.backend.id"
                          "  res.status = 418 seen = seen .. res.status end");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_response(&g, OK_200, 1), HOOK_PASSED);
    ck_assert_str_eq(stage_ask(&s, "seen"), "200x/pathbnil418");
    ck_assert_str_eq(stage_field(&g.response, "Server"), "");
    ck_assert_str_eq(stage_field(&g.response, "X-Backend"), "b");
    ck_assert_uint_eq(g.response.status, 418);
    ck_assert_uint_eq(g.response.reason.len, 0);
    guest_end(&g);
    stage_end(&s);
}

TEST(what_a_hook_of_responses_returns_means_nothing)
{
    struct stage s;
    struct guest g;

    stage_begin_plain(&s, "response = function(res) return { status = 500 } end");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_response(&g, OK_200, 0), HOOK_PASSED);
    ck_assert_uint_eq(g.response.status, 200);
    guest_end(&g);
    stage_end(&s);
}

TEST(of_a_response_only_what_it_can_be_can_be_set)
{
    static const char *const cases[][2] = {
        { "res.status = 199", "from 200 to 599" },
        { "res.status = 600", "from 200 to 599" },
        { "res.status = 200.5", "from 200 to 599" },
        { "res.status = 'x'", "from 200 to 599" },
        { "res.status = nil", "from 200 to 599" },
        { "res.status = 204", "200 cannot become one with 204" },
        { "res.status = 304", "200 cannot become one with 304" },
        { "res.body = 'x'", "res.body cannot be set; status and headers can" },
        { "res.headers = {}", "res.headers cannot be set" },
        { "res.headers['content-length'] = 5", "not the script's to set" },
        { "res.headers.x = 'a\\nb'", "control character" },
        { "res.headers.x = ('x'):rep(17000)", "16384 bytes of a head" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage s;
        struct guest g;
        char rest[200];

        snprintf(rest, sizeof rest, "response = function(res) %s end", cases[i][0]);
        stage_begin_plain(&s, rest);
        guest_begin_get(&g, &s);
        ck_assert_int_eq(guest_response(&g, OK_200, 0), HOOK_FAILED);
        ck_assert_uint_eq(heard_times(&s.heard, "response failed, the response goes on as it is"),
                          1);
        ck_assert_msg(heard_times(&s.heard, cases[i][1]) == 1, "%s", heard_text(&s.heard));
        ck_assert_uint_eq(g.response.status, 200);
        ck_assert(span_eq(g.response.reason, SPAN("OK")));
        guest_end(&g);
        stage_end(&s);
    }
}

TEST(a_response_without_a_body_stays_without)
{
    struct stage s;
    struct guest g;

    stage_begin_plain(&s, "response = function(res) ok = pcall(function() res.status = 200 end)"
                          "  res.status = 304 end");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_response(&g, "HTTP/1.1 204 No Content\r\n\r\n", 0), HOOK_PASSED);
    ck_assert_str_eq(stage_ask(&s, "ok"), "false");
    ck_assert_uint_eq(g.response.status, 304);
    ck_assert(span_eq(g.response.reason, SPAN("Not Modified")));
    guest_end(&g);
    stage_end(&s);
}

TEST(a_response_that_becomes_a_204_tells_no_length)
{
    struct stage s;
    struct guest g;

    stage_begin_plain(&s, "response = function(res) res.status = 204 end");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(
        guest_response(&g, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 0),
        HOOK_PASSED);
    ck_assert_uint_eq(g.response.status, 204);
    ck_assert(!g.response.tells_length);
    guest_end(&g);
    stage_end(&s);
}

TEST(a_response_that_makes_a_tunnel_stays_one)
{
    static const char agreement[] = "HTTP/1.1 101 Yes\r\nConnection: upgrade\r\n"
                                    "Upgrade: websocket\r\n\r\n";
    static const char *const cases[] = {
        "res.status = 204",
        "res.status = 200",
        "res.headers.upgrade = 'h2c'",
        "res.headers.connection = 'close'",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage s;
        struct guest g;
        char rest[200];

        snprintf(rest, sizeof rest, "response = function(res) res.headers.seen = res.status %s end",
                 cases[i]);
        stage_begin_plain(&s, rest);
        guest_begin_get(&g, &s);
        g.request.upgrade = SPAN("websocket");
        ck_assert_int_eq(guest_response(&g, agreement, 0), HOOK_FAILED);
        ck_assert_str_eq(stage_field(&g.response, "seen"), "101");
        ck_assert_uint_eq(g.response.status, 101);
        ck_assert(span_eq(g.response.upgrade, SPAN("websocket")));
        guest_end(&g);
        stage_end(&s);
    }
}

TEST(what_was_kept_of_a_call_is_dead_after_it)
{
    static const char *const kept[] = { "r.path",    "h.host",    "c.id", "p.status",
                                        "ph.server", "r.backend", "cl.ip" };
    struct stage s;
    struct guest g;

    stage_begin_plain(&s, "response = function(res, req, ctx) p, r, h = res, req, req.headers"
                          "  ph, c, cl, x = res.headers, req.cookies, req.client, ctx end");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_response(&g, OK_200, 0), HOOK_PASSED);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        ck_assert_msg(strstr(stage_ask(&s, kept[i]), "can only be used during the call") != NULL,
                      "%s", kept[i]);
    ck_assert_ptr_nonnull(strstr(stage_ask(&s, "pcall(function() p.status = 500 end)"), "false"));
    ck_assert_str_eq(stage_ask(&s, "x.data"), "nil");
    guest_end(&g);
    stage_end(&s);
}

TEST(data_goes_with_its_request_from_one_hook_to_the_other)
{
    struct stage s;
    struct guest g[2];

    stage_begin_plain(&s, "request = function(req, ctx) ctx.data.path = req.path end,"
                          "response = function(res, req, ctx)"
                          "  res.headers.x = ctx.data.path .. tostring(ctx.data.more)"
                          "  ctx.data = { more = 1 } end");
    guest_begin(&g[0], &s, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    guest_begin(&g[1], &s, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_int_eq(guest_request(&g[0]), HOOK_PASSED);
    ck_assert_int_eq(guest_request(&g[1]), HOOK_PASSED);
    ck_assert_int_eq(guest_response(&g[0], OK_200, 0), HOOK_PASSED);
    ck_assert_int_eq(guest_response(&g[1], OK_200, 0), HOOK_PASSED);
    ck_assert_str_eq(stage_field(&g[0].response, "x"), "/anil");
    ck_assert_str_eq(stage_field(&g[1].response, "x"), "/bnil");
    guest_end(&g[0]);
    guest_end(&g[1]);
    stage_end(&s);
}

TEST(nothing_is_left_of_requests_however_many_there_were)
{
    struct stage s;
    size_t used = 0;
    size_t places = 0;

    stage_begin_plain(&s, "request = function(req, ctx) ctx.data.x = req.path end,"
                          "response = function(res, req, ctx) ctx.data = { ctx.data.x } end");
    for (int i = 0; i < 30000; i++) {
        struct guest g;

        guest_begin(&g, &s, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        guest_request(&g);
        if (i % 2 == 0)
            guest_response(&g, OK_200, 0);
        guest_end(&g);
        vm_rest(&s.r.vm);
        if (i == 1000) {
            lua_gc(s.r.vm.L, LUA_GCCOLLECT);
            used = s.r.vm.used;
            places = lua_rawlen(s.r.vm.L, LUA_REGISTRYINDEX);
        }
    }
    lua_gc(s.r.vm.L, LUA_GCCOLLECT);
    ck_assert_uint_le(s.r.vm.used, used + 64);
    ck_assert_uint_eq(lua_rawlen(s.r.vm.L, LUA_REGISTRYINDEX), places);
    stage_end(&s);
}

/* What becomes of a request that is as it should be. */
static enum hook_news ask_of_a_good_one(struct stage *s)
{
    struct guest g;
    enum hook_news news;

    guest_begin_get(&g, s);
    news = guest_request(&g);
    guest_end(&g);
    return news;
}

TEST(who_makes_a_hook_fail_on_purpose_changes_nothing_for_others)
{
    struct stage s;

    stage_begin_plain(&s, "request = function(req) if req.path == '/bad' then error('oh') end end,"
                          "response = function(res, req) error('oh') end");
    for (int i = 0; i < 50; i++) {
        struct guest g;

        guest_begin(&g, &s, "GET /bad HTTP/1.1\r\nHost: a\r\n\r\n");
        ck_assert_int_eq(guest_request(&g), HOOK_FAILED);
        ck_assert_int_eq(guest_response(&g, OK_200, 0), HOOK_FAILED);
        guest_end(&g);
    }
    ck_assert_int_eq(ask_of_a_good_one(&s), HOOK_PASSED);
    ck_assert_uint_eq(heard_times(&s.heard, "tripped"), 0);
    stage_end(&s);
}

TEST(a_hook_that_has_to_be_stopped_again_and_again_is_not_called_for_a_while)
{
    struct stage s;

    stage_begin_plain(&s, "request = function(req) n = (n or 0) + 1"
                          "  while req.path == '/bad' do end end");
    for (int i = 0; i < 5; i++) {
        struct guest g;

        guest_begin(&g, &s, "GET /bad HTTP/1.1\r\nHost: a\r\n\r\n");
        ck_assert_int_eq(guest_request(&g), HOOK_FAILED);
        guest_end(&g);
    }
    ck_assert_int_eq(ask_of_a_good_one(&s), HOOK_FAILED);
    ck_assert_str_eq(stage_ask(&s, "n"), "3");
    ck_assert_uint_eq(heard_times(&s.heard, "error  request is tripped"), 1);
    s.time.clock.now += TRIP_STOPS_WITHIN + 1;
    ck_assert_int_eq(ask_of_a_good_one(&s), HOOK_PASSED);
    stage_end(&s);
}

TEST(facts_are_fresh_when_a_hook_looks_at_backends)
{
    struct stage s;
    struct guest g;

    stage_begin_plain(&s, "pick = function(up) return up[1] end,"
                          "request = function(req, ctx) seen = ctx.pools.default[1].inflight end");
    guest_begin_get(&g, &s);
    facts_lease(&s.pools[0].backends[0]);
    guest_request(&g);
    ck_assert_str_eq(stage_ask(&s, "seen"), "1");
    facts_release(&s.pools[0].backends[0]);
    guest_request(&g);
    ck_assert_str_eq(stage_ask(&s, "seen"), "0");
    guest_end(&g);
    stage_end(&s);
}

TEST(a_script_that_does_nothing_has_no_hooks)
{
    struct stage s;

    stage_begin_plain(&s, "");
    ck_assert_ptr_null(lua_script_hooks(&s.script));
    ck_assert_ptr_null(lua_script_router(&s.script));
    stage_end(&s);
}

SUITE(lua_hooks, a_hook_of_requests_is_told_of_the_request_and_passes_it_on,
      a_hook_of_requests_may_answer, what_is_no_answer_is_a_failure,
      a_hook_of_responses_sees_and_changes_the_response,
      what_a_hook_of_responses_returns_means_nothing, of_a_response_only_what_it_can_be_can_be_set,
      a_response_without_a_body_stays_without, a_response_that_becomes_a_204_tells_no_length,
      a_response_that_makes_a_tunnel_stays_one, what_was_kept_of_a_call_is_dead_after_it,
      data_goes_with_its_request_from_one_hook_to_the_other,
      nothing_is_left_of_requests_however_many_there_were,
      who_makes_a_hook_fail_on_purpose_changes_nothing_for_others,
      a_hook_that_has_to_be_stopped_again_and_again_is_not_called_for_a_while,
      facts_are_fresh_when_a_hook_looks_at_backends, a_script_that_does_nothing_has_no_hooks);
