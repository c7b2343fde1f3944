/* The answer of a hook. */
#include "vm/scripts.h"
#include "support/test.h"

#include "script/lua_reply.h"
#include "stage.h"

struct answer {
    struct vm vm;
    struct arena arena;
    struct head *head;
    struct span body;
};

static int read_protected(lua_State *L)
{
    struct answer *a = lua_touserdata(L, 2);

    lua_reply_read(L, 1, &a->arena, &a->head, &a->body);
    return 0;
}

/* Reads the answer TABLE. What is wrong with it is left on the stack. */
static enum err read_table(struct answer *a, const char *table)
{
    char text[300];

    *a = (struct answer){ .head = NULL };
    script_begin(&a->vm);
    snprintf(text, sizeof text, "return %s", table);
    ck_assert_int_eq(script_run(&a->vm, text), OK);
    lua_pushcfunction(a->vm.L, read_protected);
    lua_insert(a->vm.L, -2);
    lua_pushlightuserdata(a->vm.L, a);
    return vm_call(&a->vm, 2, 0);
}

static void begin(struct answer *a, const char *table)
{
    ck_assert_int_eq(read_table(a, table), OK);
}

static void end(struct answer *a)
{
    arena_fini(&a->arena);
    script_end(&a->vm);
}

/* Is TABLE refused, with these WORDS? */
static void check_refused(const char *table, const char *words)
{
    struct answer a;

    ck_assert_msg(read_table(&a, table) == ERR_SCRIPT, "%s", table);
    ck_assert_msg(strstr(lua_tostring(a.vm.L, -1), words) != NULL, "%s: %s", table,
                  lua_tostring(a.vm.L, -1));
    lua_pop(a.vm.L, 1);
    end(&a);
}

TEST(an_answer_has_status_headers_and_body)
{
    struct answer a;

    begin(&a, "{ status = 429, headers = { ['Retry-After'] = 1, Vary = { 'a', 'b' } },"
              " body = 'slow down\\n' }");
    ck_assert_uint_eq(a.head->status, 429);
    ck_assert(span_eq(a.head->reason, SPAN("Too Many Requests")));
    ck_assert_str_eq(stage_field(a.head, "Retry-After"), "1");
    ck_assert_str_eq(stage_field(a.head, "Vary"), "a|b");
    ck_assert_str_eq(stage_field(a.head, "Content-Type"), "text/plain");
    ck_assert(span_eq(a.body, SPAN("slow down\n")));
    ck_assert_int_eq(a.head->body, BODY_LENGTH);
    ck_assert_uint_eq(a.head->length, 10);
    ck_assert_uint_eq(a.head->minor, 1);
    end(&a);
}

TEST(an_answer_outlives_what_it_was_made_of)
{
    struct answer a;

    begin(&a, "{ status = 200, headers = { ['x-' .. ('a'):rep(9)] = ('b'):rep(9) },"
              " body = ('c'):rep(9) }");
    lua_gc(a.vm.L, LUA_GCCOLLECT);
    ck_assert_str_eq(stage_field(a.head, "x-aaaaaaaaa"), "bbbbbbbbb");
    ck_assert(span_eq(a.body, SPAN("ccccccccc")));
    end(&a);
}

TEST(a_status_is_enough)
{
    struct answer a;

    begin(&a, "{ status = 200 }");
    ck_assert_int_eq(a.head->body, BODY_LENGTH);
    ck_assert_uint_eq(a.head->length, 0);
    ck_assert_str_eq(stage_field(a.head, "Content-Type"), "");
    end(&a);
}

TEST(the_type_of_a_body_is_the_scripts_to_say)
{
    struct answer a;

    begin(&a, "{ status = 200, headers = { ['content-type'] = 'text/html' }, body = 'x' }");
    ck_assert_str_eq(stage_field(a.head, "Content-Type"), "text/html");
    end(&a);
}

TEST(some_statuses_have_no_body_whatever_the_script_says)
{
    struct answer a;

    begin(&a, "{ status = 204, body = 'x' }");
    ck_assert_int_eq(a.head->body, BODY_NONE);
    ck_assert_uint_eq(a.body.len, 0);
    end(&a);
    begin(&a, "{ status = 304, body = 'x', headers = { ETag = '\"1\"' } }");
    ck_assert_int_eq(a.head->body, BODY_NONE);
    ck_assert_str_eq(stage_field(a.head, "ETag"), "\"1\"");
    end(&a);
    begin(&a, "{ status = 205, body = 'x' }");
    ck_assert_int_eq(a.head->body, BODY_LENGTH);
    ck_assert_uint_eq(a.head->length, 0);
    end(&a);
}

TEST(a_status_may_be_any_from_200_to_599)
{
    struct answer a;

    begin(&a, "{ status = 200.0 }");
    ck_assert_uint_eq(a.head->status, 200);
    end(&a);
    begin(&a, "{ status = 599 }");
    ck_assert_uint_eq(a.head->status, 599);
    ck_assert_uint_eq(a.head->reason.len, 0);
    end(&a);
    check_refused("{ status = 199 }", "a status from 200 to 599");
    check_refused("{ status = 100 }", "a status from 200 to 599");
    check_refused("{ status = 600 }", "a status from 200 to 599");
    check_refused("{ status = -200 }", "a status from 200 to 599");
    check_refused("{ status = 200.5 }", "a status from 200 to 599");
    check_refused("{ status = 2^40 + 200 }", "a status from 200 to 599");
    check_refused("{ status = {} }", "a status from 200 to 599");
    check_refused("{ body = 'x' }", "a status from 200 to 599");
    check_refused("{}", "a status from 200 to 599");
}

TEST(a_body_may_have_a_megabyte)
{
    struct answer a;

    begin(&a, "{ status = 200, body = ('x'):rep(2^20) }");
    ck_assert_uint_eq(a.body.len, 1 << 20);
    end(&a);
    check_refused("{ status = 200, body = ('x'):rep(2^20 + 1) }", "more than 1048576 bytes");
    check_refused("{ status = 200, body = {} }", "must be a string, not a table");
    check_refused("{ status = 200, body = false }", "must be a string, not a boolean");
}

TEST(headers_of_an_answer_are_such_as_can_be_set)
{
    check_refused("{ status = 200, headers = 'x' }", "must be a table, not a string");
    check_refused("{ status = 200, headers = { 'x' } }", "the name of a header must be a string");
    check_refused("{ status = 200, headers = { ['Content-Length'] = 5 } }", "not the script's");
    check_refused("{ status = 200, headers = { ['transfer-encoding'] = 'chunked' } }",
                  "not the script's");
    check_refused("{ status = 200, headers = { Connection = 'close' } }", "not the script's");
    check_refused("{ status = 200, headers = { x = 'a\\r\\n\\r\\nb' } }", "control character");
    check_refused("{ status = 200, headers = { ['x y'] = 'a' } }", "no name for a header");
    check_refused("{ status = 200, headers = { x = false } }", "must be a string, not a boolean");
    check_refused("{ status = 200, headers = { x = ('x'):rep(16384) } }", "16384 bytes of a head");
    check_refused("(function() local t = {} for i = 1, 5000 do t['a' .. i] = i end"
                  " return { status = 200, headers = t } end)()",
                  "16384 bytes of a head");
}

TEST(an_answer_that_defends_itself_is_refused)
{
    check_refused("setmetatable({}, { __index = function() error('no') end })", "no");
    check_refused("setmetatable({}, { __index = function(t, k) return t[k] end })", "");
}

SUITE(lua_reply, an_answer_has_status_headers_and_body, an_answer_outlives_what_it_was_made_of,
      a_status_is_enough, the_type_of_a_body_is_the_scripts_to_say,
      some_statuses_have_no_body_whatever_the_script_says, a_status_may_be_any_from_200_to_599,
      a_body_may_have_a_megabyte, headers_of_an_answer_are_such_as_can_be_set,
      an_answer_that_defends_itself_is_refused);
