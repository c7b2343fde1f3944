/* Backends as plain Lua tables. */
#include "vm/scripts.h"
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
    struct facts facts;
    struct backend b;
    struct lua_told told;
};

/* A backend whose tags are what the script TAGS returns; its table is the global `b`. */
static void begin(struct shown *s, const char *tags)
{
    *s = (struct shown){ .b = { .config = &config, .facts = &s->facts } };
    script_begin(&s->vm);
    ck_assert_int_eq(script_run(&s->vm, tags), OK);
    lua_backend_push_new(&s->vm, &s->b, &s->told);
    ck_assert_int_eq(lua_gettop(s->vm.L), 2);
    lua_setglobal(s->vm.L, "b");
}

/* Tells Lua of the backend's facts. */
static void tell_facts(struct shown *s)
{
    lua_getglobal(s->vm.L, "b");
    lua_backend_update(&s->vm, s->vm.L, &s->b, &s->told, true);
    ck_assert_int_eq(lua_gettop(s->vm.L), 2);
    lua_pop(s->vm.L, 1);
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
    s.facts.inflight = 7;
    s.facts.health.down = true;
    lua_pushnil(s.vm.L);
    lua_backend_push_new(&s.vm, &s.b, &s.told);
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
    s.facts.inflight = 3;
    s.facts.health.down = true;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.inflight .. tostring(b.up)"), "3false");
    ck_assert_str_eq(script_text(&s.vm, "return b.data.mine .. b.weight .. b.own"), "19x");
    script_end(&s.vm);
}

TEST(facts_come_back_when_they_change_whatever_a_script_does_to_them)
{
    struct shown s;

    begin(&s, "return {}");
    s.facts.health.down = true;
    tell_facts(&s);
    script_text(&s.vm, "b.inflight = 'lies' b.up = nil\n"
                       "setmetatable(b, { __newindex = error, __index = error })");
    s.facts.inflight = 4;
    s.facts.health.down = false;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.inflight .. tostring(b.up)"), "4true");
    script_end(&s.vm);
}

TEST(what_a_script_writes_over_a_fact_lasts_until_the_fact_changes)
{
    struct shown s;

    begin(&s, "return {}");
    script_text(&s.vm, "b.inflight = 9");
    s.facts.fails = 1;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.inflight"), "9");
    s.facts.inflight = 1;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.inflight"), "1");
    script_end(&s.vm);
}

TEST(the_latency_is_absent_until_it_is_known)
{
    struct shown s;

    begin(&s, "return {}");
    ck_assert_str_eq(script_text(&s.vm, "return tostring(b.ewma) .. tostring(b.ewma_at)"),
                     "nilnil");
    s.facts.ewma = (struct ewma){ true, 0.25, 12.5 };
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.ewma .. ' ' .. b.ewma_at"), "0.25 12.5");
    s.facts.ewma.at = 13;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.ewma .. ' ' .. b.ewma_at"), "0.25 13.0");
    s.facts.ewma.cost = 0.5;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.ewma .. ' ' .. b.ewma_at"), "0.5 13.0");
    script_end(&s.vm);
}

TEST(failures_and_the_last_change_are_told)
{
    struct shown s;

    begin(&s, "return {}");
    ck_assert_str_eq(script_text(&s.vm, "return b.fails .. ' ' .. b.since"), "0 0.0");
    s.facts.fails = 3;
    s.facts.since = 7.5;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.fails .. ' ' .. b.since"), "3 7.5");
    s.facts.fails = 0;
    tell_facts(&s);
    ck_assert_str_eq(script_text(&s.vm, "return b.fails .. math.type(b.fails)"), "0integer");
    script_end(&s.vm);
}

TEST(data_is_one_table_for_each_id)
{
    static const struct config_backend other = { .id = "b2", .authority = "10.0.0.2:80" };
    struct shown s;

    begin(&s, "return {}");
    lua_pushnil(s.vm.L);
    lua_backend_push_new(&s.vm, &s.b, &s.told);
    lua_setglobal(s.vm.L, "again");
    s.b.config = &other;
    lua_pushnil(s.vm.L);
    lua_backend_push_new(&s.vm, &s.b, &s.told);
    lua_setglobal(s.vm.L, "other");
    ck_assert_str_eq(script_text(&s.vm, "return b ~= again and b.data == again.data"), "true");
    ck_assert_str_eq(script_text(&s.vm, "return other.data ~= b.data"), "true");
    lua_backend_push_data(s.vm.L);
    lua_setglobal(s.vm.L, "all");
    ck_assert_str_eq(script_text(&s.vm, "return all.b1 == b.data and all.b2 == other.data"),
                     "true");
    script_end(&s.vm);
}

TEST(facts_that_are_kept_fresh_need_no_memory)
{
    struct shown s;
    size_t used;

    begin(&s, "return {}");
    s.facts.ewma = (struct ewma){ true, 0.25, 12.5 };
    tell_facts(&s);
    lua_gc(s.vm.L, LUA_GCCOLLECT);
    used = s.vm.used;
    s.vm.most = used;
    for (unsigned i = 0; i < 1000; i++) {
        s.facts.inflight = i;
        s.facts.health.down = i % 2;
        s.facts.fails = i % 7;
        s.facts.since = i + 0.5;
        s.facts.ewma.cost = i + 0.25;
        tell_facts(&s);
        ck_assert_uint_le(s.vm.used, used);
    }
    script_end(&s.vm);
}

SUITE(lua_backend, a_backend_is_a_plain_table, a_new_table_has_the_facts_as_they_are,
      tags_and_data_are_always_there, facts_are_kept_fresh_and_the_rest_left_alone,
      facts_come_back_when_they_change_whatever_a_script_does_to_them,
      what_a_script_writes_over_a_fact_lasts_until_the_fact_changes,
      the_latency_is_absent_until_it_is_known, failures_and_the_last_change_are_told,
      data_is_one_table_for_each_id, facts_that_are_kept_fresh_need_no_memory);
