/* What a script that is loaded anew gets from the one before. */
#include "stage.h"
#include "support/test.h"

#include "script/lua_handover.h"

/* The backends a and b of the only pool, and what is in PICK. */
static void begin(struct stage *s, const char *pick)
{
    stage_begin_plain(s, pick);
}

/* The log is that of who began last. */
static void end(struct stage *old, struct stage *new)
{
    stage_end(old);
    stage_end(new);
}

/* Makes a choice, so that the script's pick is called. */
static void pick(struct stage *s)
{
    struct guest g;
    struct ask ask = { .visit = &g.visit };

    guest_begin_get(&g, s);
    pool_pick(&s->pools[0], &ask, NULL, 0);
    guest_end(&g);
}

TEST(data_goes_over_by_the_ids_of_backends)
{
    struct stage old;
    struct stage new;

    stage_begin(&old, "backends = { { '10.0.0.1:80', id = 'a' }, { '10.0.0.2:80', id = 'b' } },"
                      "pick = function(up) up[1].data.x = { 'one', 1.5, 2 }"
                      "  up[2].data.y = 1 up[1].data.f = print up[1].data[3] = false"
                      "  return up[1] end");
    stage_begin(&new, "backends = { { '10.0.0.9:80', id = 'c' }, { '10.0.0.1:80', id = 'a' } },"
                      "pick = function(up) for _, b in ipairs(up) do _G[b.id] = b end"
                      "  return up[1] end");
    pick(&old);
    lua_handover(&old.script, &new.script);
    pick(&new);
    ck_assert_str_eq(stage_ask(&new, "a.data.x[1] .. a.data.x[2] .. a.data.x[3]"), "one1.52");
    ck_assert_str_eq(stage_ask(&new, "tostring(a.data.f) .. tostring(a.data[3])"), "nilfalse");
    ck_assert_str_eq(stage_ask(&new, "next(c.data)"), "nil");
    ck_assert_str_eq(stage_ask(&new, "b"), "nil");
    end(&old, &new);
}

#define SAVER(saved)                                                                               \
    "pick = { pick = function(up) return up[1] end, save = function() return " saved " end }"
#define RESTORER                                                                                   \
    "pick = { pick = function(up) return up[1] end,"                                               \
    "  restore = function(...) n, got = select('#', ...), ... end }"

TEST(what_is_saved_is_restored)
{
    struct stage old;
    struct stage new;

    begin(&old, SAVER("{ turn = 7, by = { a = 1 } }, 'more'"));
    begin(&new, RESTORER);
    lua_handover(&old.script, &new.script);
    ck_assert_str_eq(stage_ask(&new, "n .. got.turn .. got.by.a"), "171");
    ck_assert_str_eq(heard_text(&new.heard), "");
    end(&old, &new);
}

TEST(false_is_something_to_restore_and_nil_is_not)
{
    struct stage old;
    struct stage new;

    begin(&old, SAVER("false"));
    begin(&new, RESTORER);
    lua_handover(&old.script, &new.script);
    ck_assert_str_eq(stage_ask(&new, "n .. tostring(got)"), "1false");
    end(&old, &new);
    begin(&old, SAVER("nil"));
    begin(&new, RESTORER);
    lua_handover(&old.script, &new.script);
    ck_assert_str_eq(stage_ask(&new, "n"), "nil");
    ck_assert_str_eq(heard_text(&new.heard), "");
    end(&old, &new);
}

TEST(what_is_saved_goes_to_the_pool_of_the_same_name)
{
    struct stage old;
    struct stage new;

    stage_begin(&old, "pools = { a = { backends = { '10.0.0.1:80' }, " SAVER(
                          "'of a'") " },"
                                    " b = { backends = { '10.0.0.1:80' }, " SAVER(
                                        "'of b'") " } },"
                                                  "route = function() return 'a' end");
    stage_begin(&new, "pools = { c = { backends = { '10.0.0.1:80' }, pick = {"
                      "  pick = function(up) return up[1] end, restore = error } },"
                      " b = { backends = { '10.0.0.2:80' }, " RESTORER " } },"
                      "route = function() return 'b' end");
    lua_handover(&old.script, &new.script);
    ck_assert_str_eq(stage_ask(&new, "got"), "of b");
    end(&old, &new);
}

TEST(what_is_not_plain_is_said_and_left_out)
{
    struct stage old;
    struct stage new;

    begin(&old, SAVER("{ f = print, x = 1 }"));
    begin(&new, RESTORER);
    lua_handover(&old.script, &new.script);
    ck_assert_str_eq(stage_ask(&new, "got.x .. tostring(got.f)"), "1nil");
    ck_assert_uint_eq(heard_times(&new.heard, "is no plain data, or too much: some is lost"), 1);
    end(&old, &new);
}

TEST(who_fails_to_save_or_to_restore_starts_anew)
{
    struct stage old;
    struct stage new;

    begin(&old, SAVER("error('cannot save')"));
    begin(&new, RESTORER);
    lua_handover(&old.script, &new.script);
    ck_assert_str_eq(stage_ask(&new, "n"), "nil");
    ck_assert_uint_eq(heard_times(&new.heard, "warn   handing over: save of default failed: "), 1);
    ck_assert_uint_eq(heard_times(&new.heard, ":1: cannot save\n"), 1);
    end(&old, &new);
    begin(&old, SAVER("1"));
    begin(&new, "pick = { pick = function(up) return up[2] end,"
                "  restore = function() error('cannot restore') end }");
    lua_handover(&old.script, &new.script);
    ck_assert_uint_eq(heard_times(&new.heard, "handing over: restore of default failed: "), 1);
    pick(&new);
    end(&old, &new);
}

TEST(nothing_goes_from_or_to_a_script_that_does_nothing)
{
    struct stage old;
    struct stage new;

    begin(&old, SAVER("1"));
    begin(&new, "");
    lua_handover(&old.script, &new.script);
    lua_handover(&new.script, &old.script);
    end(&old, &new);
}

/* Hands over to a state that may have MORE bytes than it has. Says whether all went well. */
static bool hand_over_with(size_t more)
{
    struct stage old;
    struct stage new;
    size_t most;
    bool well;

    begin(&old,
          "pick = { pick = function(up) for i = 1, 20 do up[1].data[i] = { i } end"
          "  return up[1] end, save = function() return { { 1 }, { 2 }, { '3' .. 4 } } end }");
    begin(&new, "pick = { pick = function(up) return up[1] end,"
                "  restore = function(t) got = { t[3][1] .. '!' } end }");
    pick(&old);
    lua_gc(new.r.vm.L, LUA_GCCOLLECT);
    most = new.r.vm.most;
    new.r.vm.loading = true; /* the bound holds to the byte */
    new.r.vm.most = new.r.vm.used + more;
    lua_handover(&old.script, &new.script);
    new.r.vm.most = most;
    new.r.vm.loading = false;
    ck_assert_int_eq(lua_gettop(old.r.vm.L), 2);
    ck_assert_int_eq(lua_gettop(new.r.vm.L), 2);
    well = heard_times(&new.heard, "handing over: ") == 0;
    if (well)
        ck_assert_str_eq(stage_ask(&new, "got[1]"), "34!");
    end(&old, &new);
    return well;
}

TEST(memory_may_end_anywhere_in_the_new_state)
{
    size_t more = 0;

    while (!hand_over_with(more))
        more += 32;
    ck_assert_uint_gt(more, 1000);
    ck_assert_uint_lt(more, 20000);
}

TEST(too_much_data_for_the_new_state_is_left_out)
{
    struct stage old;
    struct stage new;

    begin(&old, "pick = { pick = function(up) for i = 1, 1e5 do up[1].data[i] = i end"
                "  return up[1] end, save = function() return 'small' end }");
    begin(&new, RESTORER);
    pick(&old);
    new.r.vm.most = new.r.vm.used + 100000;
    lua_handover(&old.script, &new.script);
    ck_assert_uint_eq(heard_times(&new.heard, "`data` of backends failed: not enough memory"), 1);
    ck_assert_str_eq(stage_ask(&new, "got"), "small");
    end(&old, &new);
}

SUITE(lua_handover, data_goes_over_by_the_ids_of_backends, what_is_saved_is_restored,
      false_is_something_to_restore_and_nil_is_not, what_is_saved_goes_to_the_pool_of_the_same_name,
      what_is_not_plain_is_said_and_left_out, who_fails_to_save_or_to_restore_starts_anew,
      nothing_goes_from_or_to_a_script_that_does_nothing, memory_may_end_anywhere_in_the_new_state,
      too_much_data_for_the_new_state_is_left_out);
