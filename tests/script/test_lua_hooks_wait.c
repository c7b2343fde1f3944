/* Hooks in Lua that wait. */
#include "stage.h"
#include "support/test.h"

#define OK_200 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
#define SLEEPER                                                                                    \
    "request = { function(req, ctx) require('luaproxy.core').sleep(1)"                             \
    "  req.headers.x = req.path .. ctx.now end, waits = true }"

static void begin(struct stage *s, const char *rest)
{
    stage_load(s, rest);
    ck_assert_int_eq(lua_wait_open(&s->r.vm), OK);
    ck_assert_int_eq(stage_init(s), OK);
}

static void begin_plain(struct stage *s, const char *rest)
{
    char text[2000];

    snprintf(text, sizeof text, "backends = { { '10.0.0.1:80', id = 'a' } }, %s", rest);
    begin(s, text);
}

TEST(a_hook_that_need_not_wait_passes_at_once)
{
    struct stage s;
    struct guest g;

    begin_plain(&s, "request = { function(req) req.path = '/x' end, waits = true }");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_PASSED);
    ck_assert(span_eq(g.request.target, SPAN("/x?q=1")));
    ck_assert_uint_eq(g.woken, 0);
    guest_end(&g);
    stage_end(&s);
}

TEST(a_hook_that_sleeps_is_woken_once_and_time_has_passed_for_it)
{
    struct stage s;
    struct guest g;

    begin_plain(&s, SLEEPER);
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_WAITING);
    fake_time_pass(&s.time, 0.9);
    ck_assert_uint_eq(g.woken, 0);
    ck_assert_int_eq(guest_request(&g), HOOK_WAITING);
    fake_time_pass(&s.time, 0.2);
    ck_assert_uint_eq(g.woken, 1);
    ck_assert_int_eq(guest_request(&g), HOOK_PASSED);
    ck_assert_ptr_nonnull(strstr(stage_field(&g.request, "x"), "/path1001."));
    guest_end(&g);
    stage_end(&s);
}

TEST(a_hook_that_asks_somebody_goes_on_with_the_answer)
{
    struct stage s;
    struct guest g;

    begin_plain(&s, "request = { function(req) local r = require('luaproxy.core').http('http://a/')"
                    "  return { status = r.status + 1, body = r.body } end, waits = true }");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_WAITING);
    stage_answer(&s, 0, "what was asked");
    ck_assert_uint_eq(g.woken, 1);
    ck_assert_int_eq(guest_request(&g), HOOK_REPLIED);
    ck_assert_uint_eq(g.call.reply->status, 201);
    ck_assert(span_eq(g.call.body, SPAN("what was asked")));
    guest_end(&g);
    stage_end(&s);
}

TEST(a_response_waits_as_well)
{
    struct stage s;
    struct guest g;

    begin_plain(&s, "response = { function(res, req, ctx) ctx.data.n = 1"
                    "  require('luaproxy.core').sleep(1)"
                    "  res.headers.x = req.backend.id .. ctx.data.n res.status = 201 end,"
                    "  waits = true }");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_response(&g, OK_200, 0), HOOK_WAITING);
    fake_time_pass(&s.time, 1.1);
    ck_assert_int_eq(guest_response(&g, OK_200, 0), HOOK_PASSED);
    ck_assert_str_eq(stage_field(&g.response, "x"), "a1");
    ck_assert_uint_eq(g.response.status, 201);
    guest_end(&g);
    stage_end(&s);
}

TEST(many_wait_at_once_and_each_keeps_its_own_request)
{
    enum { MANY = 500 };
    struct stage s;
    static struct guest g[MANY];

    begin_plain(&s, SLEEPER);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            char bytes[100];

            snprintf(bytes, sizeof bytes, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
            guest_begin(&g[i], &s, bytes);
            ck_assert_int_eq(guest_request(&g[i]), HOOK_WAITING);
        }
        fake_time_pass(&s.time, 2);
        for (int i = 0; i < MANY; i++) {
            char begins[20];

            ck_assert_int_eq(guest_request(&g[i]), HOOK_PASSED);
            snprintf(begins, sizeof begins, "/%d10", i);
            ck_assert_ptr_eq(strstr(stage_field(&g[i].request, "x"), begins),
                             stage_field(&g[i].request, "x"));
            guest_end(&g[i]);
        }
    }
    stage_end(&s);
}

TEST(whoever_leaves_is_not_heard_of_any_more)
{
    struct stage s;
    struct guest g[2];

    begin_plain(&s, "request = { function(req) require('luaproxy.core').http('http://a/')"
                    "  n = (n or 0) + 1 end, waits = true }");
    guest_begin_get(&g[0], &s);
    guest_begin_get(&g[1], &s);
    ck_assert_int_eq(guest_request(&g[0]), HOOK_WAITING);
    ck_assert_int_eq(guest_request(&g[1]), HOOK_WAITING);
    guest_end(&g[0]);
    ck_assert_uint_eq(s.post.cancelled, 1);
    stage_answer(&s, 1, "");
    ck_assert_int_eq(guest_request(&g[1]), HOOK_PASSED);
    ck_assert_str_eq(stage_ask(&s, "n"), "1");
    ck_assert_uint_eq(g[0].woken, 0);
    guest_end(&g[1]);
    stage_end(&s);
}

TEST(whoever_leaves_before_he_has_heard_the_end_leaves_nothing)
{
    struct stage s;
    struct guest g;

    begin_plain(&s, "request = { function(req) require('luaproxy.core').sleep(1)"
                    "  return { status = 200 } end, waits = true }");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_WAITING);
    fake_time_pass(&s.time, 2);
    ck_assert_uint_eq(g.woken, 1);
    guest_end(&g);
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_WAITING);
    guest_end(&g);
    stage_end(&s);
}

TEST(a_request_is_shown_to_no_call_but_its_own)
{
    struct stage s;
    struct guest g[2];

    /* The first keeps what it was given, and leaves; the second looks at that. */
    begin_plain(&s,
                "request = { function(req, ctx) if kept then"
                "    seen = tostring(pcall(function() return kept.path end)) else kept = req end"
                "  require('luaproxy.core').sleep(1) end, waits = true }");
    guest_begin_get(&g[0], &s);
    ck_assert_int_eq(guest_request(&g[0]), HOOK_WAITING);
    guest_begin_get(&g[1], &s);
    guest_end(&g[0]);
    ck_assert_int_eq(guest_request(&g[1]), HOOK_WAITING);
    ck_assert_str_eq(stage_ask(&s, "seen"), "false");
    guest_end(&g[1]);
    stage_end(&s);
}

TEST(whatever_goes_wrong_after_a_wait_is_a_failure_of_its_own)
{
    static const char *const wrong[] = {
        "error('oh')",         "return 5", "return { status = 1 }", "coroutine.yield()",
        "return req.path.x.y",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct stage s;
        struct guest g;
        char rest[200];

        snprintf(rest, sizeof rest,
                 "request = { function(req) require('luaproxy.core').sleep(1) %s end,"
                 " waits = true }",
                 wrong[i]);
        begin_plain(&s, rest);
        guest_begin_get(&g, &s);
        ck_assert_int_eq(guest_request(&g), HOOK_WAITING);
        fake_time_pass(&s.time, 2);
        ck_assert_int_eq(guest_request(&g), HOOK_FAILED);
        ck_assert_uint_eq(heard_times(&s.heard, "warn   request failed, answered 500"), 1);
        guest_end(&g);
        stage_end(&s);
    }
}

TEST(a_hook_that_does_not_wait_cannot)
{
    struct stage s;
    struct guest g;

    begin_plain(&s, "request = function() require('luaproxy.core').sleep(1) end");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_FAILED);
    ck_assert_uint_eq(heard_times(&s.heard, "can only be called in a task"), 1);
    guest_end(&g);
    stage_end(&s);
}

TEST(waiting_for_ever_is_ended_with_the_script)
{
    struct stage s;
    struct guest g;

    begin_plain(&s, SLEEPER);
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_WAITING);
    guest_end(&g);
    stage_end(&s);
}

/* What N requests that wait at once take of the script's memory: at the peak, and afterwards. */
static void take_memory(struct stage *s, int n, size_t *peak, size_t *after)
{
    struct guest *g = mem_new((size_t)n * sizeof *g);
    size_t before;

    lua_gc(s->r.vm.L, LUA_GCCOLLECT);
    before = s->r.vm.used;
    for (int i = 0; i < n; i++) {
        guest_begin_get(&g[i], s);
        ck_assert_int_eq(guest_request(&g[i]), HOOK_WAITING);
    }
    lua_gc(s->r.vm.L, LUA_GCCOLLECT);
    *peak = s->r.vm.used - before;
    for (int i = 0; i < n; i++)
        guest_end(&g[i]);
    lua_gc(s->r.vm.L, LUA_GCCOLLECT);
    *after = s->r.vm.used - before;
    mem_free(g);
}

TEST(a_crowd_that_waits_takes_little_and_leaves_nothing)
{
    struct stage s;
    size_t peak;
    size_t after;

    begin_plain(&s, SLEEPER);
    take_memory(&s, 100, &peak, &after);
    take_memory(&s, 5000, &peak, &after);
    ck_assert_uint_lt(peak / 5000, 4096);
    ck_assert_uint_lt(after, peak / 10); /* the registry does not shrink */
    stage_end(&s);
}

TEST(facts_are_fresh_after_a_wait)
{
    struct stage s;
    struct guest g;

    begin_plain(&s, "pick = function(up) return up[1] end,"
                    "request = { function(req, ctx) require('luaproxy.core').sleep(1)"
                    "  seen = ctx.pools.default[1].inflight end, waits = true }");
    guest_begin_get(&g, &s);
    ck_assert_int_eq(guest_request(&g), HOOK_WAITING);
    facts_lease(&s.pools[0].backends[0]);
    fake_time_pass(&s.time, 2);
    ck_assert_str_eq(stage_ask(&s, "seen"), "1");
    facts_release(&s.pools[0].backends[0]);
    ck_assert_int_eq(guest_request(&g), HOOK_PASSED);
    guest_end(&g);
    stage_end(&s);
}

TEST(a_crowd_costs_itself_and_trips_no_hook)
{
    enum { MANY = 200 };
    struct stage s;
    static struct guest g[MANY];
    unsigned refused = 0;

    begin_plain(&s, SLEEPER);
    s.r.vm.most = s.r.vm.used + 200000;
    s.r.vm.loading = true; /* the bound holds to the byte */
    for (int i = 0; i < MANY; i++) {
        guest_begin_get(&g[i], &s);
        refused += guest_request(&g[i]) == HOOK_FAILED;
    }
    ck_assert_uint_gt(refused, TRIP_FAILURES);
    ck_assert_uint_eq(heard_times(&s.heard, "request failed, answered 500: not enough memory"), 1);
    for (int i = 0; i < MANY; i++)
        guest_end(&g[i]);
    guest_begin_get(&g[0], &s);
    ck_assert_int_eq(guest_request(&g[0]), HOOK_WAITING);
    guest_end(&g[0]);
    stage_end(&s);
}

SUITE(lua_hooks_wait, facts_are_fresh_after_a_wait, a_crowd_costs_itself_and_trips_no_hook,
      a_hook_that_need_not_wait_passes_at_once,
      a_hook_that_sleeps_is_woken_once_and_time_has_passed_for_it,
      a_hook_that_asks_somebody_goes_on_with_the_answer, a_response_waits_as_well,
      many_wait_at_once_and_each_keeps_its_own_request, whoever_leaves_is_not_heard_of_any_more,
      whoever_leaves_before_he_has_heard_the_end_leaves_nothing,
      a_request_is_shown_to_no_call_but_its_own,
      whatever_goes_wrong_after_a_wait_is_a_failure_of_its_own, a_hook_that_does_not_wait_cannot,
      waiting_for_ever_is_ended_with_the_script,
      a_crowd_that_waits_takes_little_and_leaves_nothing);
