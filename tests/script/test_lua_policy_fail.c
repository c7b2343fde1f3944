/* A policy whose choice is made in Lua: nothing that a script does stops the proxy. */
#include "game.h"
#include "support/test.h"

TEST(an_error_costs_its_own_choice_only)
{
    struct game g;

    game_begin(&g, "pick = function(up) n = (n or 0) + 1"
                   "  if n == 1 then error('oh') end return up[3] end");
    ck_assert_int_eq(game_pick(&g), 'a');
    ck_assert_uint_eq(game_failed(&g), 1);
    ck_assert_int_eq(game_pick(&g), 'c');
    ck_assert_uint_eq(game_failed(&g), 1);
    game_end(&g);
}

TEST(an_error_is_logged_with_its_traceback)
{
    struct game g;

    game_begin(&g, "pick = function(up) local function inner() error('oh') end inner() end");
    game_pick(&g);
    ck_assert_uint_eq(heard_times(&g.heard, "warn   pick failed, round robin decides: "), 1);
    ck_assert_uint_eq(heard_times(&g.heard, ":1: oh | stack traceback:"), 1);
    ck_assert_uint_eq(heard_times(&g.heard, "in local 'inner'"), 1);
    game_end(&g);
}

TEST(an_error_may_be_anything)
{
    static const char *const picks[] = {
        "pick = function() error() end",
        "pick = function() error({ code = 5 }) end",
        "pick = function() error(42) end",
        "pick = function() error(setmetatable({}, { __tostring = function() error('x') end })) end",
        "pick = function() coroutine.yield() end",
        "pick = function(up) return up[1].no.such end",
        "pick = function(up) return pick(up) + pick(up) end",
    };

    for (size_t i = 0; i < sizeof picks / sizeof picks[0]; i++) {
        struct game g;

        game_begin(&g, picks[i]);
        ck_assert_int_eq(game_pick(&g), 'a');
        ck_assert_uint_eq(game_failed(&g), 1);
        ck_assert_uint_eq(heard_times(&g.heard, "pick failed"), 1);
        game_end(&g);
    }
}

TEST(a_policy_that_often_fails_does_not_flood_the_log)
{
    struct game g;

    game_begin(&g, "pick = function(up) n = (n or 0) + 1"
                   "  if n % 2 == 0 then return up[1] end error('oh') end");
    for (int i = 0; i < 200; i++)
        game_pick(&g);
    g.now += 0.9;
    game_pick(&g);
    game_pick(&g);
    ck_assert_uint_eq(heard_times(&g.heard, "pick failed, round robin decides"), 1);
    g.now += 0.2;
    game_pick(&g);
    game_pick(&g);
    ck_assert_uint_eq(heard_times(&g.heard, "pick failed, round robin decides"), 2);
    ck_assert_uint_eq(heard_times(&g.heard, "; 100 more since the last line"), 1);
    g.now += 1.1;
    game_pick(&g);
    ck_assert_uint_eq(heard_times(&g.heard, "pick failed, round robin decides"), 3);
    ck_assert_uint_eq(heard_times(&g.heard, "more since"), 1);
    ck_assert_uint_eq(game_failed(&g), 103);
    game_end(&g);
}

TEST(a_policy_that_keeps_failing_is_tripped)
{
    struct game g;

    game_begin(&g, "pick = function() n = (n or 0) + 1 error('oh') end");
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(game_pick(&g), "abc"[i % 3]);
        g.now += 1.1;
    }
    ck_assert_str_eq(game_global(&g, "n"), "10");
    ck_assert_uint_eq(game_failed(&g), 20);
    ck_assert_uint_eq(heard_times(&g.heard, "error  pick is tripped and not called any more until "
                                            "the script is loaded anew: "),
                      1);
    ck_assert_uint_eq(heard_times(&g.heard, "pick failed"), 10);
    game_end(&g);
}

TEST(a_policy_that_runs_out_of_memory_is_tripped_sooner)
{
    struct game g;

    game_begin(&g, "pick = function(up) n = (n or 0) + 1"
                   "  if n == 2 then return up[1] end"
                   "  local t = {} while true do t = { t, t } end end");
    g.r.vm.most = 2 << 20;
    for (int i = 0; i < 10; i++) {
        ck_assert_int_ne(game_pick(&g), '-');
        g.now += 2;
    }
    ck_assert_str_eq(game_global(&g, "n"), "4");
    ck_assert_uint_eq(heard_times(&g.heard, "pick is tripped"), 1);
    game_end(&g);
}

TEST(what_hears_of_outcomes_and_keeps_failing_is_tripped_too)
{
    struct game g;

    game_begin(&g, "pick = { pick = function(up) return up[3] end,"
                   "  done = function() n = (n or 0) + 1 error('oh') end }");
    for (int i = 0; i < 12; i++)
        game_done(&g, 'a', OK);
    ck_assert_str_eq(game_global(&g, "n"), "10");
    ck_assert_uint_eq(heard_times(&g.heard, "done failed, the policy has not heard of it: "), 1);
    ck_assert_uint_eq(heard_times(&g.heard, "done is tripped"), 1);
    ck_assert_int_eq(game_pick(&g), 'a');
    game_end(&g);
}

TEST(a_choice_that_runs_out_of_something_costs_itself_only)
{
    static const char *const picks[] = {
        "pick = function() local t = {} while true do t = { t, t } end end",
        "pick = function() local s = 'x' while true do s = s .. s end end",
        "pick = function() local function f() return 1 + f() end return f() end",
        "pick = function(up) for i = 1, 1e8 do up[i] = i end end",
        "pick = function(_, _, ctx) for i = 1, 1e8 do ctx[i] = i end end",
    };

    for (size_t i = 0; i < sizeof picks / sizeof picks[0]; i++) {
        struct game g;

        game_begin(&g, picks[i]);
        g.r.vm.most = 2 << 20;
        facts_lease(game_backend(&g, 'b'));
        ck_assert_int_eq(game_pick(&g), 'a');
        facts_release(game_backend(&g, 'b'));
        ck_assert_int_eq(game_pick(&g), 'b');
        ck_assert_uint_eq(game_failed(&g), 2);
        game_end(&g);
    }
}

/* What a script might do to what it is given. */
static const char *const mischief[] = {
    "for k in pairs(up) do up[k] = nil end",
    "up[1] = 'x' up[2] = nil",
    "up[7] = 7 up.x = 'y'",
    "table.remove(up, 1)",
    "setmetatable(up, { __newindex = error, __len = error, __index = error })",
    "for k in pairs(ctx.all) do ctx.all[k] = nil end",
    "table.remove(ctx.all, 1)",
    "ctx.all[1], ctx.all[2], ctx.all[3] = 1, 'x', true",
    "ctx.all[1] = ctx.all[3]",
    "table.sort(ctx.all, function(a, b) return a.id > b.id end)",
    "setmetatable(ctx.all, { __newindex = error, __index = error })",
    "ctx.all = nil ctx.random = nil",
    "for k in pairs(ctx) do ctx[k] = nil end",
    "setmetatable(ctx, { __newindex = error, __index = error })",
    "for k in pairs(up[1]) do up[1][k] = nil end",
    "up[1].inflight = {} up[1].up = {} up[1].id = nil",
    "setmetatable(up[1], { __newindex = error, __index = error, __eq = error, __gc = error })",
    "for k in pairs(_G) do _G[k] = nil end",
    "setmetatable(_G, { __newindex = error, __index = error })",
    "package.loaded.string = nil string.format = nil",
    "getmetatable('').__index = error",
    "setmetatable({}, { __gc = function() error('late') end })",
};

/* Everything that happens to a pool while a script chooses. */
static void live_on(struct game *g)
{
    for (int i = 0; i < 30; i++) {
        char id = (char)('a' + i % 3);

        g->now += 0.1;
        facts_lease(game_backend(g, id));
        game_pick(g);
        if (i % 5 == 0)
            game_judge(g, id, i % 2 == 0);
        game_retry(g, id == 'a' ? "c" : "a");
        facts_release(game_backend(g, id));
        vm_rest(&g->r.vm);
    }
}

TEST(whatever_a_script_does_to_what_it_is_given_the_proxy_lives)
{
    for (size_t i = 0; i < sizeof mischief / sizeof mischief[0]; i++) {
        struct game g;
        char rest[300];

        snprintf(rest, sizeof rest,
                 "pick = function(up, req, ctx) local first = up[1] %s"
                 "  return first end",
                 mischief[i]);
        game_begin(&g, rest);
        live_on(&g);
        for (char id = 'a'; id <= 'c'; id++)
            ck_assert_uint_eq(game_backend(&g, id)->facts->inflight, 0);
        game_end(&g);
    }
}

TEST(facts_stay_right_whatever_a_script_does_to_the_list_of_all)
{
    struct game g;

    game_begin(&g, "pick = function(up, _, ctx)"
                   "  mine = mine or { ctx.all[1], ctx.all[2], ctx.all[3] }"
                   "  ctx.all[1], ctx.all[2] = ctx.all[2], ctx.all[1]"
                   "  seen = mine[1].inflight .. mine[2].inflight .. mine[3].inflight"
                   "  return mine[3] end");
    game_pick(&g);
    facts_lease(game_backend(&g, 'a'));
    ck_assert_int_eq(game_pick(&g), 'c');
    ck_assert_str_eq(game_global(&g, "seen"), "100");
    facts_release(game_backend(&g, 'a'));
    game_end(&g);
}

/* ---- Memory ---- */

/* Makes a policy with no more than MORE bytes beyond those that its script needs. */
static enum err init_with(size_t more)
{
    struct reading r;
    struct counters counters = { { 0 } };
    struct ledger ledger;
    struct pool pool;
    struct lua_script script;
    enum err err;

    reading_begin(&r, "return { listen = ':0', backends = { '10.0.0.1:80', '10.0.0.2:80' },"
                      "pick = function(up) return up[1] end }");
    ledger_init(&ledger, NULL, NULL);
    pool_init(&pool, r.config.pools, &ledger, &counters, 1);
    lua_gc(r.vm.L, LUA_GCCOLLECT);
    r.vm.most = r.vm.used + more;
    err = lua_script_init(&script, &r.vm, &r.config, &pool, NULL, NULL, 1);
    if (err == OK)
        lua_script_fini(&script);
    else
        lua_pop(r.vm.L, 1);
    pool_fini(&pool);
    reading_end(&r);
    return err;
}

TEST(a_policy_is_made_if_memory_suffices)
{
    size_t more = 0;

    while (init_with(more) != OK)
        more += 16;
    ck_assert_uint_gt(more, 1000);
    ck_assert_uint_lt(more, 100000);
}

TEST(memory_may_end_anywhere_in_a_choice)
{
    struct game g;
    size_t more = 0;
    unsigned failed;

    game_begin(&g,
               "pick = function(up, req, ctx)"
               "  local t = { req.path .. '!', req.client.ip, ctx.now .. '' } return up[1] end");
    do {
        vm_rest(&g.r.vm);
        lua_gc(g.r.vm.L, LUA_GCCOLLECT);
        g.r.vm.most = g.r.vm.used + more;
        failed = game_failed(&g);
        g.lp->failure = (struct lua_failure){ .quiet = g.lp->failure.quiet };
        facts_lease(game_backend(&g, 'b'));
        ck_assert_int_ne(game_retry(&g, "c"), '-');
        facts_release(game_backend(&g, 'b'));
        more += 8;
    } while (game_failed(&g) > failed);
    ck_assert_uint_gt(game_failed(&g), 10);
    game_end(&g);
}

SUITE(lua_policy_fail, an_error_costs_its_own_choice_only, an_error_is_logged_with_its_traceback,
      an_error_may_be_anything, a_policy_that_often_fails_does_not_flood_the_log,
      a_policy_that_keeps_failing_is_tripped, a_policy_that_runs_out_of_memory_is_tripped_sooner,
      what_hears_of_outcomes_and_keeps_failing_is_tripped_too,
      a_choice_that_runs_out_of_something_costs_itself_only,
      whatever_a_script_does_to_what_it_is_given_the_proxy_lives,
      facts_stay_right_whatever_a_script_does_to_the_list_of_all,
      a_policy_is_made_if_memory_suffices, memory_may_end_anywhere_in_a_choice);
