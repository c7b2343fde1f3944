/* Whoever takes too long is stopped, wherever he is. */
#include "attacks.h"
#include "support/test.h"

#include "base/log.h"

static const struct attack loops[] = {
    { "a loop", "while true do end" },
    { "a loop of pcall", "while true do pcall(function() while true do end end) end" },
    { "pcall of pcall", "while true do pcall(pcall, error) end" },
    { "a pcall in every pcall", "local function f() pcall(f) while true do end end f()" },
    { "a handler of xpcall", "xpcall(error, function() while true do end end)" },
    { "one that is called out of the hook",
      "xpcall(function() while true do end end, function() while true do end end)" },
    { "a handler that handles itself",
      "local function h() while true do xpcall(error, h) end end h()" },
    { "a recursion", "local function f() return 1 + f() end f()" },
    { "tail calls", "local function f() return f() end f()" },
    { "pcall and tail calls", "local function f() pcall(f) return f() end f()" },
    { "a metamethod",
      "local t = setmetatable({}, { __index = function() while true do end end }) return t.x" },
    { "a comparison while sorting", "local m = { __lt = function() while true do end end }"
                                    "table.sort { setmetatable({}, m), setmetatable({}, m) }" },
    { "a replacement", "return ('x'):gsub('.', function() while true do end end)" },
    { "an iterator", "for _ in function() return 1 end do end" },
    { "a text that is told",
      "tostring(setmetatable({}, { __tostring = function() while true do end end }))" },
    { "an error that is told",
      "error(setmetatable({}, { __tostring = function() while true do end end }))" },
    { "what is closed behind a loop",
      "local x <close> = setmetatable({}, { __close = function() while true do end end })"
      "while true do end" },
    { "much that is closed", "local m = setmetatable({}, { __close = function() end })"
                             "local function f() local x <close> = m return (f()) end f()" },
    { "a loader", "load(function() while true do end end)" },
    { "printing", "while true do print('x') end" },
};

TEST(loops_come_to_an_end)
{
    log_set_level(LOG_WARN);
    ATTACK(loops);
}

static const struct attack coroutines[] = {
    { "a coroutine", "coroutine.wrap(function() while true do end end)()" },
    { "many of them", "while true do coroutine.resume(coroutine.create(function()"
                      "  while true do pcall(function() while true do end end) end end)) end" },
    { "one that yields",
      "local c = coroutine.wrap(function() while true do coroutine.yield() end end)"
      "while true do c() end" },
    { "one in the other", "local function f() while true do pcall(coroutine.wrap(f)) end end f()" },
    { "one that is closed",
      "local c = coroutine.create(function()"
      "  local x <close> = setmetatable({}, { __close = function() while true do end end })"
      "  coroutine.yield() end) coroutine.resume(c) coroutine.close(c)" },
    { "one that was thrown out, and is closed later",
      "if kept then coroutine.close(kept) end kept = coroutine.create(function()"
      "  local x <close> = setmetatable({}, { __close = function() while true do end end })"
      "  while true do end end) coroutine.resume(kept)" },
    { "one that fails, and is wrapped",
      "coroutine.wrap(function()"
      "  local x <close> = setmetatable({}, { __close = function() while true do end end })"
      "  error('x') end)()" },
};

TEST(coroutines_come_to_an_end)
{
    ATTACK(coroutines);
}

static const struct attack patterns[] = {
    { "many choices", "return (('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(41))" },
    { "from everywhere to the end", "return (('a'):rep(300000)):find('.-b')" },
    { "three repetitions", "return (('a'):rep(300000)):gsub('a*a*a*b', '')" },
    { "all matches", "for _ in (('a'):rep(300000)):gmatch('a-a-a-b') do end" },
    { "captures", "return (('a'):rep(300000)):match('(.-)(.-)%1b')" },
    { "a long set", "return ('x'):rep(1000000):find('[' .. ('a'):rep(1000000) .. ']*y')" },
    { "brackets", "return ('('):rep(300000):find('%b()')" },
    { "a replacement of each", "local s = ('a'):rep(1000000) while true do s:gsub('a', '%0') end" },
};

TEST(patterns_come_to_an_end)
{
    ATTACK(patterns);
}

static const struct attack functions[] = {
    { "nothing, often", "while true do (''):rep(1 << 60) end" },
    { "much, often", "while true do ('x'):rep(1 << 20) end" },
    { "sorting", "local t = {} for i = 1, 1e5 do t[i] = i * 7919 % 100003 end while true do"
                 " table.sort(table.move(t, 1, #t, 1, {})) end" },
    { "sorting by a function in C",
      "local t = {} for i = 1, 1e5 do t[i] = i * 7919 % 100003 end while true do"
      " table.sort(table.move(t, 1, #t, 1, {}), math.ult) end" },
    { "sorting long texts",
      "local s, t = ('x'):rep(1000000), {} for i = 1, 5000 do t[i] = s end table.sort(t)" },
    { "joining", "local t = {} for i = 1, 1e5 do t[i] = '' end while true do table.concat(t) end" },
    { "unpacking", "while true do select('#', table.unpack({}, 1, 1e5)) end" },
    { "compiling", "while true do load(('x = 1 '):rep(10000)) end" },
};

TEST(functions_in_c_come_to_an_end)
{
    ATTACK(functions);
}

/* What would take too long at once: it is refused. */
static const struct {
    const char *script;
    const char *message;
} refused[] = {
    { "('x'):rep(1 << 40)", "resulting string too large" },
    { "('x'):rep(1, ('y'):rep(9 << 20))", "resulting string too large" },
    { "('xy'):rep(3 << 20, 'z')", "resulting string too large" },
    { "table.move({}, 1, 1 << 40, 2)", "too many elements to move" },
    { "table.move({}, math.mininteger, -2, 1)", "too many elements to move" },
    { "table.insert(long, 1, 1)", "too many elements to move" },
    { "table.remove(long, 1)", "too many elements to move" },
    { "table.insert(sparse, 1, 1)", "too many elements to move" },
    { "table.concat(long)", "too many elements to move" },
    { "table.unpack(long)", "too many results to unpack" },
    { "table.unpack(deep, 1, 5000)", "too many results to unpack" },
    { "string.format(('%.1s'):rep(300), table.unpack(texts))", "resulting string too large" },
    { "string.format('%q', ('x'):rep(1 << 20))", "resulting string too large" },
    { "string.format('', table.unpack({}, 1, 2000))", "too many arguments" },
    { "string.packsize(('b'):rep(10000))", "the format is too long" },
    { "os.date(('%p'):rep(10000))", "the format is too long" },
    { "load(('x = 1 '):rep(20000))", "the text is too long" },
    { "assert(load(function() return 'x = 1 ' end))", "the text is too long" },
    { "setmetatable({}, { __gc = function() end })", "__gc is not allowed in a script" },
};

TEST(what_would_take_too_long_at_once_is_refused)
{
    struct vm vm;

    script_begin(&vm);
    vm.patience = 10;
    script_text(&vm, "long = setmetatable({}, { __len = function() return 1 << 40 end })"
                     " sparse = {} for i = 40, 0, -1 do sparse[1 << i] = 1 end"
                     " deep = {} for i = 1, 1900 do deep = setmetatable({}, { __index = deep }) end"
                     " texts = {} for i = 1, 300 do texts[i] = ('x'):rep(100000) end");
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        char text[200];

        snprintf(text, sizeof text, "return function() return %s end", refused[i].script);
        ck_assert_int_eq(script_run(&vm, text), OK);
        ck_assert_msg(vm_call(&vm, 0, 0) == ERR_SCRIPT, "%s", refused[i].script);
        ck_assert_msg(strstr(lua_tostring(vm.L, -1), refused[i].message) != NULL, "%s: %s",
                      refused[i].script, lua_tostring(vm.L, -1));
        ck_assert(!vm.runaway);
        lua_pop(vm.L, 1);
    }
    script_end(&vm);
}

/* ---- Who is told what ---- */

TEST(a_late_call_says_where_it_was_and_how_long_it_may_take)
{
    struct vm vm;

    script_begin(&vm);
    vm.patience = 0.0125;
    ck_assert_int_eq(script_run(&vm, "local function inner()\n while true do end end\n"
                                     "return function() inner() end"),
                     OK);
    ck_assert_int_eq(vm_call(&vm, 0, 0), ERR_SCRIPT);
    ck_assert_ptr_nonnull(
        strstr(lua_tostring(vm.L, -1), ":2: took longer than 12.5 ms\nstack traceback:\n"));
    ck_assert_ptr_nonnull(strstr(lua_tostring(vm.L, -1), "in upvalue 'inner'"));
    ck_assert(vm.runaway);
    lua_pop(vm.L, 1);
    script_end(&vm);
}

TEST(loading_may_take_longer)
{
    struct vm vm;
    double began;

    script_begin(&vm);
    ck_assert_str_eq(script_text(&vm, "local from = os.clock() while os.clock() < from + 0.2 do end"
                                      " return 'loaded'"),
                     "loaded");
    began = cpu_time();
    ck_assert_ptr_nonnull(
        strstr(script_text(&vm, "while true do end"), "took longer than 1000 ms"));
    ck_assert_double_lt(cpu_time() - began, 1.5);
    script_end(&vm);
}

/* A function of C that calls Lua by itself: call_again(f) */
static int call_again(lua_State *L)
{
    struct vm *vm = lua_touserdata(L, lua_upvalueindex(1));
    enum err err;

    lua_pushvalue(L, 1);
    lua_xmove(L, vm->L, L == vm->L ? 0 : 1);
    err = vm_call(vm, 0, 1);
    lua_xmove(vm->L, L, L == vm->L ? 0 : 1);
    lua_pushboolean(L, err == OK);
    lua_insert(L, -2);
    return 2;
}

TEST(a_call_within_a_call_shares_its_time)
{
    static const struct attack within[] = {
        { "inside", "again(function() while true do end end) while true do end" },
        { "inside, for ever", "while true do again(function() while true do end end) end" },
        { "outside", "again(function() return 1 end) while true do end" },
        { "in a coroutine",
          "coroutine.wrap(function() again(function() while true do end end) end)()" },
    };
    struct vm vm;

    script_begin(&vm);
    lua_pushlightuserdata(vm.L, &vm);
    lua_pushcclosure(vm.L, call_again, 1);
    lua_setglobal(vm.L, "again");
    ck_assert_str_eq(script_text(&vm, "return select(2, again(function() return 'fine' end))"),
                     "fine");
    ck_assert_ptr_nonnull(strstr(
        script_text(&vm, "return select(2, again(function() error('oh') end))"), ": oh\nstack"));
    for (size_t i = 0; i < COUNT_OF(within); i++)
        attack(&vm, &within[i]);
    script_end(&vm);
}

TEST(many_short_calls_may_take_long_together)
{
    struct vm vm;
    double began;

    script_begin(&vm);
    script_run(&vm, "return function() for i = 1, 1000 do end end");
    began = cpu_time();
    while (cpu_time() - began < 0.1) {
        lua_pushvalue(vm.L, -1);
        ck_assert_int_eq(vm_call(&vm, 0, 0), OK);
    }
    lua_pop(vm.L, 1);
    script_end(&vm);
}

TEST(another_state_is_watched_too)
{
    struct vm one;
    struct vm other;

    script_begin(&one);
    script_begin(&other);
    attack(&one, &loops[0]);
    attack(&other, &loops[1]);
    attack(&one, &coroutines[0]);
    script_end(&one);
    attack(&other, &loops[0]);
    script_end(&other);
}

SUITE(guard, loops_come_to_an_end, coroutines_come_to_an_end, patterns_come_to_an_end,
      functions_in_c_come_to_an_end, what_would_take_too_long_at_once_is_refused,
      a_late_call_says_where_it_was_and_how_long_it_may_take, loading_may_take_longer,
      a_call_within_a_call_shares_its_time, many_short_calls_may_take_long_together,
      another_state_is_watched_too);
