/* What a hook can change of a request. */
#include "stage.h"
#include "support/test.h"

/* A request with BYTES comes to the hook BODY, which returns nothing. */
static void begin(struct stage *s, struct guest *g, const char *body, const char *bytes)
{
    char rest[1000];

    snprintf(rest, sizeof rest, "request = function(req, ctx) %s end", body);
    stage_begin_plain(s, rest);
    guest_begin(g, s, bytes);
}

static void end(struct stage *s, struct guest *g)
{
    guest_end(g);
    stage_end(s);
}

static bool is(struct span text, const char *expected)
{
    return span_eq(text, span_of(expected));
}

#define GET(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

/* What the target TARGET becomes when BODY has looked at it. */
static void check_target(const char *target, const char *body, const char *expected)
{
    struct stage s;
    struct guest g;
    char bytes[200];

    snprintf(bytes, sizeof bytes, "OPTIONS %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    begin(&s, &g, body, bytes);
    ck_assert_int_eq(guest_request(&g), HOOK_PASSED);
    ck_assert_msg(is(g.request.target, expected), "%s: %.*s", body, SPAN_ARG(g.request.target));
    end(&s, &g);
}

TEST(a_path_and_a_query_can_be_set)
{
    check_target("/a?b", "req.path = '/c'", "/c?b");
    check_target("/a?b", "req.query = 'd=e&f'", "/a?d=e&f");
    check_target("/a?b", "req.query = ''", "/a");
    check_target("/a", "req.query = 'b'", "/a?b");
    check_target("/a?b", "req.path = req.path .. '/' .. req.query", "/a/b?b");
    check_target("/a?", "req.path = '/c'", "/c");
    check_target("/a?b?c", "req.path = '/d'", "/d?b?c");
    check_target("/a?b", "req.query = 'c?d'", "/a?c?d");
    check_target("/%61?%62", "req.path = req.path .. '%63'", "/%61%63?%62");
    check_target("*", "req.path = '/all'", "/all");
    check_target("http://b/a?c", "req.path = '/d'", "/d?c");
    check_target("/a", "req.path = '/b' req.path = req.path .. 'c' req.query = req.path",
                 "/bc?/bc");
}

/* What nobody can ask for. */
static const char *const nonsense[] = {
    "req.path = ''",
    "req.path = 'a'",
    "req.path = '*'",
    "req.path = 'http://b/'",
    "req.path = '/a b'",
    "req.path = '/a?b'",
    "req.path = '/a#b'",
    "req.path = '/a\\0'",
    "req.path = '/a\\r\\nb: c'",
    "req.path = '/\\127'",
    "req.path = '/\\xff'",
    "req.path = nil",
    "req.path = 5",
    "req.path = {}",
    "req.path = '/' .. ('x'):rep(20000)",
    "for i = 1, 3 do req.path = '/' .. ('x'):rep(6000) end",
    "for i = 1, 1e5 do req.query = 'a' end",
    "req.query = 'a b'",
    "req.query = 'a#b'",
    "req.query = '\\n'",
    "req.query = nil",
    "req.query = ('x'):rep(20000)",
    "req.host = ''",
    "req.host = 'a b'",
    "req.host = 'a/b'",
    "req.host = 'u@a'",
    "req.host = 'a:b'",
    "req.host = 'a:65536'",
    "req.host = 'a\\r\\n'",
    "req.host = 'a\\0'",
    "req.host = '[::1'",
    "req.host = ('a'):rep(300)",
    "req.host = nil",
    "req.host = {}",
    "req.method = 'PUT'",
    "req.id = '1'",
    "req.client = {}",
    "req.cookies = {}",
    "req.headers = {}",
    "req.backend = {}",
    "req.nonsense = 1",
    "req[1] = 'x'",
    "req[{}] = 'x'",
    "req.cookies.id = 'x'",
    "req.client.ip = '1.2.3.4'",
    "req.headers.host = 'b'",
};

TEST(what_nobody_can_ask_for_is_an_error)
{
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        struct stage s;
        struct guest g;

        begin(&s, &g, nonsense[i], GET("/a?b"));
        ck_assert_msg(guest_request(&g) == HOOK_FAILED, "%s", nonsense[i]);
        ck_assert_uint_eq(heard_times(&s.heard, "warn   request failed, answered 500"), 1);
        ck_assert(is(g.request.method, "GET") && is(g.request.host, "a"));
        if (strncmp(nonsense[i], "for", 3) != 0)
            ck_assert(is(g.request.target, "/a?b") && g.request.told.len == 0);
        end(&s, &g);
    }
}

TEST(where_a_connect_leads_to_cannot_be_set)
{
    static const char *const cases[] = { "req.path = '/a'", "req.query = 'a'" };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage s;
        struct guest g;

        begin(&s, &g, cases[i], GET("/"));
        g.request.method = SPAN("CONNECT");
        g.request.target = SPAN("b:443");
        ck_assert_int_eq(guest_request(&g), HOOK_FAILED);
        ck_assert(is(g.request.target, "b:443"));
        ck_assert_uint_eq(heard_times(&s.heard, "a CONNECT has neither path nor query"), 1);
        end(&s, &g);
    }
}

TEST(a_message_says_what_cannot_be_set_to_what)
{
    static const char *const cases[][2] = {
        { "req.path = nil", "req.path cannot be set to a nil" },
        { "req.method = 'PUT'", "req.method cannot be set; path, query, host and headers can" },
        { "req.path = 'a'", "a path must begin with /" },
        { "req.query = ' '", "a query must have neither blanks nor #" },
        { "req.host = 'a b'", "\"a b\" is no host" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage s;
        struct guest g;

        begin(&s, &g, cases[i][0], GET("/a?b"));
        guest_request(&g);
        ck_assert_msg(heard_times(&s.heard, cases[i][1]) == 1, "%s", heard_text(&s.heard));
        end(&s, &g);
    }
}

TEST(a_query_of_a_request_for_everything_cannot_be_set)
{
    struct stage s;
    struct guest g;

    begin(&s, &g, "req.query = 'a'", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_int_eq(guest_request(&g), HOOK_FAILED);
    ck_assert(is(g.request.target, "*"));
    end(&s, &g);
}

TEST(a_host_that_is_set_is_told_to_backends_and_what_the_client_said_stays_known)
{
    struct stage s;
    struct guest g;

    begin(&s, &g, "req.host = 'b:81' seen = req.host .. ' ' .. req.headers.host", GET("/"));
    ck_assert_int_eq(guest_request(&g), HOOK_PASSED);
    ck_assert_str_eq(stage_ask(&s, "seen"), "b:81 b:81");
    ck_assert(is(g.request.told, "b:81") && is(g.request.host, "a"));
    end(&s, &g);
}

TEST(a_host_can_be_set_where_there_was_none)
{
    struct stage s;
    struct guest g;

    begin(&s, &g, "req.host = '[::1]:8080' seen = req.host", "GET / HTTP/1.0\r\n\r\n");
    ck_assert_int_eq(guest_request(&g), HOOK_PASSED);
    ck_assert_str_eq(stage_ask(&s, "seen"), "[::1]:8080");
    ck_assert(is(g.request.told, "[::1]:8080") && g.request.host.len == 0);
    end(&s, &g);
}

TEST(headers_of_a_request_can_be_set)
{
    struct stage s;
    struct guest g;

    begin(&s, &g,
          "req.headers['x-user'] = req.method .. req.path req.headers.cookie = 'a=b'"
          " seen = req.cookies.a",
          "GET /p HTTP/1.1\r\nHost: a\r\nX-User: x\r\nCookie: a=c\r\n\r\n");
    ck_assert_int_eq(guest_request(&g), HOOK_PASSED);
    ck_assert_str_eq(stage_field(&g.request, "X-User"), "GET/p");
    ck_assert_str_eq(stage_ask(&s, "seen"), "b");
    end(&s, &g);
}

TEST(only_the_hook_of_requests_can_change_one)
{
    static const char *const changes[] = { "req.path = '/x'", "req.host = 'x'", "req.query = 'x'",
                                           "req.headers.x = 'y'", "req.headers['x-user'] = nil" };

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct stage s;
        struct guest g;
        char rest[200];

        snprintf(rest, sizeof rest, "response = function(res, req) %s end", changes[i]);
        stage_begin_plain(&s, rest);
        guest_begin_get(&g, &s);
        ck_assert_int_eq(guest_response(&g, "HTTP/1.1 200 OK\r\n\r\n", 0), HOOK_FAILED);
        ck_assert_uint_eq(heard_times(&s.heard, "a request cannot be changed here"), 1);
        ck_assert_str_eq(stage_field(&g.request, "X-User"), "me");
        end(&s, &g);
    }
}

SUITE(lua_request_set, a_path_and_a_query_can_be_set, what_nobody_can_ask_for_is_an_error,
      where_a_connect_leads_to_cannot_be_set, a_message_says_what_cannot_be_set_to_what,
      a_query_of_a_request_for_everything_cannot_be_set,
      a_host_that_is_set_is_told_to_backends_and_what_the_client_said_stays_known,
      a_host_can_be_set_where_there_was_none, headers_of_a_request_can_be_set,
      only_the_hook_of_requests_can_change_one);
