/* Telling the log that something of the script has failed. */
#include "net/heard.h"
#include "support/test.h"

#include "script/lua_failure.h"

TEST(a_message_and_its_traceback_are_one_line)
{
    struct heard heard;
    struct quiet quiet = { .until = 0 };

    heard_begin(&heard);
    lua_failure_warn(&quiet, 100, "it failed", "a.lua:1: oh\nstack traceback:\n\t[C]: in ?");
    ck_assert_uint_eq(
        heard_times(&heard, "warn   it failed: a.lua:1: oh | stack traceback: | [C]: in ?\n"), 1);
    heard_end(&heard);
}

TEST(a_long_message_is_cut)
{
    static char why[100000];
    struct heard heard;
    struct quiet quiet = { .until = 0 };

    memset(why, '\n', sizeof why - 1);
    heard_begin(&heard);
    lua_failure_warn(&quiet, 100, "it failed", why);
    ck_assert_uint_eq(heard_times(&heard, "it failed:  | "), 1);
    ck_assert_uint_lt(strlen(heard_text(&heard)), 3000);
    heard_end(&heard);
}

TEST(it_is_told_once_a_second)
{
    struct heard heard;
    struct quiet quiet = { .until = 0 };

    heard_begin(&heard);
    for (int i = 0; i < 25; i++)
        lua_failure_warn(&quiet, 100 + i * 0.1, "it failed", "oh");
    ck_assert_uint_eq(heard_times(&heard, "it failed"), 3);
    heard_end(&heard);
}

SUITE(lua_failure, a_message_and_its_traceback_are_one_line, a_long_message_is_cut,
      it_is_told_once_a_second);
