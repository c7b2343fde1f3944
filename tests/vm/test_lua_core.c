/* What `require "luaproxy"` takes from the core: the twins in Lua run beside the functions in C. */
#include "net/heard.h"
#include "scripts.h"
#include "support/test.h"

#include "vm/lua_core.h"

/* What every script here begins with: the twins, chance, and how they are compared. What they are
 * called in messages does not matter. */
static const char begin_text[] =
    "local core = package.loaded['luaproxy.core']\n"
    "local pure = require 'luaproxy.pure'\n"
    "local random = require('luaproxy.testing').random(1)\n"
    "local function bytes(n)\n"
    "  local all = {}\n"
    "  for i = 1, n do all[i] = string.char(random(256) - 1) end\n"
    "  return table.concat(all)\n"
    "end\n"
    "local function result_of(f, ...)\n"
    "  local ok, result = pcall(f, ...)\n"
    "  if ok then return result end\n"
    "  return (result:gsub(\"to '[^']*' \", ''):gsub('no value', 'nil'))\n"
    "end\n"
    "local function compare(name, ...)\n"
    "  local c, lua = result_of(core[name], ...), result_of(pure[name], ...)\n"
    "  if c ~= lua then error(('%s: %s, but %s in Lua'):format(name, c, lua), 0) end\n"
    "end\n";

/* A state that finds the Lua library. */
static void begin(struct vm *vm)
{
    script_begin(vm);
    ck_assert_int_eq(vm_set_path(vm, "script.lua", "lua"), OK);
}

/* What the script TEXT returns, or its message. */
static const char *run(struct vm *vm, const char *text)
{
    char all[8192];

    snprintf(all, sizeof all, "%s%s", begin_text, text);
    return script_text(vm, all);
}

/* Runs TEXT, which returns "ok". */
static void expect_ok(const char *text)
{
    struct vm vm;

    begin(&vm);
    ck_assert_str_eq(run(&vm, text), "ok");
    script_end(&vm);
}

TEST(the_library_takes_these_from_the_core)
{
    expect_ok("local luaproxy = require 'luaproxy'\n"
              "for name, f in pairs(core) do\n"
              "  if luaproxy[name] ~= f or pure[name] == f then return name end\n"
              "end\n"
              "return core.hash and core.rendezvous and core.maglev and core.counter and\n"
              "  core.log and core.now and 'ok'");
}

TEST(hashes_are_those_of_the_twin)
{
    expect_ok("for i = 0, 4000 do\n"
              "  compare('hash', bytes(i % 201))\n"
              "  compare('hash', bytes(i % 201), bytes(16))\n"
              "end\n"
              "compare('hash', 8080)\n"
              "compare('hash', 0.5)\n"
              "return 'ok'");
}

TEST(scores_are_those_of_the_twin_to_the_last_bit)
{
    expect_ok("local function number() return random(math.maxinteger) * 2 + random(2) end\n"
              "for _ = 1, 4000 do\n"
              "  compare('rendezvous', number(), number(), random(100))\n"
              "  compare('rendezvous', bytes(random(30)), bytes(random(30)), random() * 9)\n"
              "  compare('rendezvous', bytes(5), number())\n"
              "end\n"
              "compare('rendezvous', 0.5, 7.0)\n"
              "return 'ok'");
}

TEST(tables_are_those_of_the_twin)
{
    expect_ok("local sizes = { 2, 3, 7, 101, 1009, 4099 }\n"
              "for i = 1, 120 do\n"
              "  local ids, weights = {}, {}\n"
              "  for n = 1, random(40) do\n"
              "    ids[n], weights[n] = 'b' .. n, random(3) == 1 and 1 or random() * random(20)\n"
              "  end\n"
              "  compare('maglev', ids, sizes[i % #sizes + 1])\n"
              "  compare('maglev', ids, sizes[i % #sizes + 1], weights)\n"
              "end\n"
              "return 'ok'");
}

TEST(mistakes_are_those_of_the_twin)
{
    struct vm vm;

    begin(&vm);
    ck_assert_str_eq(
        run(&vm,
            "for _, bad in ipairs { {}, { 'x', 'short' }, { {} } } do\n"
            "  compare('hash', table.unpack(bad))\n"
            "end\n"
            "compare('rendezvous', {}, 'a')\n"
            "compare('rendezvous', 'a')\n"
            "for _, bad in ipairs {\n"
            "  { nil, 7 }, { {}, 7 }, { { {} }, 7 }, { { 1, '1' }, 7 }, { { 'a' }, 8 },\n"
            "  { { 'a' } }, { { 'a' }, 655379 }, { { 'a' }, -7 }, { { 'a', 'b' }, 7, { 1 } },\n"
            "  { { 'a' }, 7, { 0 / 0 } }, { { 'a' }, 7, { 0 } }, { { 'a' }, 7, { -1 } },\n"
            "} do\n"
            "  compare('maglev', table.unpack(bad, 1, 3))\n"
            "end\n"
            "for _, name in ipairs { '', ('x'):rep(101), 'a\\0b' } do\n"
            "  compare('counter', name)\n"
            "end\n"
            "return 'ok'"),
        "ok");
    script_end(&vm);
}

TEST(a_table_for_a_thousand_is_made_at_once)
{
    expect_ok("local ids = {}\n"
              "for i = 1, 1000 do ids[i] = 'b' .. i end\n"
              "local least = 1\n"
              "for _ = 1, 5 do\n"
              "  local began = os.clock()\n"
              "  core.maglev(ids, 65537)\n"
              "  least = math.min(least, os.clock() - began)\n"
              "end\n"
              "return least < 0.1 and 'ok' or least");
}

TEST(too_little_memory_for_a_table_is_an_error)
{
    struct vm vm;

    ck_assert_int_eq(vm_open(&vm, 1 << 20, false), OK);
    ck_assert_ptr_nonnull(strstr(script_text(&vm, "local core = package.loaded['luaproxy.core']\n"
                                                  "return core.maglev({ 'a' }, 655373)"),
                                 "not enough memory"));
    script_end(&vm);
}

TEST(what_is_logged_is_a_line_of_the_log)
{
    struct heard heard;
    struct vm vm;

    heard_begin(&heard);
    begin(&vm);
    run(&vm, "core.log('one', 2, nil)");
    ck_assert_uint_eq(heard_times(&heard, "info   script: one 2 nil\n"), 1);
    script_end(&vm);
    heard_end(&heard);
}

TEST(the_clock_is_the_one_that_was_set)
{
    struct clock clock = { .now = 12.5 };
    struct vm vm;

    begin(&vm);
    ck_assert_str_eq(run(&vm, "local began = core.now() return core.now() >= began and began > 0"),
                     "true");
    lua_core_set_clock(vm.L, &clock);
    ck_assert_str_eq(run(&vm, "return core.now()"), "12.5");
    script_end(&vm);
}

SUITE(lua_core, the_library_takes_these_from_the_core, hashes_are_those_of_the_twin,
      scores_are_those_of_the_twin_to_the_last_bit, tables_are_those_of_the_twin,
      mistakes_are_those_of_the_twin, a_table_for_a_thousand_is_made_at_once,
      too_little_memory_for_a_table_is_an_error, what_is_logged_is_a_line_of_the_log,
      the_clock_is_the_one_that_was_set);
