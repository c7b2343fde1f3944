/* What a script calls to wait: luaproxy.http. */
#include "chores.h"
#include "support/test.h"

TEST(a_request_is_made_and_its_response_returned)
{
    struct chores c;

    chores_begin(&c);
    ck_assert_str_eq(chores_run(&c, "local r = http('http://a/b') return r.status .. r.body"),
                     "...");
    ck_assert_str_eq(c.fetches[0].text, "GET http://a/b");
    ck_assert_double_eq(c.fetches[0].timeout, 10);
    ck_assert_uint_eq(c.fetches[0].most, LUA_WAIT_BODY_MAX);
    ck_assert_uint_eq(c.ended, 0);
    chores_answer_with(&c, 0, 204, "body");
    ck_assert_uint_eq(c.ended, 1);
    ck_assert_str_eq(c.result, "204body");
    chores_end(&c);
}

TEST(the_headers_of_a_response_are_in_small_letters_and_joined)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "local h = http('http://a/').headers"
                   " return h['x-one'] .. '|' .. h['set-cookie'] .. tostring(h['Set-Cookie'])");
    chores_answer_with(&c, 0, 200, "");
    ck_assert_str_eq(c.result, "1|a=b, c=dnil");
    chores_end(&c);
}

TEST(a_response_without_a_body_has_an_empty_one)
{
    struct chores c;
    struct head head = { .status = 200 };
    struct fetcher_answer answer = { .head = &head };

    chores_begin(&c);
    chores_run(&c, "return '<' .. http('http://a/').body .. '>'");
    chores_answer(&c, 0, &answer);
    ck_assert_str_eq(c.result, "<>");
    chores_end(&c);
}

TEST(options_say_how_a_request_is_made)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "http('http://a/', { method = 'PUT', headers = { ['X-A'] = 'b' },"
                   " body = 'hello', timeout = 0.5 })");
    ck_assert_str_eq(c.fetches[0].text, "PUT http://a/ X-A=b | hello");
    ck_assert_double_eq(c.fetches[0].timeout, 0.5);
    chores_run(&c, "http('http://a/', {})");
    ck_assert_str_eq(c.fetches[1].text, "GET http://a/");
    chores_run(&c, "http('http://a/', nil)");
    ck_assert_str_eq(c.fetches[2].text, "GET http://a/");
    chores_run(&c, "http('http://a/', { body = '', headers = {} })");
    ck_assert_str_eq(c.fetches[3].text, "GET http://a/ | ");
    chores_end(&c);
}

TEST(what_goes_wrong_on_the_way_is_a_result)
{
    static const struct fetcher_answer answer = { .why = "connection refused" };
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "local r, why = http('http://a/') return tostring(r) .. ' ' .. why");
    chores_answer(&c, 0, &answer);
    ck_assert_str_eq(c.result, "nil connection refused");
    chores_end(&c);
}

TEST(what_cannot_be_asked_for_is_a_result_at_once)
{
    struct chores c;

    chores_begin(&c);
    c.refuse = "out of file descriptors";
    ck_assert_str_eq(
        chores_run(&c, "local r, why = http('http://a/') return tostring(r) .. ' ' .. why"),
        "nil out of file descriptors");
    chores_end(&c);
}

TEST(several_requests_follow_each_other)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c,
               "local s = '' for i = 1, 3 do s = s .. http('http://a/' .. i).body end return s");
    chores_answer_with(&c, 0, 200, "a");
    chores_answer_with(&c, 1, 200, "b");
    ck_assert_str_eq(c.fetches[2].text, "GET http://a/3");
    chores_answer_with(&c, 2, 200, "c");
    ck_assert_str_eq(c.result, "abc");
    chores_end(&c);
}

TEST(the_now_of_a_task_goes_on_while_it_waits_for_an_answer)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "http('http://a/') return ctx.now");
    fake_time_pass(&c.time, 5);
    chores_answer_with(&c, 0, 200, "");
    ck_assert_str_eq(c.result, "1005.0");
    chores_end(&c);
}

/* How http may not be called, and what is said to that. */
static const struct {
    const char *args;
    const char *why;
} mistakes[] = {
    { "", "bad argument #1 to 'http' (string expected, got no value)" },
    { "5", "bad argument #1 to 'http' (string expected, got number)" },
    { "'http://a/', 5", "bad argument #2 to 'http' (table expected, got number)" },
    { "'http://a/', { methode = 'GET' }", "'http' has no option 'methode'" },
    { "'http://a/', { 'GET' }", "the name of an option must be a string" },
    { "'http://a/', { method = 5 }", "bad option 'method' of 'http' (a string expected)" },
    { "'http://a/', { body = {} }", "bad option 'body' of 'http' (a string expected)" },
    { "'http://a/', { headers = 'A: b' }", "bad option 'headers' of 'http'" },
    { "'http://a/', { headers = { 'A: b' } }", "bad option 'headers' of 'http'" },
    { "'http://a/', { headers = { A = 5 } }", "bad option 'headers' of 'http'" },
    { "'http://a/', { timeout = 0 }", "bad option 'timeout' of 'http'" },
    { "'http://a/', { timeout = '5' }", "bad option 'timeout' of 'http'" },
    { "'http://a/', { timeout = 0/0 }", "bad option 'timeout' of 'http'" },
    { "'http://a/', { timeout = 1e9 }", "bad option 'timeout' of 'http'" },
};

TEST(a_mistake_is_an_error)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct chores c;
        char text[200];

        chores_begin(&c);
        snprintf(text, sizeof text, "http(%s)", mistakes[i].args);
        chores_run(&c, text);
        ck_assert_int_eq(c.news, LUA_TASK_FAILED);
        ck_assert_msg(strstr(c.result, mistakes[i].why) != NULL, "%s: %s", text, c.result);
        ck_assert_uint_eq(c.asked, 0);
        chores_end(&c);
    }
}

TEST(there_are_not_too_many_headers)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "local h = {} for i = 1, 101 do h['X-' .. i] = '' end"
                   " http('http://a/', { headers = h })");
    ck_assert_ptr_nonnull(strstr(c.result, "http: more than 100 headers"));
    chores_end(&c);
}

TEST(a_sleep_is_of_seconds)
{
    static const char *const args[] = { "", "-1", "0/0", "1/0", "'x'", "{}" };

    for (size_t i = 0; i < sizeof args / sizeof args[0]; i++) {
        struct chores c;
        char text[50];

        chores_begin(&c);
        snprintf(text, sizeof text, "sleep(%s)", args[i]);
        chores_run(&c, text);
        ck_assert_int_eq(c.news, LUA_TASK_FAILED);
        ck_assert_ptr_nonnull(strstr(c.result, "bad argument #1 to 'sleep'"));
        chores_end(&c);
    }
}

TEST(sleeping_for_no_time_lets_others_go_on)
{
    struct chores c;

    chores_begin(&c);
    ck_assert_str_eq(chores_run(&c, "sleep(0) return 1"), "...");
    fake_time_pass(&c.time, 2 * DEADLINE_GRAIN);
    ck_assert_str_eq(c.result, "1");
    chores_end(&c);
}

TEST(an_answer_finds_a_task_that_others_have_meddled_with)
{
    struct chores c;

    chores_begin(&c);
    chores_run(&c, "co = coroutine.running() pcall(http, 'http://a/') coroutine.yield()"
                   " return http('http://b/')");
    script_text(&c.vm, "coroutine.resume(co)");
    chores_answer_with(&c, 0, 200, "for somebody else");
    ck_assert_str_eq(c.fetches[1].text, "GET http://b/");
    chores_answer_with(&c, 1, 200, "");
    ck_assert_int_eq(c.news, LUA_TASK_DONE);
    chores_end(&c);
}

TEST(opening_needs_memory)
{
    size_t more = 0;
    enum err err;

    do {
        struct vm vm;

        script_begin(&vm);
        lua_gc(vm.L, LUA_GCCOLLECT);
        leave_memory(&vm, vm.used + more);
        more += 16;
        err = lua_wait_open(&vm);
        if (err != OK)
            lua_pop(vm.L, 1);
        script_end(&vm);
    } while (err != OK);
    ck_assert_uint_gt(more, 16);
}

SUITE(lua_wait, a_request_is_made_and_its_response_returned,
      the_headers_of_a_response_are_in_small_letters_and_joined,
      a_response_without_a_body_has_an_empty_one, options_say_how_a_request_is_made,
      what_goes_wrong_on_the_way_is_a_result, what_cannot_be_asked_for_is_a_result_at_once,
      several_requests_follow_each_other, the_now_of_a_task_goes_on_while_it_waits_for_an_answer,
      a_mistake_is_an_error, there_are_not_too_many_headers, a_sleep_is_of_seconds,
      sleeping_for_no_time_lets_others_go_on, an_answer_finds_a_task_that_others_have_meddled_with,
      opening_needs_memory);
