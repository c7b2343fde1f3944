/* A policy that is a table: what its other functions are told. */
#include "game.h"
#include "support/test.h"

/* ---- done ---- */

/* Notes in `seen` what `done` is told. */
#define HEAR                                                                                       \
    "pick = { pick = function(up) return up[1] end, done = function(b, result, ctx)"               \
    "  kept = result"                                                                              \
    "  seen = b.id .. ' ' .. tostring(result.status) .. ' ' .. tostring(result.err) .. ' '"        \
    "    .. result.t .. ' ' .. tostring(result.ttfb) .. ' ' .. result.bytes end }"

TEST(an_attempt_that_ended_well_is_told)
{
    struct game g;

    game_begin(&g, HEAR);
    ck_assert_int_eq(game_pick(&g), 'a');
    game_done(&g, 'b', OK);
    ck_assert_str_eq(game_global(&g, "seen"), "b 200 nil 0.5 0.25 1234");
    ck_assert_str_eq(game_global(&g, "math.type(kept.status) .. math.type(kept.bytes)"),
                     "integerinteger");
    game_end(&g);
}

TEST(why_an_attempt_failed_is_told_in_a_word)
{
    static const struct {
        enum err err;
        const char *seen;
    } cases[] = {
        { ERR_REFUSED, "a nil connect 0.5 nil 0" },
        { ERR_UNREACHABLE, "a nil connect 0.5 nil 0" },
        { ERR_EXHAUSTED, "a nil connect 0.5 nil 0" },
        { ERR_PORTS, "a nil connect 0.5 nil 0" },
        { ERR_SYSTEM, "a nil connect 0.5 nil 0" },
        { ERR_LATE, "a nil late 0.5 nil 0" },
        { ERR_RESET, "a nil reset 0.5 nil 0" },
        { ERR_CLOSED, "a nil reset 0.5 nil 0" },
        { ERR_MALFORMED, "a nil malformed 0.5 nil 0" },
        { ERR_HEAD_LARGE, "a nil malformed 0.5 nil 0" },
        { ERR_ABANDONED, "a nil client 0.5 nil 0" },
    };
    struct game g;

    game_begin(&g, HEAR);
    game_pick(&g);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        game_done(&g, 'a', cases[i].err);
        ck_assert_str_eq(game_global(&g, "seen"), cases[i].seen);
    }
    game_end(&g);
}

TEST(nothing_of_one_result_is_left_in_the_next)
{
    struct game g;

    game_begin(&g, HEAR);
    game_pick(&g);
    game_done(&g, 'a', OK);
    game_done(&g, 'a', ERR_RESET);
    ck_assert_str_eq(game_global(&g, "seen"), "a nil reset 0.5 nil 0");
    game_done(&g, 'a', OK);
    ck_assert_str_eq(game_global(&g, "seen"), "a 200 nil 0.5 0.25 1234");
    game_end(&g);
}

TEST(done_finds_the_facts_as_they_are_now)
{
    struct game g;

    game_begin(&g, "pick = { pick = function(up) return up[1] end, done = function(b, _, ctx)"
                   "  seen = b.inflight .. ' ' .. b.fails .. ' ' .. b.ewma .. ' ' .. ctx.now"
                   "    .. ' ' .. ctx.attempt end }");
    game_pick(&g);
    facts_lease(game_backend(&g, 'a'));
    facts_lease(game_backend(&g, 'a'));
    facts_release(game_backend(&g, 'a'));
    g.now = 105;
    game_done(&g, 'a', ERR_RESET);
    ck_assert_str_eq(game_global(&g, "seen"), "1 1 1.0 105.0 1");
    facts_release(game_backend(&g, 'a'));
    game_end(&g);
}

TEST(an_error_in_done_costs_nothing_else)
{
    struct game g;

    game_begin(&g, "pick = { pick = function(up) return up[2] end,"
                   "  done = function() error('oh') end }");
    game_pick(&g);
    game_done(&g, 'a', OK);
    ck_assert_uint_eq(heard_times(&g.heard, "warn   done failed"), 1);
    ck_assert_int_eq(game_pick(&g), 'b');
    ck_assert_uint_eq(game_failed(&g), 0);
    game_end(&g);
}

/* ---- changed ---- */

/* Notes in `seen` of what `changed` and `pick` are told: "!abc" and "abc". */
#define NOTE                                                                                       \
    "pick = (function() seen = ''"                                                                 \
    "  local function note(mark, up) seen = seen .. mark"                                          \
    "    for i = 1, #up do seen = seen .. up[i].id end end"                                        \
    "  return { changed = function(up) last = up note(' !', up) end,"                              \
    "    pick = function(up, _, ctx) same = last == up note(' ', up)"                              \
    "      return up[1] end } end)()"

TEST(changed_is_told_of_a_list_before_it_is_chosen_from)
{
    struct game g;

    game_begin(&g, NOTE);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), " !abc abc");
    ck_assert_str_eq(game_global(&g, "same"), "true");
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), " !abc abc abc");
    game_judge(&g, 'b', false);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), " !abc abc abc !ac ac");
    ck_assert_str_eq(game_global(&g, "same"), "true");
    game_end(&g);
}

TEST(changed_is_not_told_of_the_list_of_a_second_attempt)
{
    struct game g;

    game_begin(&g, NOTE);
    game_pick(&g);
    game_retry(&g, "a");
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), " !abc abc bc abc");
    game_end(&g);
}

TEST(changed_is_not_told_of_a_second_attempt_when_the_list_has_changed_meanwhile)
{
    struct game g;

    game_begin(&g, NOTE);
    game_pick(&g);
    game_judge(&g, 'b', false);
    game_retry(&g, "a");
    ck_assert_str_eq(game_global(&g, "seen"), " !abc abc c");
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), " !abc abc c !ac ac");
    game_end(&g);
}

TEST(changed_is_told_again_until_it_comes_to_an_end)
{
    struct game g;

    game_begin(&g,
               "pick = { changed = function() n = (n or 0) + 1 if n < 3 then error('oh') end end,"
               "  pick = function(up) seen = n return up[3] end }");
    ck_assert_int_eq(game_pick(&g), 'a');
    ck_assert_int_eq(game_pick(&g), 'b');
    ck_assert_uint_eq(game_failed(&g), 2);
    ck_assert_int_eq(game_pick(&g), 'c');
    ck_assert_int_eq(game_pick(&g), 'c');
    ck_assert_str_eq(game_global(&g, "n"), "3");
    game_end(&g);
}

/* ---- ctx ---- */

TEST(ctx_names_the_pool)
{
    struct game g;

    game_begin(&g, "pick = function(up, _, ctx) seen = ctx.pool return up[1] end");
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), CONFIG_POOL);
    game_end(&g);
}

/* Another request, which takes the place of the one before. */
static struct visit next_request(struct game *g)
{
    struct visit before = g->visit;

    g->visit = (struct visit){ .number = before.number + 1 };
    return before;
}

TEST(data_lasts_as_long_as_the_request)
{
    struct game g;

    game_begin(&g, "pick = { pick = function(up, _, ctx)"
                   "    ctx.data.n = (ctx.data.n or 0) + 1 return up[1] end,"
                   "  done = function(_, _, ctx) seen = ctx.data.n end }");
    game_pick(&g);
    game_retry(&g, "a");
    game_done(&g, 'b', OK);
    ck_assert_str_eq(game_global(&g, "seen"), "2");
    lua_ctx_forget(&g.r.vm, &g.visit);
    ck_assert_int_eq(g.visit.kept, 0);
    game_done(&g, 'b', OK);
    ck_assert_str_eq(game_global(&g, "seen"), "nil");
    lua_ctx_forget(&g.r.vm, &g.visit);
    game_end(&g);
}

TEST(nothing_is_kept_for_a_request_that_nobody_asks_data_of)
{
    struct game g;

    game_begin(&g, "pick = function(up, _, ctx) seen = ctx.nonsense ctx.own = 1 return up[1] end");
    game_pick(&g);
    ck_assert_int_eq(g.visit.kept, 0);
    ck_assert_str_eq(game_global(&g, "seen"), "nil");
    game_end(&g);
}

/* Of two requests, each finds its own data, whatever is done with SET in between. */
static void check_is_not_shared(const char *set)
{
    struct game g;
    struct visit first;
    struct visit second;
    char rest[300];

    snprintf(rest, sizeof rest,
             "pick = { pick = function(up, req, ctx) seen = ctx.data and ctx.data.id or 'none'"
             "  if ctx.now == 1 then %s end return up[1] end }",
             set);
    game_begin(&g, rest);
    g.now = 1;
    game_pick(&g);
    first = next_request(&g);
    game_pick(&g);
    ck_assert_msg(strcmp(game_global(&g, "seen"), "none") == 0, "%s: another one's", set);
    second = g.visit;
    g.now = 2;
    for (int i = 0; i < 2; i++) {
        g.visit = first;
        game_pick(&g);
        ck_assert_msg(strcmp(game_global(&g, "seen"), "mine") == 0, "%s: not its own", set);
        g.visit = second;
        game_pick(&g);
    }
    lua_ctx_forget(&g.r.vm, &first);
    lua_ctx_forget(&g.r.vm, &g.visit);
    game_end(&g);
}

TEST(the_data_of_a_request_is_seen_by_no_other)
{
    check_is_not_shared("ctx.data.id = 'mine'");
    check_is_not_shared("ctx.data = { id = 'mine' }");
    check_is_not_shared("ctx.data.id = 'other' ctx.data = { id = 'mine' }");
    check_is_not_shared("ctx.data = nil ctx.data = { id = 'mine' }");
    check_is_not_shared("ctx.data = nil ctx.data.id = 'mine'");
    check_is_not_shared("rawset(ctx, 'x', 1) ctx.data.id = 'mine'");
}

TEST(data_leaves_nothing_behind_when_it_is_forgotten)
{
    struct game g;
    size_t used = 0;

    game_begin(&g, "pick = function(up, _, ctx)"
                   "  ctx.data = { 1 } ctx.data = nil ctx.data.x = ctx.data return up[1] end");
    for (int i = 0; i < 2000; i++) {
        game_pick(&g);
        ck_assert_int_ne(g.visit.kept, 0);
        lua_ctx_forget(&g.r.vm, &g.visit);
        if (i % 1000 == 999) {
            lua_gc(g.r.vm.L, LUA_GCCOLLECT);
            ck_assert(used == 0 || g.r.vm.used <= used);
            used = g.r.vm.used;
        }
    }
    game_end(&g);
}

TEST(an_error_leaves_no_data_for_others)
{
    struct game g;

    game_begin(&g, "pick = function(up, _, ctx) seen = ctx.data.id ctx.data.id = 'mine'"
                   "  error('oh') end");
    game_pick(&g);
    lua_ctx_forget(&g.r.vm, &g.visit);
    next_request(&g);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "nil");
    lua_ctx_forget(&g.r.vm, &g.visit);
    game_end(&g);
}

SUITE(lua_policy_table, an_attempt_that_ended_well_is_told, why_an_attempt_failed_is_told_in_a_word,
      nothing_of_one_result_is_left_in_the_next, done_finds_the_facts_as_they_are_now,
      an_error_in_done_costs_nothing_else, changed_is_told_of_a_list_before_it_is_chosen_from,
      changed_is_not_told_of_the_list_of_a_second_attempt,
      changed_is_not_told_of_a_second_attempt_when_the_list_has_changed_meanwhile,
      changed_is_told_again_until_it_comes_to_an_end, ctx_names_the_pool,
      data_lasts_as_long_as_the_request, nothing_is_kept_for_a_request_that_nobody_asks_data_of,
      the_data_of_a_request_is_seen_by_no_other, data_leaves_nothing_behind_when_it_is_forgotten,
      an_error_leaves_no_data_for_others);
