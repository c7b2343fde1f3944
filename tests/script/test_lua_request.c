/* A request as Lua sees it. */
#include "vm/scripts.h"
#include "support/test.h"

#include "base/addr.h"
#include "http/parse.h"
#include "script/lua_request.h"

struct shown {
    struct vm vm;
    struct arena arena;
    struct head head;
    struct addr client;
    struct visit visit;
    struct lua_request request;
};

/* The request with these bytes is the global `req`. */
static void begin(struct shown *s, const char *bytes)
{
    *s = (struct shown){ .client = { .v4 = { .sin_family = AF_INET, .sin_port = htons(4711) } } };
    s->client.v4.sin_addr.s_addr = htonl(0x7f000001);
    script_begin(&s->vm);
    ck_assert_int_eq(parse_request(&s->head, &s->arena, span_of(bytes), NULL), OK);
    s->visit = (struct visit){ .request = &s->head, .client = &s->client };
    lua_request_init(s->vm.L, &s->request, false, 0);
    lua_request_enter(&s->request, &s->visit);
    lua_request_push(s->vm.L, &s->request);
    lua_setglobal(s->vm.L, "req");
}

static void end(struct shown *s)
{
    arena_fini(&s->arena);
    script_end(&s->vm);
}

/* What the Lua expression says of the request. */
static const char *ask(struct shown *s, const char *expression)
{
    char text[200];

    snprintf(text, sizeof text, "return %s", expression);
    return script_text(&s->vm, text);
}

TEST(a_request_has_its_fields)
{
    struct shown s;

    begin(&s, "GET /a/b?c=d&e HTTP/1.1\r\nHost: example.org:80\r\n\r\n");
    ck_assert_str_eq(ask(&s, "req.method"), "GET");
    ck_assert_str_eq(ask(&s, "req.path"), "/a/b");
    ck_assert_str_eq(ask(&s, "req.query"), "c=d&e");
    ck_assert_str_eq(ask(&s, "req.host"), "example.org:80");
    ck_assert_str_eq(ask(&s, "req.client.ip"), "127.0.0.1");
    ck_assert_str_eq(ask(&s, "req.client.port"), "4711");
    ck_assert_str_eq(ask(&s, "math.type(req.client.port)"), "integer");
    end(&s);
}

TEST(what_is_not_there_is_nil_or_empty)
{
    struct shown s;

    begin(&s, "GET / HTTP/1.0\r\n\r\n");
    ck_assert_str_eq(ask(&s, "req.query == '' and req.host == ''"), "true");
    ck_assert_str_eq(ask(&s, "req.nonsense"), "nil");
    ck_assert_str_eq(ask(&s, "req.headers.nonsense"), "nil");
    ck_assert_str_eq(ask(&s, "req.cookies.nonsense"), "nil");
    ck_assert_str_eq(ask(&s, "req.client.nonsense"), "nil");
    end(&s);
}

TEST(an_empty_query_is_as_good_as_none)
{
    struct shown s;

    begin(&s, "GET /? HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_str_eq(ask(&s, "req.path .. '[' .. req.query .. ']'"), "/[]");
    end(&s);
}

TEST(headers_are_found_in_any_case_of_letters)
{
    struct shown s;

    begin(&s, "GET / HTTP/1.1\r\nHost: a\r\nX-User: Me\r\nempty:\r\n\r\n");
    ck_assert_str_eq(ask(&s, "req.headers['x-user']"), "Me");
    ck_assert_str_eq(ask(&s, "req.headers['X-USER']"), "Me");
    ck_assert_str_eq(ask(&s, "req.headers.empty == ''"), "true");
    ck_assert_str_eq(ask(&s, "req.headers.host"), "a");
    ck_assert_str_eq(ask(&s, "req.headers['x-use']"), "nil");
    end(&s);
}

TEST(repeated_headers_come_joined)
{
    struct shown s;
    char *large = mem_new(20000);
    char bytes[200];

    snprintf(bytes, sizeof bytes,
             "GET / HTTP/1.1\r\nHost: a\r\nX: one\r\nY: -\r\nx: two\r\nX:\r\n\r\n");
    begin(&s, bytes);
    ck_assert_str_eq(ask(&s, "req.headers.x"), "one, two, ");
    memset(large, 'l', 20000);
    head_add(&s.head, FIELD_OTHER, SPAN("X"), (struct span){ large, 20000 });
    ck_assert_str_eq(ask(&s, "#req.headers.x"), "20012");
    mem_free(large);
    end(&s);
}

TEST(headers_come_as_a_list_as_well)
{
    struct shown s;

    begin(&s, "GET / HTTP/1.1\r\nHost: a\r\nX: one, two\r\nY: 1\r\nx: three\r\nX:\r\n\r\n");
    ck_assert_str_eq(ask(&s, "table.concat(req.headers 'x', '|')"), "one, two|three|");
    ck_assert_str_eq(ask(&s, "#req.headers 'Y' .. req.headers('Y')[1]"), "11");
    ck_assert_str_eq(ask(&s, "#req.headers 'z'"), "0");
    ck_assert_str_eq(ask(&s, "pcall(req.headers)"), "false");
    end(&s);
}

TEST(headers_that_end_at_the_proxy_are_not_seen)
{
    struct shown s;

    begin(&s, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: b\r\nUpgrade: c\r\nCookie: id=1\r\n\r\n");
    head_find(&s.head, FIELD_UPGRADE)->gone = true;
    head_find(&s.head, FIELD_UPGRADE)->gone = true;
    s.head.fields[s.head.count - 1].gone = true;
    ck_assert_str_eq(ask(&s, "req.headers.upgrade"), "nil");
    ck_assert_str_eq(ask(&s, "req.cookies.id"), "nil");
    end(&s);
}

TEST(cookies_are_found_by_their_exact_names)
{
    struct shown s;

    begin(&s, "GET / HTTP/1.1\r\nHost: a\r\n"
              "Cookie: id=one; other=\"two=2\";  third = ;bare; ;id=later; =none\r\n"
              "Cookie: more=5; id=last\r\n\r\n");
    ck_assert_str_eq(ask(&s, "req.cookies.id"), "one");
    ck_assert_str_eq(ask(&s, "req.cookies.other"), "\"two=2\"");
    ck_assert_str_eq(ask(&s, "req.cookies.more"), "5");
    ck_assert_str_eq(ask(&s, "req.cookies.bare"), "nil");
    ck_assert_str_eq(ask(&s, "req.cookies.ID"), "nil");
    ck_assert_str_eq(ask(&s, "req.cookies.i"), "nil");
    ck_assert_str_eq(ask(&s, "req.cookies['']"), "none");
    end(&s);
}

TEST(a_cookie_may_be_empty)
{
    struct shown s;

    begin(&s, "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=; b=\r\n\r\n");
    ck_assert_str_eq(ask(&s, "'[' .. req.cookies.a .. req.cookies.b .. ']'"), "[]");
    end(&s);
}

TEST(names_must_be_strings)
{
    static const char *const wrong[] = { "req[{}]", "req.headers[true]", "req.cookies[print]",
                                         "req.client[nil]" };
    struct shown s;

    begin(&s, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_ptr_nonnull(strstr(ask(&s, wrong[i]), "string expected"));
    end(&s);
}

TEST(after_the_call_every_access_is_an_error)
{
    static const char *const kept[] = { "req.method", "req.headers", "req.nonsense",
                                        "h.host",     "c.id",        "cl.ip" };
    struct shown s;

    begin(&s, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    script_text(&s.vm, "h, c, cl = req.headers, req.cookies, req.client");
    ck_assert_str_eq(ask(&s, "h.host"), "a");
    lua_request_leave(&s.request);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        ck_assert_ptr_nonnull(strstr(ask(&s, kept[i]), "can only be used during the call"));
    lua_request_enter(&s.request, &s.visit);
    ck_assert_str_eq(ask(&s, "h.host"), "a");
    end(&s);
}

TEST(nothing_of_a_request_can_be_changed)
{
    static const char *const changes[] = { "req.method = 'PUT'", "req.headers.host = 'b'",
                                           "req.cookies.id = 1", "req.client.ip = ''" };
    struct shown s;

    begin(&s, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        ck_assert_ptr_nonnull(strstr(script_text(&s.vm, changes[i]), "cannot be changed"));
    ck_assert_str_eq(ask(&s, "getmetatable(req) .. getmetatable(req.headers)"), "requestheaders");
    ck_assert_str_eq(ask(&s, "pcall(setmetatable, req, {})"), "false");
    ck_assert_str_eq(ask(&s, "pcall(rawset, req, 'x', 1)"), "false");
    end(&s);
}

TEST(it_is_always_the_same_object)
{
    struct shown s;

    begin(&s, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_str_eq(ask(&s, "req.headers == req.headers and req.client == req.client"), "true");
    end(&s);
}

SUITE(lua_request, a_request_has_its_fields, what_is_not_there_is_nil_or_empty,
      an_empty_query_is_as_good_as_none, headers_are_found_in_any_case_of_letters,
      repeated_headers_come_joined, headers_come_as_a_list_as_well,
      headers_that_end_at_the_proxy_are_not_seen, cookies_are_found_by_their_exact_names,
      a_cookie_may_be_empty, names_must_be_strings, after_the_call_every_access_is_an_error,
      nothing_of_a_request_can_be_changed, it_is_always_the_same_object);
