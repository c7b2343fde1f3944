/* Logging from a script. */
#include "net/heard.h"
#include "scripts.h"
#include "support/test.h"

TEST(what_is_printed_becomes_a_line_of_the_log)
{
    struct heard heard;
    struct vm vm;

    heard_begin(&heard);
    script_begin(&vm);
    script_text(&vm, "print('one', 2, nil, true, {} ~= nil) print() print('a\\nb')");
    ck_assert_uint_eq(heard_times(&heard, "info   script: one 2 nil true true\n"), 1);
    ck_assert_uint_eq(heard_times(&heard, "info   script: \n"), 1);
    ck_assert_uint_eq(heard_times(&heard, "info   script: a\\x0ab\n"), 1);
    script_end(&vm);
    heard_end(&heard);
}

TEST(printing_what_cannot_be_told_is_an_error)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_ptr_nonnull(strstr(
        script_text(&vm, "print(setmetatable({}, { __tostring = function() return {} end }))"),
        "'__tostring' must return a string"));
    script_end(&vm);
}

SUITE(lua_log, what_is_printed_becomes_a_line_of_the_log, printing_what_cannot_be_told_is_an_error);
