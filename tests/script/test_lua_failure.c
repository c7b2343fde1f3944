/* Telling the log that something of the script has failed. */
#include "net/heard.h"
#include "support/test.h"

#include "script/lua_failure.h"

TEST(a_message_and_its_traceback_are_one_line)
{
    struct heard heard;
    struct lua_failure failure = { .quiet = { .until = 0 } };

    heard_begin(&heard);
    lua_failure_tell(&failure, 100, false, "it", "so be it",
                     "a.lua:1: oh\nstack traceback:\n\t[C]: in ?");
    ck_assert_uint_eq(
        heard_times(&heard,
                    "warn   it failed, so be it: a.lua:1: oh | stack traceback: | [C]: in ?\n"),
        1);
    heard_end(&heard);
}

TEST(a_long_message_is_cut)
{
    static char why[100000];
    struct heard heard;
    struct lua_failure failure = { .quiet = { .until = 0 } };

    memset(why, '\n', sizeof why - 1);
    heard_begin(&heard);
    lua_failure_tell(&failure, 100, false, "it", "so be it", why);
    ck_assert_uint_eq(heard_times(&heard, "it failed, so be it:  | "), 1);
    ck_assert_uint_lt(strlen(heard_text(&heard)), 3000);
    heard_end(&heard);
}

TEST(it_is_told_once_a_second)
{
    struct heard heard;
    struct lua_failure failure = { .quiet = { .until = 0 } };

    heard_begin(&heard);
    for (int i = 0; i < 25; i++) {
        lua_failure_tell(&failure, 100 + i * 0.1, false, "it", "so be it", "oh");
        trip_ok(&failure.trip);
    }
    ck_assert_uint_eq(heard_times(&heard, "it failed"), 3);
    heard_end(&heard);
}

TEST(that_it_was_too_much_is_told_once_as_an_error)
{
    struct heard heard;
    struct lua_failure failure = { .quiet = { .until = 0 } };

    heard_begin(&heard);
    for (int i = 0; i < TRIP_FAILURES - 1; i++)
        lua_failure_tell(&failure, 100, false, "it", "so be it", "oh");
    ck_assert_uint_eq(heard_times(&heard, "tripped"), 0);
    for (int i = 0; i < 3; i++)
        lua_failure_tell(&failure, 100, false, "it", "so be it", "oh");
    ck_assert(failure.trip.tripped);
    ck_assert_uint_eq(
        heard_times(
            &heard,
            "error  it is tripped and not called any more until the script is loaded anew: oh"),
        1);
    heard_end(&heard);
}

SUITE(lua_failure, a_message_and_its_traceback_are_one_line, a_long_message_is_cut,
      it_is_told_once_a_second, that_it_was_too_much_is_told_once_as_an_error);
