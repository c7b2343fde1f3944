/* Where in a script something is written. */
#include "support/test.h"

#include "script/lua_lines.h"

#include <stdlib.h>

static unsigned line_of_key(const char *source, unsigned from, const char *key)
{
    return lua_lines_of_key(span_of(source), from, key);
}

static unsigned line_of_string(const char *source, unsigned from, const char *text)
{
    return lua_lines_of_string(span_of(source), from, text);
}

TEST(a_key_is_where_it_is_assigned_to)
{
    static const char source[] = "local listen\n"
                                 "return {\n"
                                 "  listen = ':80',\n"
                                 "  [\"backends\"] = {},\n"
                                 "  [ 'log' ]\n"
                                 "    = {},\n"
                                 "  pick=nil,\n"
                                 "}\n";

    ck_assert_uint_eq(line_of_key(source, 0, "listen"), 3);
    ck_assert_uint_eq(line_of_key(source, 0, "backends"), 4);
    ck_assert_uint_eq(line_of_key(source, 0, "log"), 5);
    ck_assert_uint_eq(line_of_key(source, 0, "pick"), 7);
    ck_assert_uint_eq(line_of_key(source, 0, "host"), 0);
    ck_assert_uint_eq(line_of_key(source, 0, "lis"), 0);
    ck_assert_uint_eq(line_of_key(source, 0, ""), 0);
}

TEST(a_key_is_looked_for_from_a_line_on)
{
    static const char source[] = "a = 1\nb = 2\na = 3\n";

    ck_assert_uint_eq(line_of_key(source, 1, "a"), 1);
    ck_assert_uint_eq(line_of_key(source, 2, "a"), 3);
    ck_assert_uint_eq(line_of_key(source, 3, "a"), 3);
    ck_assert_uint_eq(line_of_key(source, 4, "a"), 0);
}

TEST(comparing_is_not_assigning)
{
    ck_assert_uint_eq(line_of_key("if a == 1 then end\na = 1", 0, "a"), 2);
    ck_assert_uint_eq(line_of_key("if a ~= 1 then end\na = 1", 0, "a"), 2);
    ck_assert_uint_eq(line_of_key("if a <= 1 or a >= 1 then end\na = 1", 0, "a"), 2);
}

TEST(what_stands_in_a_string_or_a_comment_is_no_key)
{
    ck_assert_uint_eq(line_of_key("-- a = 1\na = 1", 0, "a"), 2);
    ck_assert_uint_eq(line_of_key("--[[ a = 1\na = 1 ]] a = 1", 0, "a"), 2);
    ck_assert_uint_eq(line_of_key("--[==[ a = 1 ]]\n]=]\n]==]\na = 1", 0, "a"), 4);
    ck_assert_uint_eq(line_of_key("x = 'a = 1'\na = 1", 0, "a"), 2);
    ck_assert_uint_eq(line_of_key("x = [[a = 1\n]]\na = 1", 0, "a"), 3);
    ck_assert_uint_eq(line_of_key("x = \"\\\"a = 1\"\na = 1", 0, "a"), 2);
    ck_assert_uint_eq(line_of_key("a '='\na = 1", 0, "a"), 2);
    ck_assert_uint_eq(line_of_key("x = '[' .. 'a' .. ']' a = 1", 0, "a"), 1);
}

TEST(a_string_is_where_its_quotes_are)
{
    static const char source[] = "x = 'one'\n"
                                 "y = \"two\"\n"
                                 "z = [[three]] .. [==[four]]]==]\n"
                                 "-- 'five'\n"
                                 "w = { \"it's\", 'six' }\n";

    ck_assert_uint_eq(line_of_string(source, 0, "one"), 1);
    ck_assert_uint_eq(line_of_string(source, 0, "two"), 2);
    ck_assert_uint_eq(line_of_string(source, 0, "three"), 3);
    ck_assert_uint_eq(line_of_string(source, 0, "four]]"), 3);
    ck_assert_uint_eq(line_of_string(source, 0, "five"), 0);
    ck_assert_uint_eq(line_of_string(source, 0, "it's"), 5);
    ck_assert_uint_eq(line_of_string(source, 0, "six"), 5);
    ck_assert_uint_eq(line_of_string(source, 0, "x"), 0);
}

TEST(a_string_is_looked_for_from_a_line_on)
{
    ck_assert_uint_eq(line_of_string("'a'\n'b'\n'a'", 2, "a"), 3);
    ck_assert_uint_eq(line_of_string("'a'\n'b'\n'a'", 3, "b"), 0);
}

TEST(the_last_return_counts)
{
    static const char source[] = "local function f()\n  return 1\nend\n"
                                 "-- return\nreturn {\n  x = 'return',\n}\n";

    ck_assert_uint_eq(lua_lines_of_return(span_of(source)), 5);
    ck_assert_uint_eq(lua_lines_of_return(span_of("local returned = 1")), 0);
    ck_assert_uint_eq(lua_lines_of_return(span_of("")), 0);
}

TEST(lines_are_counted_wherever_they_end)
{
    ck_assert_uint_eq(line_of_key("x = [[\n\n\n]]\n--[[\n\n]]\n--\n\na = 1", 0, "a"), 10);
    ck_assert_uint_eq(line_of_key("x = 'one\\\ntwo'\na = 1", 0, "a"), 3);
    ck_assert_uint_eq(line_of_key("x = [=[\r\n]=]\r\na = 1", 0, "a"), 3);
}

TEST(an_empty_source_has_no_lines)
{
    ck_assert_uint_eq(line_of_key("", 0, "a"), 0);
    ck_assert_uint_eq(line_of_string("", 0, "a"), 0);
    ck_assert_uint_eq(lua_lines_of_key((struct span){ NULL, 0 }, 0, "a"), 0);
}

TEST(a_source_may_end_anywhere)
{
    static const char source[] = "--[==[ c ]==]\nlocal s = 'q\\'' .. \"d\" .. [=[l]=]\n"
                                 "t = { ['k'] = 1, a == 2, b = --x\n3 }";

    for (size_t len = 0; len < sizeof source; len++) {
        /* In memory of its own, so that reading too far is noticed. */
        char *part = malloc(len + (len == 0));
        struct span span = { part, len };

        memcpy(part, source, len);
        ck_assert_uint_le(lua_lines_of_key(span, 0, "b"), 3);
        ck_assert_uint_le(lua_lines_of_key(span, 0, "k"), 3);
        ck_assert_uint_le(lua_lines_of_string(span, 0, "l"), 2);
        free(part);
    }
    ck_assert_uint_eq(line_of_key(source, 0, "b"), 3);
    ck_assert_uint_eq(line_of_key(source, 0, "k"), 3);
    ck_assert_uint_eq(line_of_string(source, 0, "l"), 2);
}

TEST(whatever_is_no_lua_does_no_harm)
{
    static const char letters[] = "a='\"[]=-\\\n ";
    unsigned seed = 1;

    for (int run = 0; run < 20000; run++) {
        char source[32];
        size_t len = (size_t)run % sizeof source;

        for (size_t i = 0; i < len; i++) {
            seed = seed * 1103515245 + 12345;
            source[i] = letters[(seed >> 16) % (sizeof letters - 1)];
        }
        if (lua_lines_of_key((struct span){ source, len }, 0, "a") > len + 1 ||
            lua_lines_of_string((struct span){ source, len }, 0, "a") > len + 1)
            ck_abort_msg("run %d", run);
    }
}

SUITE(lua_lines, a_key_is_where_it_is_assigned_to, a_key_is_looked_for_from_a_line_on,
      comparing_is_not_assigning, what_stands_in_a_string_or_a_comment_is_no_key,
      a_string_is_where_its_quotes_are, a_string_is_looked_for_from_a_line_on,
      the_last_return_counts, lines_are_counted_wherever_they_end, an_empty_source_has_no_lines,
      a_source_may_end_anywhere, whatever_is_no_lua_does_no_harm);
