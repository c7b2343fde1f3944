/* Counters of a script. */
#include "scripts.h"
#include "support/test.h"

#include "vm/lua_counter.h"

#define COUNTER "local counter = package.loaded['luaproxy.core'].counter\n"

TEST(a_counter_counts_and_is_known_by_its_name)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_str_eq(script_text(&vm, COUNTER "local c = counter 'a'\n"
                                              "c:add() c:add(5) counter('a'):add(-2)\n"
                                              "return c:get() .. ' ' .. counter('b'):get()"),
                     "4 0");
    ck_assert_str_eq(script_text(&vm, COUNTER "return rawequal(counter 'a', counter 'a')"), "true");
    ck_assert_str_eq(script_text(&vm, COUNTER "return counter('a'):add(10)"), "14");
    script_end(&vm);
}

TEST(counters_outlive_the_state_in_tallies)
{
    struct tallies tallies = { .count = 0 };

    for (int i = 1; i <= 3; i++) {
        char expected[8];
        struct vm vm;

        script_begin(&vm);
        lua_counter_set_tallies(vm.L, &tallies);
        sprintf(expected, "%d", i);
        ck_assert_str_eq(script_text(&vm, COUNTER "return counter('a'):add()"), expected);
        script_end(&vm);
    }
    ck_assert_int_eq(tallies_get(&tallies, SPAN("a"))->n, 3);
    tallies_fini(&tallies);
}

TEST(what_was_counted_before_is_added)
{
    struct tallies tallies = { .count = 0 };
    struct vm vm;

    tallies_add(tallies_get(&tallies, SPAN("a")), 100);
    script_begin(&vm);
    script_text(&vm, COUNTER "kept = counter 'a' kept:add(7)");
    ck_assert_int_eq(tallies_get(&tallies, SPAN("a"))->n, 100);
    lua_counter_set_tallies(vm.L, &tallies);
    ck_assert_str_eq(script_text(&vm, "return kept:add()"), "108");
    script_end(&vm);
    ck_assert_int_eq(tallies_get(&tallies, SPAN("a"))->n, 108);
    tallies_fini(&tallies);
}

TEST(too_many_names_are_an_error)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_ptr_nonnull(
        strstr(script_text(&vm, COUNTER "for i = 1, 1001 do counter('n' .. i):add() end"),
               "there are 1000 counters already"));
    ck_assert_str_eq(script_text(&vm, COUNTER "return counter('n1000'):get()"), "1");
    script_end(&vm);
}

TEST(what_finds_no_room_goes_on_by_itself)
{
    struct tallies tallies = { .count = 0 };
    struct vm vm;

    for (int i = 0; i < TALLIES_MAX; i++) {
        char name[16];

        sprintf(name, "n%d", i);
        tallies_get(&tallies, span_of(name));
    }
    script_begin(&vm);
    script_text(&vm, COUNTER "kept = counter 'a' kept:add(7)");
    lua_counter_set_tallies(vm.L, &tallies);
    ck_assert_str_eq(script_text(&vm, "return kept:add()"), "8");
    script_end(&vm);
    tallies_fini(&tallies);
}

TEST(a_script_may_count_to_its_very_end)
{
    struct vm vm;

    script_begin(&vm);
    script_text(&vm, COUNTER "local c = counter 'a'\n"
                             "setmetatable({}, { __gc = function() c:add() end })\n"
                             "kept = c");
    script_end(&vm);
}

TEST(a_counter_is_nothing_else_and_nothing_else_is_a_counter)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_ptr_nonnull(strstr(script_text(&vm, COUNTER "counter('a').add({})"),
                                 "luaproxy.counter expected, got table"));
    ck_assert_ptr_nonnull(strstr(script_text(&vm, COUNTER "counter('a'):add(0.5)"),
                                 "number has no integer representation"));
    ck_assert_str_eq(script_text(&vm, COUNTER "return getmetatable(counter 'a')"), "counter");
    script_end(&vm);
}

SUITE(lua_counter, a_counter_counts_and_is_known_by_its_name, counters_outlive_the_state_in_tallies,
      what_was_counted_before_is_added, too_many_names_are_an_error,
      what_finds_no_room_goes_on_by_itself, a_script_may_count_to_its_very_end,
      a_counter_is_nothing_else_and_nothing_else_is_a_counter);
