/* A whole script when memory runs out, at every place. */
#include "stage.h"
#include "support/test.h"

#define OK_200 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
#define ALL                                                                                        \
    "pools = { a = { backends = { { '10.0.0.1:80', id = 'a' }, { '10.0.0.2:80', id = 'b' } },"     \
    "  pick = { pick = function(up, req, ctx) ctx.data.p = 1 return up[1] end,"                    \
    "    done = function() end, changed = function() end } },"                                     \
    "  b = { backends = { { '10.0.0.1:80', id = 'a' } } } },"                                      \
    "route = function(req, ctx) ctx.data.r = { req.path .. '!' } return 'a' end,"                  \
    "request = { function(req, ctx) ctx.data = { 1, req.client.ip }"                               \
    "  require('luaproxy.core').sleep(1) req.headers.x = req.path .. 'x' req.path = '/y'"          \
    "  if req.query == 'q=1' then return { status = 403, body = 'b', headers = { x = 1 } } end"    \
    "  end, waits = true },"                                                                       \
    "response = function(res, req, ctx) res.headers.x = { req.id, ctx.now .. '' }"                 \
    "  res.status = 201 end,"                                                                      \
    "every = { [1] = function(ctx) return ctx.all[1].id .. ctx.pools.a[1].id end }"

static void load(struct stage *s)
{
    stage_load(s, ALL);
    ck_assert_int_eq(lua_wait_open(&s->r.vm), OK);
    lua_gc(s->r.vm.L, LUA_GCCOLLECT);
}

/* Makes what the script does with MORE bytes than it has. */
static enum err init_with(size_t more)
{
    struct stage s;
    enum err err;

    load(&s);
    s.r.vm.loading = true; /* the bound holds to the byte */
    s.r.vm.most = s.r.vm.used + more;
    err = stage_init(&s);
    if (err == OK)
        lua_script_fini(&s.script);
    else
        lua_pop(s.r.vm.L, 1);
    ck_assert_int_eq(lua_gettop(s.r.vm.L), 2);
    stage_unload(&s);
    return err;
}

TEST(memory_may_end_anywhere_when_a_script_is_made)
{
    size_t more = 0;

    while (init_with(more) != OK)
        more += 16;
    ck_assert_uint_gt(more, 2000);
    ck_assert_uint_lt(more, 100000);
}

/* Forgives the script: its hooks are called as ever. */
static void forgive(struct stage *s)
{
    s->script.hooks.up.failure.trip = (struct trip){ .failures = 0 };
    s->script.hooks.back.failure.trip = (struct trip){ .failures = 0 };
    s->script.router.failure.trip = (struct trip){ .failures = 0 };
    s->script.policies[0]->failure.trip = (struct trip){ .failures = 0 };
}

/* A request goes its whole way. Says whether all went well. */
static bool go(struct stage *s, const char *bytes)
{
    struct guest g;
    struct pool *pool = NULL;
    struct ask ask = { .visit = &g.visit };
    enum hook_news news;
    bool well;

    guest_begin(&g, s, bytes);
    news = guest_request(&g);
    fake_time_pass(&s->time, 1.1);
    if (news == HOOK_WAITING)
        news = guest_request(&g);
    well = news == HOOK_PASSED || news == HOOK_REPLIED;
    well &= router_route(lua_script_router(&s->script), &g.visit, &pool) == ROUTER_CHOSE;
    pool_pick(&s->pools[0], &ask, NULL, 0);
    well &= guest_response(&g, OK_200, 0) == HOOK_PASSED;
    guest_end(&g);
    forgive(s);
    return well && s->counters.n[COUNTER_POLICY_ERRORS] == 0;
}

/* The bound holds to the byte if it is HARD; otherwise a call is thrown out a little later. */
static void check_request(const char *bytes, bool hard)
{
    struct stage s;
    size_t more = 0;
    size_t most;
    bool well;

    load(&s);
    ck_assert_int_eq(stage_init(&s), OK);
    lua_script_start(&s.script);
    most = s.r.vm.most;
    do {
        lua_gc(s.r.vm.L, LUA_GCCOLLECT);
        s.counters.n[COUNTER_POLICY_ERRORS] = 0;
        s.r.vm.loading = hard;
        s.r.vm.most = s.r.vm.used + more;
        well = go(&s, bytes);
        s.r.vm.most = most;
        s.r.vm.loading = false;
        more += 16;
    } while (!well);
    ck_assert_uint_gt(more, 300);
    ck_assert_uint_lt(more, 50000);
    ck_assert(go(&s, bytes));
    stage_end(&s);
}

TEST(memory_may_end_anywhere_on_the_way_of_a_request)
{
    check_request("GET /p HTTP/1.1\r\nHost: a\r\n\r\n", true);
    check_request("GET /p HTTP/1.1\r\nHost: a\r\n\r\n", false);
}

TEST(memory_may_end_anywhere_when_a_hook_answers)
{
    check_request("GET /p?q=1 HTTP/1.1\r\nHost: a\r\n\r\n", true);
    check_request("GET /p?q=1 HTTP/1.1\r\nHost: a\r\n\r\n", false);
}

TEST(failing_for_ever_leaves_nothing_behind)
{
    struct stage s;
    size_t places;

    load(&s);
    ck_assert_int_eq(stage_init(&s), OK);
    for (int i = 0; i < 2000; i++) {
        size_t most = s.r.vm.most;

        if (i == 200)
            places = lua_rawlen(s.r.vm.L, LUA_REGISTRYINDEX);
        lua_gc(s.r.vm.L, LUA_GCCOLLECT);
        s.r.vm.loading = i % 2 == 0;
        s.r.vm.most = s.r.vm.used + (size_t)(i % 200) * 16;
        go(&s, "GET /p HTTP/1.1\r\nHost: a\r\n\r\n");
        s.r.vm.most = most;
        s.r.vm.loading = false;
    }
    ck_assert_uint_eq(lua_rawlen(s.r.vm.L, LUA_REGISTRYINDEX), places);
    stage_end(&s);
}

SUITE(lua_script_fail, memory_may_end_anywhere_when_a_script_is_made,
      memory_may_end_anywhere_on_the_way_of_a_request, memory_may_end_anywhere_when_a_hook_answers,
      failing_for_ever_leaves_nothing_behind);
