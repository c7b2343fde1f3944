/* One Lua state, with bounds. */
#include "base/scarce.h"
#include "scripts.h"
#include "support/test.h"

#include <stdlib.h>

/* ---- Running ---- */

TEST(what_a_script_returns_first_is_left_on_the_stack)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_int_eq(script_run(&vm, "return 'one', 'two'"), OK);
    ck_assert_int_eq(lua_gettop(vm.L), 2);
    ck_assert_str_eq(lua_tostring(vm.L, -1), "one");
    lua_pop(vm.L, 1);
    ck_assert_int_eq(script_run(&vm, "local x = 1"), OK);
    ck_assert(lua_isnil(vm.L, -1));
    lua_pop(vm.L, 1);
    script_end(&vm);
}

TEST(words_reach_the_script_as_its_arguments)
{
    enum { WORDS = 1000 };
    struct vm vm;
    char *words[WORDS];
    char path[] = "/tmp/luaproxy-test-XXXXXX";
    int fd = mkstemp(path);

    for (int i = 0; i < WORDS; i++)
        words[i] = i == 1 ? "two" : "other";
    ck_assert_int_gt(dprintf(fd, "return select('#', ...) .. select(2, ...)"), 0);
    script_begin(&vm);
    ck_assert_int_eq(vm_run_file(&vm, path, words, WORDS), OK);
    ck_assert_str_eq(lua_tostring(vm.L, -1), "1000two");
    lua_pop(vm.L, 1);
    script_end(&vm);
    close(fd);
    unlink(path);
}

TEST(more_words_than_the_stack_holds_are_an_error)
{
    enum { WORDS = 2000000 };
    struct vm vm;
    char **words = calloc(WORDS, sizeof *words);

    for (int i = 0; i < WORDS; i++)
        words[i] = "w";
    script_begin(&vm);
    ck_assert_int_eq(vm_run_file(&vm, "/dev/null", words, WORDS), ERR_SCRIPT);
    ck_assert_ptr_nonnull(strstr(lua_tostring(vm.L, -1), "too many arguments"));
    lua_pop(vm.L, 1);
    script_end(&vm);
    free(words);
}

TEST(a_script_that_cannot_be_run_says_why)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_int_eq(vm_run_file(&vm, "/no/such/file.lua", NULL, 0), ERR_SCRIPT);
    ck_assert_ptr_nonnull(strstr(lua_tostring(vm.L, -1), "/no/such/file.lua"));
    lua_pop(vm.L, 1);
    ck_assert_ptr_nonnull(strstr(script_text(&vm, "\n\nx = = 1"), ":3: unexpected symbol"));
    ck_assert_ptr_nonnull(strstr(script_text(&vm, "\nerror('oh')"), ":2: oh"));
    script_end(&vm);
}

/* ---- Calling ---- */

TEST(a_call_replaces_function_and_arguments_by_its_results)
{
    struct vm vm;

    script_begin(&vm);
    lua_pushstring(vm.L, "below");
    script_run(&vm, "return function(a, b) return a + b, a - b end");
    lua_pushinteger(vm.L, 5);
    lua_pushinteger(vm.L, 3);
    ck_assert_int_eq(vm_call(&vm, 2, 2), OK);
    ck_assert_int_eq(lua_gettop(vm.L), 4);
    ck_assert_int_eq(lua_tointeger(vm.L, -2), 8);
    ck_assert_int_eq(lua_tointeger(vm.L, -1), 2);
    lua_pop(vm.L, 3);
    script_end(&vm);
}

TEST(a_failed_call_leaves_a_message_with_a_traceback)
{
    struct vm vm;

    script_begin(&vm);
    script_run(&vm, "local function inner() error('oh') end\n"
                    "return function() inner() end");
    lua_pushinteger(vm.L, 5);
    ck_assert_int_eq(vm_call(&vm, 1, 3), ERR_SCRIPT);
    ck_assert_int_eq(lua_gettop(vm.L), 2);
    ck_assert_ptr_nonnull(strstr(lua_tostring(vm.L, -1), ":1: oh\nstack traceback:"));
    ck_assert_ptr_nonnull(strstr(lua_tostring(vm.L, -1), "in upvalue 'inner'"));
    lua_pop(vm.L, 1);
    script_end(&vm);
}

TEST(an_error_may_be_anything)
{
    static const struct {
        const char *script;
        const char *message;
    } cases[] = {
        { "error()", "nil" },
        { "error(nil)", "nil" },
        { "error(42)", "42" },
        { "error(true)", "true" },
        { "error({})", "table: 0x" },
        { "error(print)", "builtin" },
        { "error(setmetatable({}, { __tostring = function() return 'mine' end }))", "mine" },
        { "error(setmetatable({}, { __name = 'kind' }))", "kind: 0x" },
    };
    struct vm vm;

    script_begin(&vm);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(script_run(&vm, cases[i].script), ERR_SCRIPT);
        ck_assert_int_eq(lua_type(vm.L, -1), LUA_TSTRING);
        if (strcmp(cases[i].message, "builtin") != 0)
            ck_assert_ptr_eq(strstr(lua_tostring(vm.L, -1), cases[i].message),
                             lua_tostring(vm.L, -1));
        lua_pop(vm.L, 1);
    }
    script_end(&vm);
}

TEST(an_error_that_cannot_be_told_is_one_too)
{
    static const char *const scripts[] = {
        "error(setmetatable({}, { __tostring = function() error('again') end }))",
        "error(setmetatable({}, { __tostring = function() return {} end }))",
        "local t = {} setmetatable(t, { __tostring = function() error(t) end }) error(t)",
    };
    struct vm vm;

    script_begin(&vm);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        ck_assert_int_eq(script_run(&vm, scripts[i]), ERR_SCRIPT);
        ck_assert_int_eq(lua_type(vm.L, -1), LUA_TSTRING);
        lua_pop(vm.L, 1);
        ck_assert_str_eq(script_text(&vm, "return 'alive'"), "alive");
    }
    script_end(&vm);
}

TEST(an_endless_recursion_comes_to_an_end)
{
    static const char *const scripts[] = {
        "local function f() return 1 + f() end f()",
        "local t = {} setmetatable(t, { __index = function(s, k) return s[k .. 'x'] end }) return "
        "t.x",
        "local t = {} setmetatable(t, { __tostring = function(s) return tostring(s) end }) "
        "error(t)",
        "local s = ('('):rep(1000) .. 1 load('return ' .. s)()",
        "error((('a?'):rep(1000) .. ('a'):rep(1000)):find(('(a'):rep(1000)))",
    };
    struct vm vm;

    script_begin(&vm);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        ck_assert_int_eq(script_run(&vm, scripts[i]), ERR_SCRIPT);
        lua_pop(vm.L, 1);
        ck_assert_str_eq(script_text(&vm, "return 'alive'"), "alive");
    }
    script_end(&vm);
}

/* ---- Memory ---- */

TEST(who_wants_too_much_memory_gets_an_error)
{
    static const char *const scripts[] = {
        "return ('x'):rep(1 << 40)",
        "return ('x'):rep(100 << 20)",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t = { t } end",
    };
    struct vm vm;

    ck_assert_int_eq(vm_open(&vm, 4 << 20, false), OK);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        ck_assert_int_eq(script_run(&vm, scripts[i]), ERR_SCRIPT);
        ck_assert_uint_le(vm.used, vm.most);
        lua_pop(vm.L, 1);
        ck_assert_str_eq(script_text(&vm, "return 'alive'"), "alive");
    }
    script_end(&vm);
}

/* Makes a state that may have MOST bytes. */
static enum err open_and_close(size_t most)
{
    struct vm vm;
    enum err err = vm_open(&vm, most, false);

    if (err == OK) {
        ck_assert_int_eq(lua_gettop(vm.L), 1);
        ck_assert_uint_le(vm.used, most);
        vm_close(&vm);
    }
    ck_assert_uint_eq(vm.used, 0);
    return err;
}

TEST(a_state_is_made_if_memory_suffices)
{
    size_t most = 0;

    while (open_and_close(most) != OK)
        most += 16;
    ck_assert_uint_gt(most, 10000);
    ck_assert_uint_lt(most, 100000);
}

/* Uses a state that may have no more than MORE bytes beyond those it has when it is new. */
static enum err use(size_t more)
{
    static char path[3000];
    struct vm vm;
    enum err err;

    memset(path, 'x', sizeof path - 1);
    script_begin(&vm);
    lua_gc(vm.L, LUA_GCCOLLECT);
    vm.most = vm.used + more;
    err = vm_set_path(&vm, path, path);
    if (err == OK)
        err = script_run(&vm, "return function(a) return ('long and new: '):rep(a) end");
    if (err == OK) {
        lua_pushinteger(vm.L, 100);
        err = vm_call(&vm, 1, 1);
    }
    if (err != OK)
        ck_assert_int_eq(lua_type(vm.L, -1), LUA_TSTRING);
    vm_rest(&vm);
    lua_pop(vm.L, 1);
    script_end(&vm);
    return err;
}

TEST(memory_may_end_anywhere)
{
    size_t more = 0;

    while (use(more) != OK)
        more += 16;
    ck_assert_uint_gt(more, 10000);
}

TEST(garbage_is_collected_between_calls)
{
    struct vm vm;
    size_t peak = 0;

    script_begin(&vm);
    script_run(&vm, "return function() for i = 1, 100 do local t = { i, {} } end end");
    for (int i = 0; i < 10000; i++) {
        lua_pushvalue(vm.L, -1);
        ck_assert_int_eq(vm_call(&vm, 0, 0), OK);
        vm_rest(&vm);
        peak = vm.used > peak ? vm.used : peak;
    }
    ck_assert_uint_lt(peak, 1 << 20);
    lua_pop(vm.L, 1);
    script_end(&vm);
}

TEST(garbage_is_not_collected_during_calls_even_if_memory_runs_out)
{
    struct vm vm;
    size_t before;

    script_begin(&vm);
    script_run(&vm, "return function() for i = 1, 10000 do local t = {} end end");
    vm.rested = 0;
    vm_rest(&vm);
    before = vm.used;
    lua_pushvalue(vm.L, -1);
    ck_assert_int_eq(vm_call(&vm, 0, 0), OK);
    ck_assert_uint_gt(vm.used, before + 10000 * sizeof(void *));

    vm.most = vm.used + 1000;
    before = vm.used;
    lua_pushvalue(vm.L, -1);
    ck_assert_int_eq(vm_call(&vm, 0, 0), ERR_SCRIPT);
    ck_assert(vm.runaway);
    ck_assert_ptr_nonnull(strstr(lua_tostring(vm.L, -1), ":1: not enough memory\nstack"));
    ck_assert_uint_gt(vm.used, before);
    lua_pop(vm.L, 1);

    vm.most = vm.used + 100000;
    do {
        lua_settop(vm.L, 2);
        vm_rest(&vm);
        lua_pushvalue(vm.L, -1);
    } while (vm_call(&vm, 0, 0) != OK);
    lua_settop(vm.L, 1);
    script_end(&vm);
}

TEST(a_rest_is_short_however_much_there_is_to_collect)
{
    struct vm vm;
    size_t before;

    script_begin(&vm);
    script_text(&vm, "held = {} for i = 1, 1e5 do held[i] = {} end");
    while (!vm.collecting || vm.used - vm.rested > 0)
        vm_rest(&vm);
    before = vm.used;
    script_text(&vm, "held = nil for i = 1, 1e4 do local t = {} end");
    vm_rest(&vm);
    ck_assert_uint_gt(vm.used, before / 2);
    script_end(&vm);
}

TEST(garbage_is_collected_as_before_when_memory_had_run_out)
{
    struct vm vm;
    size_t peak = 0;

    script_begin(&vm);
    script_text(&vm, "held = {} for i = 1, 1e5 do held[i] = {} end");
    vm_rest(&vm);
    ck_assert_uint_gt(vm.rested, 4 << 20);
    vm.most = vm.used + 100000;
    script_text(&vm, "held = nil for i = 1, 1e4 do local t = {} end");
    ck_assert_uint_lt(vm.used, 1 << 20);

    vm.most = VM_MEMORY;
    for (int i = 0; i < 1000; i++) {
        script_text(&vm, "for i = 1, 100 do local t = {} end");
        vm_rest(&vm);
        peak = vm.used > peak ? vm.used : peak;
    }
    ck_assert_uint_lt(peak, 1 << 20);
    script_end(&vm);
}

TEST(a_system_without_memory_is_not_the_fault_of_the_script)
{
    struct vm vm;

    script_begin(&vm);
    script_run(&vm, "return function() local s = ('x'):rep(1000)"
                    "                  for i = 1, 12 do s = s .. s end end");
    limit_memory(2 * 1024 * 1024);
    lua_pushvalue(vm.L, -1);
    ck_assert_int_eq(vm_call(&vm, 0, 0), ERR_SCRIPT);
    lift_limit(NULL);
    ck_assert_ptr_nonnull(strstr(lua_tostring(vm.L, -1), "not enough memory"));
    ck_assert(!vm.runaway);
    lua_pop(vm.L, 1);

    vm.most = vm.used + 100000;
    lua_pushvalue(vm.L, -1);
    ck_assert_int_eq(vm_call(&vm, 0, 0), ERR_SCRIPT);
    ck_assert(vm.runaway);
    lua_settop(vm.L, 1);
    script_end(&vm);
}

SUITE(vm, what_a_script_returns_first_is_left_on_the_stack, words_reach_the_script_as_its_arguments,
      more_words_than_the_stack_holds_are_an_error, a_script_that_cannot_be_run_says_why,
      a_call_replaces_function_and_arguments_by_its_results,
      a_failed_call_leaves_a_message_with_a_traceback, an_error_may_be_anything,
      an_error_that_cannot_be_told_is_one_too, an_endless_recursion_comes_to_an_end,
      who_wants_too_much_memory_gets_an_error, a_state_is_made_if_memory_suffices,
      memory_may_end_anywhere, garbage_is_collected_between_calls,
      garbage_is_not_collected_during_calls_even_if_memory_runs_out,
      a_rest_is_short_however_much_there_is_to_collect,
      garbage_is_collected_as_before_when_memory_had_run_out,
      a_system_without_memory_is_not_the_fault_of_the_script);
