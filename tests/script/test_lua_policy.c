/* A policy whose choice is made in Lua: what it is given, and what it may answer. */
#include "game.h"
#include "support/test.h"

/* ---- The choice ---- */

TEST(the_choice_of_the_script_is_taken)
{
    struct game g;

    game_begin(&g, "pick = function(up) return up[2] end");
    ck_assert_int_eq(game_pick(&g), 'b');
    ck_assert_uint_eq(game_failed(&g), 0);
    game_end(&g);
}

TEST(a_policy_is_no_garbage)
{
    struct game g;

    game_begin(&g, "pick = function(up) return up[2] end");
    lua_gc(g.r.vm.L, LUA_GCCOLLECT);
    ck_assert_int_eq(game_pick(&g), 'b');
    lua_gc(g.r.vm.L, LUA_GCCOLLECT);
    ck_assert_int_eq(game_pick(&g), 'b');
    game_end(&g);
}

TEST(a_script_may_want_nobody)
{
    static const char *const picks[] = { "pick = function() return nil end",
                                         "pick = function() end",
                                         "pick = function() return nil, 'why' end" };

    for (size_t i = 0; i < sizeof picks / sizeof picks[0]; i++) {
        struct game g;

        game_begin(&g, picks[i]);
        ck_assert_int_eq(game_pick(&g), '-');
        ck_assert_uint_eq(game_failed(&g), 0);
        ck_assert_str_eq(heard_text(&g.heard), "");
        game_end(&g);
    }
}

TEST(what_is_no_backend_is_no_choice)
{
    static const char *const picks[] = {
        "pick = function() return {} end",        "pick = function() return { id = 'a' } end",
        "pick = function() return 1 end",         "pick = function() return 'a' end",
        "pick = function() return true end",      "pick = function() return false end",
        "pick = function() return 0/0 end",       "pick = function(up) return up end",
        "pick = function(_, req) return req end", "pick = function(_, _, ctx) return ctx end",
    };

    for (size_t i = 0; i < sizeof picks / sizeof picks[0]; i++) {
        struct game g;

        game_begin(&g, picks[i]);
        ck_assert_int_eq(game_pick(&g), 'a');
        ck_assert_int_eq(game_pick(&g), 'b');
        ck_assert_uint_eq(game_failed(&g), 2);
        ck_assert_uint_eq(heard_times(&g.heard, "round robin decides: it returned something that "
                                                "is not a backend of `up`"),
                          1);
        game_end(&g);
    }
}

TEST(who_is_not_up_is_no_choice)
{
    struct game g;

    game_begin(&g, "pick = function(_, _, ctx) return ctx.all[1] end");
    game_judge(&g, 'a', false);
    ck_assert_int_eq(game_pick(&g), 'b');
    ck_assert_uint_eq(game_failed(&g), 1);
    ck_assert_uint_eq(heard_times(&g.heard, "it returned a backend that is not in `up`"), 1);
    game_judge(&g, 'a', true);
    ck_assert_int_eq(game_pick(&g), 'a');
    ck_assert_uint_eq(game_failed(&g), 1);
    game_end(&g);
}

TEST(who_was_tried_is_no_choice)
{
    struct game g;

    game_begin(&g, "pick = function(_, _, ctx) return ctx.all[1] end");
    ck_assert_int_eq(game_retry(&g, "a"), 'b');
    ck_assert_uint_eq(game_failed(&g), 1);
    ck_assert_int_eq(game_retry(&g, "b"), 'a');
    ck_assert_uint_eq(game_failed(&g), 1);
    game_end(&g);
}

/* ---- `up` ---- */

/* Notes in `seen` the ids of those in `up`, and in `same` whether it is the table of before. */
#define SEE                                                                                        \
    "pick = function(up, req, ctx)"                                                                \
    "  seen = '' for i = 1, #up do seen = seen .. up[i].id end"                                    \
    "  same, last = last == up, up"                                                                \
    "  return up[1] end"

TEST(up_is_the_list_of_those_up)
{
    struct game g;

    game_begin(&g, SEE);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "abc");
    game_judge(&g, 'b', false);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "ac");
    game_judge(&g, 'c', false);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "a");
    game_judge(&g, 'b', true);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "ab");
    game_end(&g);
}

TEST(up_is_another_table_whenever_its_content_changes_and_only_then)
{
    struct game g;

    game_begin(&g, SEE);
    game_pick(&g);
    facts_lease(game_backend(&g, 'a'));
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "same"), "true");
    game_judge(&g, 'b', false);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "same"), "false");
    facts_release(game_backend(&g, 'a'));
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "same"), "true");
    game_judge(&g, 'b', true);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "same"), "false");
    game_end(&g);
}

TEST(up_is_the_same_table_again_after_a_retry)
{
    struct game g;

    game_begin(&g, "pick = function(up, _, ctx)"
                   "  if ctx.attempt == 1 then same, last = last == up, up end return up[1] end");
    game_pick(&g);
    game_retry(&g, "a");
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "same"), "true");
    game_end(&g);
}

TEST(up_is_the_same_table_after_a_choice_of_nobody_and_after_a_failure)
{
    struct game g;

    game_begin(&g,
               "pick = function(up) n = (n or 0) + 1 same, last = last == up, up"
               "  if n == 1 then return nil elseif n == 2 then error('oh') end return up[1] end");
    ck_assert_int_eq(game_pick(&g), '-');
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "same"), "true");
    ck_assert_int_eq(game_pick(&g), 'a');
    ck_assert_str_eq(game_global(&g, "same"), "true");
    game_end(&g);
}

TEST(a_retry_has_a_list_of_its_own)
{
    struct game g;

    game_begin(&g, SEE);
    game_pick(&g);
    ck_assert_int_eq(game_retry(&g, "a"), 'b');
    ck_assert_str_eq(game_global(&g, "seen"), "bc");
    ck_assert_str_eq(game_global(&g, "same"), "false");
    ck_assert_int_eq(game_retry(&g, "ab"), 'c');
    ck_assert_str_eq(game_global(&g, "seen"), "c");
    ck_assert_int_eq(game_pick(&g), 'a');
    ck_assert_str_eq(game_global(&g, "seen"), "abc");
    game_end(&g);
}

TEST(a_script_may_sort_up)
{
    struct game g;

    game_begin(&g, "pick = function(up)"
                   "  seen = up[1].id"
                   "  table.sort(up, function(a, b) return a.id > b.id end) return up[1] end");
    ck_assert_int_eq(game_pick(&g), 'c');
    ck_assert_str_eq(game_global(&g, "seen"), "a");
    ck_assert_int_eq(game_pick(&g), 'c');
    ck_assert_str_eq(game_global(&g, "seen"), "c");
    game_judge(&g, 'c', false);
    ck_assert_int_eq(game_pick(&g), 'b');
    game_judge(&g, 'c', true);
    ck_assert_int_eq(game_pick(&g), 'c');
    game_end(&g);
}

/* What a script may do to `up` although it must not: the next choice has the whole list again. */
TEST(up_is_whole_again_whatever_was_taken_from_it_or_added)
{
    static const char *const changes[] = {
        "table.remove(up)",
        "table.remove(up, 1)",
        "up[#up] = nil",
        "for i = #up, 1, -1 do up[i] = nil end",
        "table.insert(up, up[1])",
        "table.insert(up, 1, {})",
        "for i = #up, 100 do up[i] = i end",
    };

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct game g;
        char rest[200];

        snprintf(rest, sizeof rest,
                 "pick = function(up) seen = '' for i = 1, #up do seen = seen .. up[i].id end"
                 "  local first = up[1] %s return first end",
                 changes[i]);
        game_begin(&g, rest);
        game_pick(&g);
        ck_assert_int_eq(game_pick(&g), 'a');
        ck_assert_str_eq(game_global(&g, "seen"), "abc");
        ck_assert_uint_eq(game_failed(&g), 0);
        game_end(&g);
    }
}

TEST(up_is_whole_again_after_a_choice_that_was_none)
{
    static const char *const changes[] = {
        "up[1] = nil error('oh')",
        "up[2] = nil error('oh')",
        "up[1], up[3] = up[3], up[1] error('oh')",
        "up[1] = {} return up[1]",
        "up[1] = up[2] return 'b'",
        "up[1] = nil return up[1]",
    };

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct game g;
        char rest[200];

        snprintf(rest, sizeof rest,
                 "pick = function(up) seen = '' for i = 1, 3 do"
                 "    seen = seen .. (up[i] and up[i].id or '-') end"
                 "  if not done then done = true %s end return up[1] end",
                 changes[i]);
        game_begin(&g, rest);
        game_pick(&g);
        ck_assert_int_eq(game_pick(&g), 'a');
        ck_assert_str_eq(game_global(&g, "seen"), "abc");
        game_end(&g);
    }
}

/* ---- Facts ---- */

TEST(facts_are_fresh_whenever_the_script_is_asked)
{
    struct game g;

    game_begin(&g, "pick = function(up, _, ctx)"
                   "  seen = ctx.all[1].inflight .. ctx.all[2].inflight .. ctx.all[3].inflight"
                   "  .. tostring(ctx.all[3].up) return up[1] end");
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "000true");
    for (int i = 0; i < 5; i++)
        facts_lease(game_backend(&g, 'a'));
    facts_release(game_backend(&g, 'a'));
    facts_lease(game_backend(&g, 'c'));
    game_judge(&g, 'c', false);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "401false");
    for (int i = 0; i < 4; i++)
        facts_release(game_backend(&g, 'a'));
    facts_release(game_backend(&g, 'c'));
    game_judge(&g, 'c', true);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "000true");
    game_end(&g);
}

TEST(tags_are_what_the_script_gave_and_data_is_kept)
{
    struct game g;

    game_begin(&g, "pick = function(up)"
                   "  up[1].data.n = (up[1].data.n or 0) + 1"
                   "  seen = tostring(up[1].tags.odd) .. tostring(up[2].tags.odd) .. up[1].data.n"
                   "  return up[1] end");
    game_pick(&g);
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "1nil2");
    game_end(&g);
}

/* ---- `ctx` and `req` ---- */

TEST(ctx_tells_time_and_attempt)
{
    struct game g;

    game_begin(&g, "pick = function(up, _, ctx)"
                   "  seen = ctx.now .. ' ' .. ctx.attempt .. ' ' .. #ctx.all return up[1] end");
    g.now = 12.5;
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "12.5 1 3");
    g.now = 13;
    game_retry(&g, "ab");
    ck_assert_str_eq(game_global(&g, "seen"), "13.0 3 3");
    game_end(&g);
}

TEST(req_lasts_as_long_as_the_call)
{
    struct game g;

    game_begin(&g, "pick = function(up, req) kept, seen = req, req.path return up[1] end");
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "/path");
    ck_assert_ptr_nonnull(strstr(game_global(&g, "kept.path"), "only be used during the call"));
    g.request.target = SPAN("/other");
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "seen"), "/other");
    game_end(&g);
}

TEST(what_a_script_keeps_can_be_used_later_but_the_request)
{
    struct game g;

    game_begin(&g, "pick = function(up, req, ctx)"
                   "  kept = { random = ctx.random, req = req } return up[1] end");
    game_pick(&g);
    ck_assert_str_eq(game_global(&g, "kept.random(1)"), "1");
    ck_assert_ptr_nonnull(strstr(game_global(&g, "kept.req.path"), "only be used during the call"));
    game_end(&g);
}

/* ---- Chance ---- */

#define RANDOM "pick = function(up, _, ctx) random = ctx.random return up[1] end"

TEST(random_numbers_are_in_their_range)
{
    struct game g;

    game_begin(&g, RANDOM);
    game_pick(&g);
    ck_assert_str_eq(script_text(&g.r.vm,
                                 "for n = 1, 50 do"
                                 "  local seen, count = {}, 0"
                                 "  for i = 1, n * 40 do"
                                 "    local x = random(n)"
                                 "    assert(math.type(x) == 'integer' and x >= 1 and x <= n)"
                                 "    if not seen[x] then seen[x], count = true, count + 1 end"
                                 "  end"
                                 "  assert(count == n, n)"
                                 "end return 'ok'"),
                     "ok");
    ck_assert_str_eq(script_text(&g.r.vm, "local sum = 0 for i = 1, 10000 do local x = random()"
                                          "  assert(x >= 0 and x < 1) sum = sum + x end"
                                          "  return sum > 4800 and sum < 5200"),
                     "true");
    ck_assert_str_eq(script_text(&g.r.vm, "for i = 1, 1000 do"
                                          "  assert(random(math.maxinteger) > 0) end return 'ok'"),
                     "ok");
    game_end(&g);
}

TEST(random_refuses_a_range_that_is_none)
{
    static const char *const calls[] = { "random(0)", "random(-1)", "random('x')", "random(1.5)",
                                         "random({})" };
    struct game g;

    game_begin(&g, RANDOM);
    game_pick(&g);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        ck_assert_ptr_nonnull(strstr(game_global(&g, calls[i]), "bad argument #1"));
    game_end(&g);
}

/* Some random numbers that a seed gives. */
static void numbers_of(uint64_t seed, char text[200])
{
    struct game g;

    game_begin_with(&g, RANDOM, seed);
    game_pick(&g);
    strcpy(text, script_text(&g.r.vm, "local t = {} for i = 1, 20 do t[i] = random(1000000) end"
                                      "  return table.concat(t, ' ')"));
    game_end(&g);
}

TEST(the_same_seed_gives_the_same_numbers)
{
    char one[200];
    char again[200];
    char other[200];

    numbers_of(42, one);
    numbers_of(42, again);
    numbers_of(43, other);
    ck_assert_str_eq(one, again);
    ck_assert_str_ne(one, other);
    /* As the authors of xorshift64* have it. */
    ck_assert_ptr_eq(strstr(one, "339086 782256 790138 944043 764394 "), one);
}

SUITE(lua_policy, the_choice_of_the_script_is_taken, a_policy_is_no_garbage,
      a_script_may_want_nobody, what_is_no_backend_is_no_choice, who_is_not_up_is_no_choice,
      who_was_tried_is_no_choice, up_is_the_list_of_those_up,
      up_is_another_table_whenever_its_content_changes_and_only_then,
      up_is_the_same_table_again_after_a_retry,
      up_is_the_same_table_after_a_choice_of_nobody_and_after_a_failure,
      a_retry_has_a_list_of_its_own, a_script_may_sort_up,
      up_is_whole_again_whatever_was_taken_from_it_or_added,
      up_is_whole_again_after_a_choice_that_was_none, facts_are_fresh_whenever_the_script_is_asked,
      tags_are_what_the_script_gave_and_data_is_kept, ctx_tells_time_and_attempt,
      req_lasts_as_long_as_the_call, what_a_script_keeps_can_be_used_later_but_the_request,
      random_numbers_are_in_their_range, random_refuses_a_range_that_is_none,
      the_same_seed_gives_the_same_numbers);
