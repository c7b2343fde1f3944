/* Plain data from one state to another. */
#include "scripts.h"
#include "support/test.h"

#include "vm/lua_plain.h"

struct pair {
    struct vm from;
    struct vm to;
    bool whole;
};

static int copy_protected(lua_State *L)
{
    struct pair *p = lua_touserdata(L, 1);

    p->whole = lua_plain_copy(p->from.L, -1, L);
    return 1;
}

/* Copies what the script TEXT returns; the copy is the global `copy`. */
static enum err copy(struct pair *p, const char *text)
{
    enum err err;

    script_begin(&p->from);
    script_begin(&p->to);
    ck_assert_int_eq(script_run(&p->from, text), OK);
    lua_pushcfunction(p->to.L, copy_protected);
    lua_pushlightuserdata(p->to.L, p);
    err = vm_call(&p->to, 1, 1);
    if (err == OK)
        lua_setglobal(p->to.L, "copy");
    else
        lua_pop(p->to.L, 1);
    lua_settop(p->from.L, 2);
    return err;
}

static void end(struct pair *p)
{
    lua_pop(p->from.L, 1);
    script_end(&p->from);
    script_end(&p->to);
}

/* What EXPRESSION says of the copy of what TEXT returns, which is WHOLE or not. */
static void check(const char *text, bool whole, const char *expression, const char *says)
{
    struct pair p;
    char ask[200];

    ck_assert_int_eq(copy(&p, text), OK);
    ck_assert_msg(p.whole == whole, "%s", text);
    snprintf(ask, sizeof ask, "return %s", expression);
    ck_assert_str_eq(script_text(&p.to, ask), says);
    end(&p);
}

TEST(plain_values_stay_what_they_are)
{
    check("return 'text'", true, "copy", "text");
    check("return true", true, "copy", "true");
    check("return false", true, "copy", "false");
    check("return nil", true, "copy", "nil");
    check("return 2^53 | 0", true, "math.type(copy) .. copy", "integer9007199254740992");
    check("return math.mininteger", true, "copy == math.mininteger", "true");
    check("return 1.0", true, "math.type(copy) .. copy", "float1.0");
    check("return 0/0", true, "copy ~= copy", "true");
    check("return 1/0", true, "copy == math.huge", "true");
    check("return 'a\\0b\\0'", true, "#copy .. copy:byte(2) .. copy:sub(3, 3)", "40b");
    check("return ''", true, "#copy", "0");
}

TEST(tables_come_with_all_that_is_in_them)
{
    check("return { 1, 2, { x = { y = 'z' } }, [5] = 5, [-1] = -1, [1.5] = 'f', [true] = 't' }",
          true,
          "copy[1] + copy[2] .. copy[3].x.y .. copy[5] .. copy[-1] .. copy[1.5] .. copy[true]",
          "3z5-1ft");
    check("return {}", true, "next(copy)", "nil");
    check("return { ['a\\0b'] = 1 }", true, "copy['a\\0b']", "1");
}

TEST(what_is_not_plain_is_left_out)
{
    check("return print", false, "copy", "nil");
    check("return coroutine.create(print)", false, "copy", "nil");
    check("return { a = 1, f = print, g = { print, 2 } }", false,
          "copy.a .. tostring(copy.f) .. tostring(copy.g[1]) .. copy.g[2]", "1nilnil2");
    check("return { [print] = 1, a = 2 }", false, "copy.a .. tostring(next(copy, 'a'))", "2nil");
}

TEST(a_table_is_no_key)
{
    check("return { [{}] = 1, a = 2 }", false, "next(copy) .. copy.a", "a2");
}

TEST(metatables_are_neither_asked_nor_copied)
{
    check("return setmetatable({ a = 1 }, { __index = error, __pairs = error, __len = error,"
          " __name = 'x' })",
          true, "copy.a .. tostring(getmetatable(copy))", "1nil");
}

TEST(a_table_within_itself_is_left_out)
{
    check("local t = { a = 1 } t.t = t return t", false, "copy.a .. tostring(copy.t)", "1nil");
    check("local t = { a = {} } t.a.b = { t, t.a } return t", false,
          "tostring(copy.a.b[1]) .. tostring(copy.a.b[2])", "nilnil");
    check("local t = {} for i = 1, 20 do t[i] = t end return t", false, "#copy", "0");
}

TEST(a_table_that_is_there_twice_is_copied_twice)
{
    check("local s = { 7 } return { s, s }", true,
          "copy[1][1] + copy[2][1] .. tostring(copy[1] == copy[2])", "14false");
}

/* A value in COUNT tables, one in the other. */
static const char *nested(int count)
{
    static char text[100];

    snprintf(text, sizeof text, "local t = 1 for i = 1, %d do t = { t } end return t", count);
    return text;
}

TEST(depth_is_bounded)
{
    check(nested(LUA_PLAIN_DEPTH), true,
          "(function() local d = 0 while type(copy) == 'table' do d, copy = d + 1, copy[1] end"
          " return d .. '/' .. tostring(copy) end)()",
          "32/1");
    check(nested(LUA_PLAIN_DEPTH + 1), false,
          "(function() local d = 0 while type(copy) == 'table' do d, copy = d + 1, copy[1] end"
          " return d .. '/' .. tostring(copy) end)()",
          "33/nil");
    check(nested(10000), false, "type(copy)", "table");
}

TEST(the_number_of_values_is_bounded)
{
    check(
        "local t = {} for i = 1, 100 do t[i] = {} for j = 1, 4900 do t[i][j] = j end end return t",
        true, "#copy[100]", "4900");
    check(
        "local t = {} for i = 1, 100 do t[i] = {} for j = 1, 5100 do t[i][j] = j end end return t",
        false, "#copy[1] .. tostring(copy[100])", "5100nil");
}

TEST(a_net_of_tables_takes_no_time_without_end)
{
    struct pair p;

    /* 2^30 ways through it; what is allowed of them does not fit the memory. */
    copy(&p, "local t = {} for i = 1, 30 do t = { t, t } end return t");
    end(&p);
}

/* Copies with no more than MORE bytes beyond those that the state has. */
static enum err copy_with(size_t more)
{
    struct pair p;
    enum err err;

    script_begin(&p.from);
    script_begin(&p.to);
    ck_assert_int_eq(script_run(&p.from, "return { { a = 'b', c = { 1, 2, 3.5 } }, { d = true },"
                                         " f = { { { 'deep' } } } }"),
                     OK);
    lua_pushcfunction(p.to.L, copy_protected);
    lua_pushlightuserdata(p.to.L, &p);
    lua_gc(p.to.L, LUA_GCCOLLECT);
    p.to.loading = true; /* the bound holds to the byte */
    p.to.most = p.to.used + more;
    err = vm_call(&p.to, 1, 1);
    lua_pop(p.to.L, 1);
    lua_settop(p.from.L, 2);
    end(&p);
    return err;
}

TEST(memory_may_end_anywhere_in_a_copy)
{
    size_t more = 0;

    while (copy_with(more) != OK)
        more += 8;
    ck_assert_uint_gt(more, 400);
    ck_assert_uint_lt(more, 10000);
}

SUITE(lua_plain, plain_values_stay_what_they_are, tables_come_with_all_that_is_in_them,
      what_is_not_plain_is_left_out, a_table_is_no_key, metatables_are_neither_asked_nor_copied,
      a_table_within_itself_is_left_out, a_table_that_is_there_twice_is_copied_twice,
      depth_is_bounded, the_number_of_values_is_bounded, a_net_of_tables_takes_no_time_without_end,
      memory_may_end_anywhere_in_a_copy);
