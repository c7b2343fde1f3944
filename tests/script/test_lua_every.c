/* What a script has done every so often. */
#include "chores.h"
#include "support/test.h"

#include "script/lua_every.h"

static int renew(lua_State *L)
{
    ck_assert_ptr_nonnull(lua_touserdata(L, 1));
    return 0;
}

/* init_protected(table, ctx, chores, every) */
static int init_protected(lua_State *L)
{
    struct chores *c = lua_touserdata(L, 3);
    struct lua_every *every = lua_touserdata(L, 4);

    lua_settop(L, 2);
    lua_every_init(every, &c->tasks, 1, renew, c, 1);
    ck_assert_int_eq(lua_gettop(L), 1);
    return 0;
}

/* Readies *EVERY of the table below the top of the stack, whose top becomes `ctx`. On failure a
 * message takes its place. */
static enum err ready(struct chores *c, struct lua_every *every)
{
    lua_State *L = c->vm.L;

    lua_pushcfunction(L, init_protected);
    lua_insert(L, -2);
    lua_pushvalue(L, -3);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, c);
    lua_pushlightuserdata(L, every);
    return vm_call(&c->vm, 4, 0);
}

/* Begins with the script's table `{ every = { TEXT } }` and ctx = { all = "all" }. */
static void begin(struct chores *c, struct lua_every *every, const char *text)
{
    char script[2000];

    chores_begin(c);
    snprintf(script, sizeof script, "log = '' return { every = { %s } }", text);
    ck_assert_int_eq(script_run(&c->vm, script), OK);
    lua_newtable(c->vm.L);
    lua_pushliteral(c->vm.L, "all");
    lua_setfield(c->vm.L, -2, "all");
    ck_assert_int_eq(ready(c, every), OK);
    ck_assert_int_eq(lua_gettop(c->vm.L), 2);
    lua_pop(c->vm.L, 1);
}

static void end(struct chores *c, struct lua_every *every)
{
    lua_every_fini(every);
    ck_assert_uint_eq(c->tasks.count, 0);
    fake_time_pass(&c->time, 100);
    chores_end(c);
}

static const char *text_of(struct chores *c, const char *name)
{
    char script[100];

    snprintf(script, sizeof script, "return %s", name);
    return script_text(&c->vm, script);
}

TEST(each_runs_right_after_the_start_and_then_every_so_often)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every,
          "[2] = function() log = log .. 'b' end,[1.5] = function() log = log .. 'a' end");
    fake_time_pass(&c.time, 5);
    ck_assert_str_eq(text_of(&c, "log"), "");
    lua_every_start(&every);
    fake_time_pass(&c.time, 0.1);
    ck_assert_str_eq(text_of(&c, "log"), "ab");
    fake_time_pass(&c.time, 4.2);
    ck_assert_str_eq(text_of(&c, "log"), "ababab");
    end(&c, &every);
}

TEST(it_is_given_what_it_needs)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every, "[1] = function(ctx) now, all, n = ctx.now, ctx.all, ctx.random(5) end");
    lua_every_start(&every);
    fake_time_pass(&c.time, 7.5);
    ck_assert_str_eq(text_of(&c, "now > 1007 and now <= 1007.5"), "true");
    ck_assert_str_eq(text_of(&c, "all"), "all");
    ck_assert_str_eq(text_of(&c, "n >= 1 and n <= 5"), "true");
    end(&c, &every);
}

TEST(it_may_wait)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every, "[5] = function() sleep(1) log = log .. http('http://a/').body end");
    lua_every_start(&every);
    fake_time_pass(&c.time, 1.1);
    ck_assert_uint_eq(c.asked, 1);
    chores_answer_with(&c, 0, 200, "x");
    ck_assert_str_eq(text_of(&c, "log"), "x");
    fake_time_pass(&c.time, 5);
    ck_assert_uint_eq(c.asked, 2);
    end(&c, &every);
}

TEST(the_next_run_is_counted_from_the_start_of_the_last)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every, "[2] = function(ctx) log = log .. (ctx.now - 1000) // 1 .. ' ' sleep(1) end");
    lua_every_start(&every);
    fake_time_pass(&c.time, 6.5);
    ck_assert_str_eq(text_of(&c, "log"), "0.0 2.0 4.0 6.0 ");
    end(&c, &every);
}

TEST(two_runs_of_one_are_never_at_once)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every,
          "[1] = function(ctx) n = (n or 0) + 1 most = math.max(most or 0, n)"
          "  sleep(2.5) log = log .. 'x' n = n - 1 end");
    lua_every_start(&every);
    fake_time_pass(&c.time, 10.5);
    ck_assert_str_eq(text_of(&c, "most"), "1");
    ck_assert_str_eq(text_of(&c, "log"), "xxxx");
    end(&c, &every);
}

TEST(others_go_on_while_one_waits)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every, "[1] = function() sleep(100) end, [2] = function() log = log .. 'x' end");
    lua_every_start(&every);
    fake_time_pass(&c.time, 4.5);
    ck_assert_str_eq(text_of(&c, "log"), "xxx");
    end(&c, &every);
}

TEST(a_run_that_fails_is_logged_and_comes_again)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every,
          "[2] = function() error('oh') end, [3] = function() sleep(1) error('no') end");
    lua_every_start(&every);
    fake_time_pass(&c.time, 0.5);
    ck_assert_uint_eq(heard_times(&c.heard, "every[2.0]"), 0);
    ck_assert_uint_eq(heard_times(&c.heard, "warn   every[2] failed, it begins again later: "), 1);
    ck_assert_uint_eq(heard_times(&c.heard, ":1: oh | stack traceback:"), 1);
    fake_time_pass(&c.time, 1);
    ck_assert_uint_eq(heard_times(&c.heard, "warn   every[3] failed, it begins again later: "), 1);
    ck_assert_uint_eq(heard_times(&c.heard, ":1: no | stack traceback:"), 1);
    fake_time_pass(&c.time, 1);
    ck_assert_uint_eq(heard_times(&c.heard, "every[2] failed"), 2);
    end(&c, &every);
}

TEST(one_that_often_fails_does_not_flood_the_log)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every,
          "[0.05] = function() n = (n or 0) + 1 if n % 2 == 0 then error('oh') end end");
    lua_every_start(&every);
    fake_time_pass(&c.time, 2.9);
    ck_assert_uint_eq(heard_times(&c.heard, "every[0.05] failed"), 3);
    ck_assert_uint_eq(heard_times(&c.heard, "more since the last line"), 2);
    end(&c, &every);
}

TEST(one_that_keeps_failing_is_tripped)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every,
          "[1] = function() n = (n or 0) + 1 error('oh') end, [2] = function()"
          "  m = (m or 0) + 1 end");
    lua_every_start(&every);
    fake_time_pass(&c.time, 20.5);
    ck_assert_str_eq(text_of(&c, "n"), "10");
    ck_assert_str_eq(text_of(&c, "m"), "11");
    ck_assert_uint_eq(heard_times(&c.heard, "error  every[1] is tripped"), 1);
    end(&c, &every);
}

static void on_ended(void *owner, enum lua_task_news news)
{
    (void)owner;
    (void)news;
}

TEST(a_crowd_of_other_tasks_does_not_keep_it_from_beginning)
{
    struct chores c;
    struct lua_every every;
    struct lua_task *task;

    begin(&c, &every, "[1] = function() n = (n or 0) + 1 end");
    c.vm.most = 100 << 20;
    script_text(&c.vm, "f = function() sleep(50) end return 1");
    for (int i = 0; i < LUA_TASKS_MAX; i++) {
        lua_getglobal(c.vm.L, "f");
        ck_assert_int_eq(lua_task_start(&c.tasks, 0, &task, on_ended, NULL), LUA_TASK_WAITS);
    }
    lua_every_start(&every);
    fake_time_pass(&c.time, 20.5);
    ck_assert_str_eq(text_of(&c, "n"), "21");
    fake_time_pass(&c.time, 100);
    end(&c, &every);
}

TEST(whatever_a_task_does_to_its_ctx_it_lives)
{
    static const struct {
        const char *does;
        const char *runs; /* in three seconds and a half */
    } mischief[] = {
        { "for k in pairs(ctx) do ctx[k] = nil end", "4" },
        { "setmetatable(ctx, { __newindex = error, __index = error })", "4" },
        { "for i = 1, 1e8 do ctx[i] = i end", "3" }, /* it is tripped then */
    };

    for (size_t i = 0; i < sizeof mischief / sizeof mischief[0]; i++) {
        struct chores c;
        struct lua_every every;
        char text[200];

        snprintf(text, sizeof text, "[1] = function(ctx) n = (n or 0) + 1 %s sleep(0.1) end",
                 mischief[i].does);
        begin(&c, &every, text);
        c.vm.most = 2 << 20;
        lua_every_start(&every);
        fake_time_pass(&c.time, 3.5);
        ck_assert_str_eq(text_of(&c, "n"), mischief[i].runs);
        end(&c, &every);
    }
}

TEST(the_end_comes_while_they_wait)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every,
          "[1] = function() http('http://a/') end, [2] = function() sleep(1) end,"
          "[3] = function() log = log .. 'x' end");
    lua_every_start(&every);
    fake_time_pass(&c.time, 0.1);
    ck_assert_uint_eq(c.tasks.count, 2);
    end(&c, &every);
}

TEST(a_thousand_wait_at_once)
{
    struct chores c;
    struct lua_every every;

    begin(&c, &every, "");
    lua_every_fini(&every);
    ck_assert_int_eq(script_run(&c.vm, "n = 0 local t = {} for i = 1, 1000 do"
                                       " t[i] = function() sleep(0.5) n = n + 1 end end"
                                       " return { every = t }"),
                     OK);
    lua_newtable(c.vm.L);
    ck_assert_int_eq(ready(&c, &every), OK);
    lua_pop(c.vm.L, 1);
    lua_every_start(&every);
    while (c.tasks.count < 1000)
        fake_time_pass(&c.time, DEADLINE_GRAIN);
    fake_time_pass(&c.time, 0.9);
    ck_assert_str_eq(text_of(&c, "n"), "1000");
    end(&c, &every);
}

TEST(a_script_need_not_have_any)
{
    struct chores c;
    struct lua_every every;

    chores_begin(&c);
    script_run(&c.vm, "return {}");
    lua_newtable(c.vm.L);
    ck_assert_int_eq(ready(&c, &every), OK);
    lua_pop(c.vm.L, 1);
    lua_every_start(&every);
    fake_time_pass(&c.time, 1);
    end(&c, &every);
}

TEST(readying_needs_memory)
{
    size_t more = 0;
    enum err err;

    do {
        struct chores c;
        struct lua_every every;

        chores_begin(&c);
        script_run(&c.vm, "return { every = { print, print, print } }");
        lua_newtable(c.vm.L);
        lua_gc(c.vm.L, LUA_GCCOLLECT);
        leave_memory(&c.vm, c.vm.used + more);
        err = ready(&c, &every);
        lua_pop(c.vm.L, err == OK ? 1 : 2);
        if (err == OK)
            lua_every_fini(&every);
        chores_end(&c);
        more += 16;
    } while (err != OK);
    ck_assert_uint_gt(more, 100);
}

SUITE(lua_every, each_runs_right_after_the_start_and_then_every_so_often, it_is_given_what_it_needs,
      it_may_wait, the_next_run_is_counted_from_the_start_of_the_last,
      two_runs_of_one_are_never_at_once, others_go_on_while_one_waits,
      a_run_that_fails_is_logged_and_comes_again, one_that_often_fails_does_not_flood_the_log,
      one_that_keeps_failing_is_tripped, a_crowd_of_other_tasks_does_not_keep_it_from_beginning,
      whatever_a_task_does_to_its_ctx_it_lives, the_end_comes_while_they_wait,
      a_thousand_wait_at_once, a_script_need_not_have_any, readying_needs_memory);
