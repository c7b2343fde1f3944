/* Coroutines and xpcall do what they do in Lua; and coroutines of C's own. */
#include "scripts.h"
#include "support/test.h"

static const char *const scripts[] = {
    "local c = coroutine.create(function(a, b) local d = coroutine.yield(a + b) return d, 'end' "
    "end)\n"
    "return show(coroutine.resume(c, 1, 2)) .. show(coroutine.resume(c, 'x')) .."
    "  show(coroutine.resume(c)) .. coroutine.status(c)",
    "return show(pcall(coroutine.resume, 5)) .. show(pcall(coroutine.resume)) .. show(pcall("
    "coroutine.wrap, 5)) .. show(pcall(coroutine.close, {}))",
    "return show(coroutine.resume(coroutine.running()))",
    "local c c = coroutine.create(function() return coroutine.resume(c) end)\n"
    "return show(coroutine.resume(c))",
    "return show(coroutine.resume(coroutine.create(function() error('oh') end)))",
    "return show(coroutine.resume(coroutine.create(function() error({}) end)))",
    "return show(pcall(coroutine.wrap(function() error('oh') end)))",
    "return show(pcall(coroutine.wrap(function() error('oh', 0) end)))",
    "return show(pcall(coroutine.wrap(function() error() end)))",
    "local f = coroutine.wrap(function(...) return select('#', ...), ... end)\n"
    "return show(f(1, nil, nil)) .. show(pcall(f))",
    "local f = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)\n"
    "return show(f(), f(), f(), f()) .. show(pcall(f))",
    "local log = '' local m = { __close = function(_, e) log = log .. tostring(e) end }\n"
    "local c = coroutine.create(function() local x <close> = setmetatable({}, m)"
    "  coroutine.yield() end) coroutine.resume(c)\n"
    "return show(coroutine.close(c)) .. log .. coroutine.status(c) .. show(coroutine.close(c))",
    "local m = { __close = function(_, e) error('again', 0) end }\n"
    "local c = coroutine.create(function() local x <close> = setmetatable({}, m)"
    "  coroutine.yield() end) coroutine.resume(c)\n"
    "return show(coroutine.close(c)) .. coroutine.status(c)",
    "local m = { __close = function(_, e) error(e .. ' again', 0) end }\n"
    "return show(pcall(coroutine.wrap(function() local x <close> = setmetatable({}, m)"
    "  error('oh', 0) end)))",
    "local c = coroutine.create(function() error('oh', 0) end) coroutine.resume(c)\n"
    "return show(coroutine.close(c)) .. show(coroutine.close(c))",
    "return show(pcall(coroutine.close, coroutine.running()))",
    "local c c = coroutine.create(function()"
    "  return coroutine.wrap(function() return pcall(coroutine.close, c) end)() end)\n"
    "return show(coroutine.resume(c))",
    "return show(pcall(table.unpack, {}, 1, 1e7)) .. show(coroutine.resume(coroutine.create("
    "function(...) return select('#', ...) end), table.unpack({}, 1, 1000)))",
    "return show(xpcall(function(...) return ... end, error, 1, 2, nil))",
    "return show(xpcall(error, function(m) return m .. '!' end, 'oh'))",
    "return show(xpcall(error, function(m) return 1, 2, 3 end, 'oh'))",
    "return show(pcall(xpcall, print)) .. show(pcall(xpcall)) .. show(pcall(xpcall, print, {}))",
    "return show(xpcall(error, function(m) error('again') end, 'oh') == false)",
    "local f = coroutine.wrap(function()"
    "  return xpcall(function() error(coroutine.yield(1)) end, function(m) return m .. '!' end) "
    "end)\n"
    "return show(f()) .. show(f('oh'))",
    "local depth = 0 local function f() depth = depth + 1 coroutine.wrap(f)() end\n"
    "local ok, message = pcall(f) return show(ok, message:match('C stack overflow'))",
};

static const char show[] =
    "local function show(...) local t = table.pack(...)"
    "  for i = 1, t.n do t[i] = type(t[i]) == 'table' and 'T' or tostring(t[i])"
    "  end return '(' .. table.concat(t, ',') .. ')' end ";

TEST(coroutines_and_handlers_do_what_they_do_in_lua)
{
    struct vm vm;

    script_begin(&vm);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        lua_State *pure = luaL_newstate();
        char text[2000];

        luaL_openlibs(pure);
        snprintf(text, sizeof text, "return (function() %s %s end)()", show, scripts[i]);
        ck_assert_msg(luaL_loadbuffer(pure, text, strlen(text), "=x") == LUA_OK &&
                          lua_pcall(pure, 0, 1, 0) == LUA_OK,
                      "%s", lua_tostring(pure, -1));
        ck_assert_int_eq(luaL_loadbuffer(vm.L, text, strlen(text), "=x"), LUA_OK);
        ck_assert_int_eq(vm_call(&vm, 0, 1), OK);
        ck_assert_str_eq(lua_tostring(vm.L, -1), lua_tostring(pure, -1));
        lua_pop(vm.L, 1);
        lua_close(pure);
    }
    script_end(&vm);
}

TEST(coroutines_closed_within_each_other_do_not_end_the_stack_of_c)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_str_eq(
        script_text(&vm, "local depth = 0 local function f() depth = depth + 1"
                         "  local c = coroutine.create(function()"
                         "    local x <close> = setmetatable({}, { __close = f })"
                         "    coroutine.yield() end)"
                         "  coroutine.resume(c) assert(coroutine.close(c)) end"
                         "  local ok, message = pcall(f)"
                         "  return tostring(depth > 2 and not ok) .. message:match('too many.*$')"),
        "truetoo many coroutines are closed within each other");
    script_end(&vm);
}

/* ---- Coroutines of C's own ---- */

/* A thread, at the top of VM's stack, that is going to call the function which TEXT returns. */
static lua_State *begin(struct vm *vm, const char *text)
{
    lua_State *co;

    ck_assert_int_eq(script_run(vm, text), OK);
    co = lua_newthread(vm->L);
    lua_insert(vm->L, -2);
    lua_xmove(vm->L, co, 1);
    return co;
}

TEST(a_coroutine_waits_until_it_is_done)
{
    struct vm vm;
    lua_State *co;
    int results;

    script_begin(&vm);
    co = begin(&vm, "return function(a) return coroutine.yield(a + 1, 'x'), 'end' end");
    lua_pushinteger(co, 5);
    ck_assert_int_eq(vm_resume(&vm, co, 1, &results), VM_WAITS);
    ck_assert_int_eq(results, 2);
    ck_assert_int_eq(lua_tointeger(co, -2), 6);
    lua_pop(co, 2);
    lua_pushliteral(co, "y");
    ck_assert_int_eq(vm_resume(&vm, co, 1, &results), VM_DONE);
    ck_assert_int_eq(results, 2);
    ck_assert_str_eq(lua_tostring(co, -2), "y");
    lua_settop(vm.L, 1);
    script_end(&vm);
}

TEST(a_coroutine_that_fails_leaves_a_message_with_a_traceback)
{
    struct vm vm;
    lua_State *co;
    int results;

    script_begin(&vm);
    co = begin(&vm, "local function inner() error('oh') end return function() inner() end");
    ck_assert_int_eq(vm_resume(&vm, co, 0, &results), VM_FAILED);
    ck_assert_ptr_nonnull(strstr(lua_tostring(co, -1), ":1: oh\nstack traceback:"));
    ck_assert_ptr_nonnull(strstr(lua_tostring(co, -1), "in upvalue 'inner'"));
    ck_assert(!vm.runaway);
    lua_settop(vm.L, 1);
    script_end(&vm);
}

TEST(a_coroutine_that_takes_too_long_is_stopped)
{
    static const char *const bodies[] = {
        "while true do pcall(function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "local t = {} while true do t = { t, t } end",
        "local x <close> = setmetatable({}, { __close = function() while true do end end })"
        "me = coroutine.running() while true do end",
        "coroutine.yield() while true do end",
    };
    struct vm vm;
    int results;

    script_begin(&vm);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char text[300];
        lua_State *co;
        enum vm_news news;

        snprintf(text, sizeof text, "return function() %s end", bodies[i]);
        co = begin(&vm, text);
        news = vm_resume(&vm, co, 0, &results);
        if (news == VM_WAITS)
            news = vm_resume(&vm, co, 0, &results);
        ck_assert_int_eq(news, VM_FAILED);
        ck_assert(vm.runaway);
        ck_assert_str_eq(script_text(&vm, "return 'alive'"), "alive");
        lua_settop(vm.L, 1);
    }
    ck_assert_str_eq(script_text(&vm, "return select(2, coroutine.close(me))"),
                     "cannot close a coroutine that was thrown out");
    script_end(&vm);
}

SUITE(lua_thread, coroutines_and_handlers_do_what_they_do_in_lua,
      coroutines_closed_within_each_other_do_not_end_the_stack_of_c,
      a_coroutine_waits_until_it_is_done, a_coroutine_that_fails_leaves_a_message_with_a_traceback,
      a_coroutine_that_takes_too_long_is_stopped);
