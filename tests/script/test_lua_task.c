/* Functions of the script that may wait: their life. */
#include "chores.h"
#include "support/test.h"

TEST(a_function_that_does_not_wait_ends_at_once)
{
    struct chores c;

    chores_begin(&c);
    ck_assert_str_eq(chores_run(&c, "return 5, 6"), "5");
    ck_assert_int_eq(c.news, LUA_TASK_DONE);
    ck_assert_str_eq(chores_run(&c, ""), "nil");
    ck_assert_uint_eq(c.ended, 0);
    ck_assert_uint_eq(c.tasks.count, 0);
    chores_end(&c);
}

TEST(a_function_that_fails_says_why_and_where)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "local function inner() error('oh') end inner()");
    ck_assert_int_eq(c.news, LUA_TASK_FAILED);
    ck_assert_ptr_nonnull(strstr(c.result, ":1: oh\nstack traceback:\n"));
    ck_assert_ptr_nonnull(strstr(c.result, "in local 'inner'"));
    ck_assert_uint_eq(c.tasks.count, 0);
    chores_end(&c);
}

TEST(an_error_of_a_task_may_be_anything)
{
    static const char *const bodies[] = {
        "error()",
        "error({ code = 5 })",
        "error(42)",
        "error(setmetatable({}, { __tostring = function() error('x') end }))",
        "return ctx.no.such",
        "local function f() return 1 + f() end f()",
        "local s = 'x' while true do s = s .. s end",
        "while true do end",
        "while true do pcall(error) end",
        "local t <close> = setmetatable({}, { __close = function() while true do end end }) "
        "error()",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct chores c;
        char after[200];

        chores_begin(&c);
        chores_run(&c, bodies[i]);
        ck_assert_int_eq(c.news, LUA_TASK_FAILED);
        snprintf(after, sizeof after, "sleep(1) %s", bodies[i]);
        ck_assert_str_eq(chores_run(&c, after), "...");
        fake_time_pass(&c.time, 1.1);
        ck_assert_int_eq(c.news, LUA_TASK_FAILED);
        ck_assert_uint_eq(c.ended, 1);
        ck_assert_str_eq(chores_run(&c, "return 'well'"), "well");
        chores_end(&c);
    }
}

TEST(who_sleeps_goes_on_when_the_time_has_come)
{
    struct chores c;

    chores_begin(&c);
    ck_assert_str_eq(chores_run(&c, "sleep(2) return 'awake'"), "...");
    fake_time_pass(&c.time, 1.9);
    ck_assert_uint_eq(c.ended, 0);
    fake_time_pass(&c.time, 0.2);
    ck_assert_uint_eq(c.ended, 1);
    ck_assert_int_eq(c.news, LUA_TASK_DONE);
    ck_assert_str_eq(c.result, "awake");
    chores_end(&c);
}

TEST(sleepers_go_on_in_the_order_of_their_times)
{
    struct chores c;

    chores_begin(&c);
    script_text(&c.vm, "order = '' return 1");
    chores_run(&c, "sleep(0.3) order = order .. 'c' sleep(0.3) order = order .. 'f'");
    chores_run(&c, "sleep(0.1) order = order .. 'a' sleep(0.4) order = order .. 'e'");
    chores_run(&c, "sleep(0.2) order = order .. 'b' sleep(0.2) order = order .. 'd'");
    fake_time_pass(&c.time, 1);
    ck_assert_str_eq(script_text(&c.vm, "return order"), "abcdef");
    ck_assert_uint_eq(c.ended, 3);
    chores_end(&c);
}

TEST(the_now_of_a_task_goes_on_while_it_sleeps)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "local a = ctx.now sleep(2) ctx.now = nil sleep(3)"
                   "return a == 1000 and ctx.now >= 1005 and ctx.now < 1005.1");
    fake_time_pass(&c.time, 6);
    ck_assert_str_eq(c.result, "true");
    chores_end(&c);
}

TEST(waiting_works_within_protected_calls_and_metamethods)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "local t = setmetatable({}, { __index = function(_, k) sleep(1) return k end })"
                   "local ok, why = pcall(function() sleep(1) return t.x .. error('oh', 0) end)"
                   "return why");
    fake_time_pass(&c.time, 3);
    ck_assert_int_eq(c.news, LUA_TASK_DONE);
    ck_assert_str_eq(c.result, "oh");
    chores_end(&c);
}

TEST(nobody_waits_inside_a_function_of_c)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "table.sort({ 3, 2, 1 }, function() sleep(1) end)");
    ck_assert_int_eq(c.news, LUA_TASK_FAILED);
    ck_assert_ptr_nonnull(strstr(
        c.result, "luaproxy.sleep cannot be called inside a function of C, such as table.sort"));
    chores_end(&c);
}

TEST(nobody_waits_outside_of_a_task)
{
    struct chores c;

    chores_begin(&c);
    ck_assert_ptr_nonnull(
        strstr(script_text(&c.vm, "sleep(1)"),
               "luaproxy.sleep can only be called in a task or in a hook with waits = true"));
    ck_assert_ptr_nonnull(
        strstr(script_text(&c.vm, "http('http://a/')"),
               "luaproxy.http can only be called in a task or in a hook with waits = true"));
    ck_assert_ptr_nonnull(
        strstr(script_text(&c.vm, "return select(2, coroutine.resume(coroutine.create(sleep), 1))"),
               "luaproxy.sleep can only be called in a task"));
    chores_end(&c);
}

TEST(nobody_waits_when_there_are_no_tasks)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_int_eq(lua_wait_open(&vm), OK);
    ck_assert_ptr_nonnull(strstr(script_text(&vm, "require('luaproxy.core').sleep(1)"),
                                 "luaproxy.sleep can only be called in a task"));
    script_end(&vm);
}

TEST(nobody_waits_in_a_coroutine_of_his_own)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "local ok, why = pcall(coroutine.wrap(function() sleep(1) end)) return why");
    ck_assert_ptr_nonnull(
        strstr(c.result, "luaproxy.sleep cannot be called in a coroutine of the script's own"));
    chores_end(&c);
}

TEST(coroutines_of_his_own_work_beside_waiting)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c,
               "local next = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)"
               "local sum = 0 for i in next do sleep(1) sum = sum + i end return sum");
    fake_time_pass(&c.time, 4);
    ck_assert_str_eq(c.result, "6");
    chores_end(&c);
}

TEST(a_task_that_yields_by_itself_fails)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "coroutine.yield(1, 2, 3)");
    ck_assert_int_eq(c.news, LUA_TASK_FAILED);
    ck_assert_ptr_nonnull(strstr(c.result, "a task has yielded by itself"));
    ck_assert_uint_eq(c.tasks.count, 0);
    chores_end(&c);
}

/* What others might do to the coroutine of a task that sleeps, which is `co`. */
static const char *const meddling[] = {
    "coroutine.resume(co)",
    "coroutine.resume(co, 1, 2, 3)",
    "coroutine.close(co)",
    "coroutine.wrap(function() coroutine.resume(co) end)()",
    "for i = 1, 3 do coroutine.resume(co) end",
};

/* How the sleeper may react. */
static const char *const sleepers[] = {
    "sleep(1)",
    "pcall(sleep, 1)",
    "pcall(sleep, 1) coroutine.yield(5)",
    "pcall(sleep, 1) pcall(sleep, 1) sleep(1)",
    "pcall(http, 'http://a/') pcall(sleep, 1)",
    "local t <close> = setmetatable({}, { __close = function() sleep(1) end }) sleep(1)",
};

TEST(whoever_meddles_with_a_task_the_proxy_lives)
{
    for (size_t i = 0; i < sizeof meddling / sizeof meddling[0]; i++) {
        for (size_t k = 0; k < sizeof sleepers / sizeof sleepers[0]; k++) {
            struct chores c;
            char text[400];

            chores_begin(&c);
            snprintf(text, sizeof text, "co = coroutine.running() %s", sleepers[k]);
            ck_assert_str_eq(chores_run(&c, text), "...");
            script_text(&c.vm, meddling[i]);
            chores_run(&c, meddling[i]);
            for (unsigned n = 0; n < c.asked; n++)
                chores_answer_with(&c, n, 200, "");
            fake_time_pass(&c.time, 5);
            for (int n = 0; n < 100; n++)
                vm_rest(&c.vm);
            ck_assert_str_eq(chores_run(&c, "return 'well'"), "well");
            script_text(&c.vm, meddling[i]);
            ck_assert_uint_eq(c.tasks.count, 0);
            chores_end(&c);
        }
    }
}

TEST(a_task_that_was_resumed_by_another_fails)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "co = coroutine.running() sleep(1)");
    ck_assert_ptr_nonnull(strstr(script_text(&c.vm, "return select(2, coroutine.resume(co))"),
                                 "luaproxy.sleep can only be called in a task"));
    fake_time_pass(&c.time, 1.1);
    ck_assert_uint_eq(c.ended, 1);
    ck_assert_int_eq(c.news, LUA_TASK_FAILED);
    ck_assert_ptr_nonnull(strstr(c.result, "the coroutine of a task was ended by the script"));
    chores_end(&c);
}

TEST(who_is_cancelled_does_not_go_on)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "co = coroutine.running() sleep(1) gone = true");
    lua_task_cancel(c.task);
    ck_assert_uint_eq(c.tasks.count, 0);
    fake_time_pass(&c.time, 2);
    ck_assert_uint_eq(c.ended, 0);
    script_text(&c.vm, "coroutine.resume(co)");
    ck_assert_str_eq(script_text(&c.vm, "return gone"), "nil");
    chores_end(&c);
}

TEST(who_waits_for_an_answer_can_be_cancelled)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "http('http://a/')");
    lua_task_cancel(c.task);
    ck_assert(!c.fetches[0].open);
    chores_end(&c);
}

TEST(the_end_cancels_who_waits)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "sleep(1)");
    chores_run(&c, "http('http://a/')");
    ck_assert_uint_eq(c.tasks.count, 2);
    chores_end(&c);
    ck_assert_uint_eq(c.ended, 0);
}

TEST(waiting_is_over_when_there_are_no_more_tasks)
{
    struct chores c;

    chores_begin(&c);
    lua_tasks_fini(&c.tasks);
    ck_assert_ptr_nonnull(
        strstr(script_text(&c.vm, "sleep(1)"), "luaproxy.sleep can only be called in a task"));
    chores_end(&c);
}

TEST(coroutines_are_used_again)
{
    struct chores c;
    size_t used;

    chores_begin(&c);
    chores_run(&c, "sleep(1)");
    fake_time_pass(&c.time, 2);
    lua_gc(c.vm.L, LUA_GCCOLLECT);
    used = c.vm.used;
    script_text(&c.vm, "seen = {} count = 0 return 1");
    for (int i = 0; i < 100; i++)
        chores_run(&c, "local co = coroutine.running()"
                       "if not seen[co] then seen[co] = true count = count + 1 end");
    ck_assert_str_eq(script_text(&c.vm, "return count"), "1");
    lua_gc(c.vm.L, LUA_GCCOLLECT);
    ck_assert_uint_lt(c.vm.used, used + 1000);
    chores_end(&c);
}

TEST(a_task_that_sleeps_costs_little_memory)
{
    enum { TASKS = 1000, MOST = 1500 };
    struct chores c;
    size_t used;

    chores_begin(&c);
    script_text(&c.vm, "f = function(ctx) sleep(1) end return 1");
    lua_gc(c.vm.L, LUA_GCCOLLECT);
    used = c.vm.used;
    for (int i = 0; i < TASKS; i++) {
        lua_getglobal(c.vm.L, "f");
        ck_assert_int_eq(lua_task_start(&c.tasks, 0, &c.task, chores_on_ended, &c), LUA_TASK_WAITS);
    }
    lua_gc(c.vm.L, LUA_GCCOLLECT);
    ck_assert_uint_lt(c.vm.used - used, TASKS * MOST);
    fake_time_pass(&c.time, 2);
    ck_assert_uint_eq(c.ended, TASKS);
    chores_end(&c);
}

TEST(tasks_that_take_long_do_not_go_on_in_the_same_turn)
{
    struct chores c;
    char text[200];

    chores_begin(&c);
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof text,
                 "sleep(1) local t = os.clock() while os.clock() < t + 0.004 do end return %d", i);
        chores_run(&c, text);
    }
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_uint_eq(c.ended, i);
        while (c.ended == i)
            fake_time_pass(&c.time, DEADLINE_GRAIN);
        ck_assert_uint_eq(c.ended, i + 1);
    }
    chores_end(&c);
}

TEST(memory_may_end_anywhere_in_a_task)
{
    struct chores c;
    size_t more = 0;

    chores_begin(&c);
    script_text(&c.vm, "f = function(ctx) local t = { ctx.now .. '!' } sleep(1)"
                       " local r = http('http://a/') return r.body .. 'x' end return 1");
    do {
        unsigned ended = c.ended;

        lua_gc(c.vm.L, LUA_GCCOLLECT);
        lua_getglobal(c.vm.L, "f");
        lua_newtable(c.vm.L);
        leave_memory(&c.vm, c.vm.used + more);
        c.asked = 0;
        c.news = lua_task_start(&c.tasks, 1, &c.task, chores_on_ended, &c);
        if (c.news == LUA_TASK_WAITS) {
            fake_time_pass(&c.time, 1.1);
            if (c.asked > 0)
                chores_answer_with(&c, 0, 200, "body");
            ck_assert_uint_eq(c.ended, ended + 1);
        } else {
            lua_pop(c.vm.L, 1);
        }
        c.vm.most = VM_MEMORY;
        more += 16;
    } while (c.news != LUA_TASK_DONE);
    ck_assert_uint_gt(more, 500);
    ck_assert_str_eq(c.result, "bodyx");
    chores_end(&c);
}

SUITE(lua_task, a_function_that_does_not_wait_ends_at_once,
      a_function_that_fails_says_why_and_where, an_error_of_a_task_may_be_anything,
      who_sleeps_goes_on_when_the_time_has_come, sleepers_go_on_in_the_order_of_their_times,
      the_now_of_a_task_goes_on_while_it_sleeps,
      waiting_works_within_protected_calls_and_metamethods, nobody_waits_inside_a_function_of_c,
      nobody_waits_outside_of_a_task, nobody_waits_when_there_are_no_tasks,
      nobody_waits_in_a_coroutine_of_his_own, coroutines_of_his_own_work_beside_waiting,
      a_task_that_yields_by_itself_fails, whoever_meddles_with_a_task_the_proxy_lives,
      a_task_that_was_resumed_by_another_fails, who_is_cancelled_does_not_go_on,
      who_waits_for_an_answer_can_be_cancelled, the_end_cancels_who_waits,
      waiting_is_over_when_there_are_no_more_tasks, coroutines_are_used_again,
      a_task_that_sleeps_costs_little_memory, tasks_that_take_long_do_not_go_on_in_the_same_turn,
      memory_may_end_anywhere_in_a_task);
