/* The fields of a head as Lua sees them. */
#include "vm/scripts.h"
#include "support/test.h"

#include "http/parse.h"
#include "script/lua_headers.h"
#include "stage.h"

struct shown {
    struct vm vm;
    struct arena arena;
    struct head head;
    struct lua_headers headers;
};

/* The fields of this request are the global `h`, and can be set. */
static void begin(struct shown *s, const char *bytes)
{
    *s = (struct shown){ .headers = { .writable = true } };
    script_begin(&s->vm);
    ck_assert_int_eq(parse_request(&s->head, &s->arena, span_of(bytes), NULL), OK);
    s->headers.head = &s->head;
    lua_headers_push_new(s->vm.L, &s->headers, 0);
    lua_setglobal(s->vm.L, "h");
}

static void begin_usual(struct shown *s)
{
    begin(s, "GET / HTTP/1.1\r\nHost: a\r\nX-User: one\r\nAccept: b\r\nx-user: two\r\n"
             "Content-Length: 3\r\nConnection: x-user\r\n\r\n");
}

static void end(struct shown *s)
{
    arena_fini(&s->arena);
    script_end(&s->vm);
}

/* Runs CHUNK: "nil" if it raises no error, else the message. */
static const char *run(struct shown *s, const char *chunk)
{
    return script_text(&s->vm, chunk);
}

TEST(setting_a_field_takes_the_place_of_all_that_have_its_name)
{
    struct shown s;

    begin_usual(&s);
    ck_assert_str_eq(run(&s, "h['X-USER'] = 'me'"), "nil");
    ck_assert_str_eq(run(&s, "return h['x-user']"), "me");
    ck_assert_str_eq(stage_field(&s.head, "X-User"), "me");
    ck_assert_str_eq(stage_field(&s.head, "Accept"), "b");
    ck_assert_str_eq(run(&s, "h['x-uSER'] = 'you'"), "nil");
    ck_assert_str_eq(stage_field(&s.head, "X-User"), "you");
    end(&s);
}

TEST(nil_removes_a_field_and_so_does_a_list_of_none)
{
    static const char *const chunks[] = { "h['x-user'] = nil", "h['x-user'] = {}" };

    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        struct shown s;

        begin_usual(&s);
        ck_assert_str_eq(run(&s, chunks[i]), "nil");
        ck_assert_str_eq(run(&s, "return h['x-user']"), "nil");
        ck_assert_str_eq(stage_field(&s.head, "X-User"), "");
        ck_assert_str_eq(run(&s, "h['never'] = nil"), "nil");
        end(&s);
    }
}

TEST(a_list_becomes_a_field_for_each_value)
{
    struct shown s;

    begin_usual(&s);
    ck_assert_str_eq(run(&s, "h['Set-Cookie'] = { 'a=1', 'b=2', 3 }"), "nil");
    ck_assert_str_eq(stage_field(&s.head, "Set-Cookie"), "a=1|b=2|3");
    ck_assert_str_eq(run(&s, "return h['set-cookie']"), "a=1, b=2, 3");
    end(&s);
}

TEST(a_number_is_a_value_and_blanks_at_its_ends_are_none_of_it)
{
    struct shown s;

    begin_usual(&s);
    ck_assert_str_eq(run(&s, "h.n = 12 h.f = 1.5 h.b = ' \\t in the middle \\t' h.e = ''"), "nil");
    ck_assert_str_eq(run(&s, "return h.n .. '|' .. h.f .. '|' .. h.b .. '|' .. h.e .. '|'"),
                     "12|1.5|in the middle||");
    end(&s);
}

TEST(what_frames_a_message_or_is_about_one_hop_cannot_be_set)
{
    static const char *const names[] = {
        "Connection", "content-length",    "Expect",  "HOST",    "Keep-Alive", "Proxy-Connection",
        "te",         "Transfer-Encoding", "Trailer", "Upgrade",
    };
    struct shown s;

    begin_usual(&s);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char chunk[100];

        snprintf(chunk, sizeof chunk, "h['%s'] = '5'", names[i]);
        ck_assert_ptr_nonnull(strstr(run(&s, chunk), "is not the script's to set"));
        snprintf(chunk, sizeof chunk, "h['%s'] = nil", names[i]);
        ck_assert_ptr_nonnull(strstr(run(&s, chunk), "is not the script's to set"));
    }
    ck_assert_str_eq(stage_field(&s.head, "Content-Length"), "3");
    ck_assert_str_eq(stage_field(&s.head, "Connection"), "x-user");
    ck_assert_str_eq(stage_field(&s.head, "Host"), "a");
    end(&s);
}

/* Whatever would not be a field. */
static const char *const nonsense[] = {
    "h['x-user'] = 'a\\r\\nb: c'",
    "h['x-user'] = 'a\\nb'",
    "h['x-user'] = '\\0'",
    "h['x-user'] = '\\127'",
    "h['x-user'] = '\\r\\n'",
    "h['x-user'] = { 'good', 'b\\nad' }",
    "h['x-user'] = { 'good', {} }",
    "h['x-user'] = { 'good', false }",
    "h['x-user'] = { {} }",
    "h['x-user'] = true",
    "h['x-user'] = print",
    "h['x-user'] = h",
    "h['x-user'] = ('x'):rep(16384)",
    "h['x-user'] = ('x'):rep(1e6)",
    "h['x-user'] = { 'good', ('x'):rep(16384) }",
    "local t = {} for i = 1, 1e5 do t[i] = '' end h['x-user'] = t",
    "h[''] = 'x'",
    "h['x user'] = 'x'",
    "h['x-user:'] = 'x'",
    "h['x-user\\0'] = 'x'",
    "h['x-user\\r\\nb'] = 'x'",
    "h[{}] = 'x'",
    "h[nil] = 'x'",
    "h[('x'):rep(20000)] = 'x'",
};

TEST(what_would_be_no_field_is_an_error_and_changes_nothing)
{
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        struct shown s;
        char chunk[200];

        begin_usual(&s);
        snprintf(chunk, sizeof chunk, "return (pcall(function() %s end))", nonsense[i]);
        ck_assert_msg(strcmp(run(&s, chunk), "false") == 0, "%s", nonsense[i]);
        ck_assert_str_eq(stage_field(&s.head, "X-User"), "one|two");
        ck_assert_str_eq(run(&s, "return h['x-user']"), "one, two");
        end(&s);
    }
}

TEST(all_that_a_script_sets_in_a_head_is_bounded)
{
    struct shown s;
    size_t size = 0;

    begin_usual(&s);
    ck_assert_ptr_nonnull(strstr(run(&s, "for i = 1, 1e6 do h['a' .. i] = '' end"),
                                 "a script may set 16384 bytes of a head"));
    for (unsigned i = 0; i < s.head.count; i++)
        if (!s.head.fields[i].gone && s.head.fields[i].own)
            size += s.head.fields[i].name.len + s.head.fields[i].value.len + 4;
    ck_assert_uint_gt(size, 8000);
    ck_assert_uint_le(size, HEAD_ADDED_MAX);
    end(&s);
}

TEST(setting_the_same_field_for_ever_is_bounded_as_well)
{
    struct shown s;

    begin_usual(&s);
    ck_assert_ptr_nonnull(strstr(run(&s, "for i = 1, 1e6 do h.a = 'x' end"), "a script may set"));
    ck_assert_str_eq(run(&s, "return h.a"), "x");
    ck_assert_uint_lt(s.head.count, 5000);
    ck_assert_str_eq(run(&s, "for i = 1, 1e3 do h.a = nil end return h.a"), "nil");
    end(&s);
}

TEST(fields_that_can_only_be_read_stay_as_they_are)
{
    struct shown s;

    begin_usual(&s);
    s.headers.writable = false;
    ck_assert_ptr_nonnull(strstr(run(&s, "h['x-user'] = 'me'"), "cannot be changed"));
    ck_assert_str_eq(stage_field(&s.head, "X-User"), "one|two");
    end(&s);
}

TEST(between_calls_fields_can_be_neither_read_nor_set)
{
    struct shown s;

    begin_usual(&s);
    s.headers.head = NULL;
    ck_assert_ptr_nonnull(strstr(run(&s, "return h.accept"), "can only be used during the call"));
    ck_assert_ptr_nonnull(strstr(run(&s, "h.accept = 'x'"), "can only be used during the call"));
    ck_assert_str_eq(run(&s, "return getmetatable(h) .. tostring(pcall(setmetatable, h, {}))"),
                     "headersfalse");
    end(&s);
}

SUITE(lua_headers, setting_a_field_takes_the_place_of_all_that_have_its_name,
      nil_removes_a_field_and_so_does_a_list_of_none, a_list_becomes_a_field_for_each_value,
      a_number_is_a_value_and_blanks_at_its_ends_are_none_of_it,
      what_frames_a_message_or_is_about_one_hop_cannot_be_set,
      what_would_be_no_field_is_an_error_and_changes_nothing,
      all_that_a_script_sets_in_a_head_is_bounded,
      setting_the_same_field_for_ever_is_bounded_as_well,
      fields_that_can_only_be_read_stay_as_they_are,
      between_calls_fields_can_be_neither_read_nor_set);
