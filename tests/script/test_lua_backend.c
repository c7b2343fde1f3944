/* Backends as plain Lua tables. */
#include "scripts.h"
#include "support/test.h"

#include "script/lua_backend.h"

static struct config_backend config = {
    .id = "b1",
    .authority = "10.0.0.1:80",
    .weight = 5,
    .tier = 2,
};

struct shown {
    struct vm vm;
    struct backend b;
};

/* update(table, backend): tells the table of the backend's facts. */
static int update(lua_State *L)
{
    lua_pushvalue(L, 1);
    lua_backend_update(L, lua_touserdata(L, 2), 1);
    ck_assert_int_eq(lua_gettop(L), 3);
    return 0;
}

/* A backend whose tags are what the script TAGS returns; its table is the global `b`. */
static void begin(struct shown *s, const char *tags)
{
    *s = (struct shown){ .b = { .config = &config } };
    script_begin(&s->vm);
    ck_assert_int_eq(script_run(&s->vm, tags), OK);
    lua_backend_push_new(s->vm.L, &s->b);
    ck_assert_int_eq(lua_gettop(s->vm.L), 2);
    lua_setglobal(s->vm.L, "b");
    lua_backend_push_facts(s->vm.L);
    lua_pushcclosure(s->vm.L, update, LUA_BACKEND_FACTS);
    lua_setglobal(s->vm.L, "update");
}

/* Tells Lua of the backend's facts. */
static void tell_facts(struct shown *s)
{
    lua_getglobal(s->vm.L, "update");
    lua_getglobal(s->vm.L, "b");
    lua_pushlightuserdata(s->vm.L, &s->b);
    ck_assert_int_eq(vm_call(&s->vm, 2, 0), OK);
}

TEST(a_backend_is_a_plain_table)
{
    struct shown s;

    begin(&s, "return { zone = 'eu' }");
    ck_assert_str_eq(script_text(&s.vm, "return b.id .. ' ' .. b.addr"), "b1 10.0.0.1:80");
    ck_assert_str_eq(script_text(&s.vm, "return b.weight .. ' ' .. b.tier"), "5 2");
    ck_assert_str_eq(script_text(&s.vm, "return math.type(b.weight)"), "integer");
    ck_assert_str_eq(script_text(&s.vm, "return b.tags.zone"), "eu");
    ck_assert_str_eq(script_text(&s.vm, "return b.inflight"), "0");
    ck_assert_str_eq(script_text(&s.vm, "return b.up"), "true");
    ck_assert_str_eq(script_text(&s.vm, "return type(b) .. #b .. tostring(getmetatable(b))"),
                     "table0nil");
    script_end(&s.vm);
}

TEST(a_new_table_has_the_facts_as_they_are)
{
    struct shown s;

    begin(&s, "return {}");
    s.b.inflight = 7;
    s.b.health.down = true;
    lua_pushnil(s.vm.L);
    lua_backend_push_new(s.vm.L, &s.b);
    lua_setglobal(s.vm.L, "b");
    ck_assert_str_eq(script_text(&s.vm, "return b.inflight .. tostring(b.up)"), "7false");
    script_end(&s.vm);
}

TEST(tags_and_data_are_always_there)
{
    struct shown s;

    begin(&s, "return nil");
    ck_assert_str_eq(script_text(&s.vm, "return type(b.tags) .. type(b.data)"), "tabletable");
    ck_assert_str_eq(script_text(&s.vm, "return tostring(next(b.tags)) .. tostring(next(b.data))"),
                     "nilnil");
    script_end(&s.vm);
}

TEST(facts_are_kept_fresh_and_the_rest_left_alone)
{
    struct shown s;

    begin(&s, "return {}");
    script_text(&s.vm, "b.data.mine = 1 b.weight = 9 b.own = 'x'");
    s.b.inflight = 3;
    s.b.health.down = true;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.inflight .. tostring(b.up)"), "3false");
    ck_assert_str_eq(script_text(&s.vm, "return b.data.mine .. b.weight .. b.own"), "19x");
    script_end(&s.vm);
}

TEST(facts_come_back_whatever_a_script_does_to_them)
{
    struct shown s;

    begin(&s, "return {}");
    script_text(&s.vm, "b.inflight = 'lies' b.up = nil\n"
                       "setmetatable(b, { __newindex = error, __index = error })");
    s.b.inflight = 4;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.inflight .. tostring(b.up)"), "4true");
    script_end(&s.vm);
}

TEST(facts_that_are_kept_fresh_need_no_memory)
{
    struct shown s;
    size_t used;

    begin(&s, "return {}");
    lua_gc(s.vm.L, LUA_GCCOLLECT);
    used = s.vm.used;
    s.vm.most = used;
    for (unsigned i = 0; i < 1000; i++) {
        s.b.inflight = i;
        s.b.health.down = i % 2;
        tell_facts(&s);
        ck_assert_uint_le(s.vm.used, used);
    }
    script_end(&s.vm);
}

SUITE(lua_backend, a_backend_is_a_plain_table, a_new_table_has_the_facts_as_they_are,
      tags_and_data_are_always_there, facts_are_kept_fresh_and_the_rest_left_alone,
      facts_come_back_whatever_a_script_does_to_them, facts_that_are_kept_fresh_need_no_memory);
