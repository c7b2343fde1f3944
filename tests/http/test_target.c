/* What a request is for. */
#include "http/target.h"

#include "support/test.h"

#include <stdio.h>

/* A request of three texts; NULL for no Host. */
struct asking {
    const char *method;
    const char *target;
    const char *host;
};

/* A resolved request. */
struct answer {
    struct arena arena;
    struct head head;
    enum err err;
};

static void resolve(struct answer *answer, struct asking asking, unsigned minor)
{
    struct head *head = &answer->head;

    *answer = (struct answer){ .err = OK };
    head_init(head, &answer->arena, 4);
    head->minor = minor;
    head->method = span_of(asking.method);
    head->target = arena_copy(&answer->arena, span_of(asking.target));
    if (asking.host != NULL)
        head_add(head, FIELD_HOST, SPAN("Host"), span_of(asking.host));
    answer->err = target_resolve(head, NULL);
    ck_assert_int_eq(answer->err == OK, head->why == NULL);
}

static enum err verdict(struct asking asking)
{
    struct answer answer;

    resolve(&answer, asking, 1);
    arena_fini(&answer.arena);
    return answer.err;
}

TEST(a_target_is_forwarded_as_a_path)
{
    static const struct {
        struct asking asking;
        const char *target;
        const char *host;
    } cases[] = {
        { { "GET", "/", "a" }, "/", "a" },
        { { "GET", "/a/b?c=d", "a:80" }, "/a/b?c=d", "a:80" },
        { { "GET", "//a/b", "h" }, "//a/b", "h" },
        { { "GET", "/%2e%2e/%00%zz", "h" }, "/%2e%2e/%00%zz", "h" },
        { { "GET", "/\"<>\\^`{|}", "h" }, "/\"<>\\^`{|}", "h" },
        { { "GET", "/http://b/", "h" }, "/http://b/", "h" },
        { { "OPTIONS", "*", "h" }, "*", "h" },
        { { "OPTIONS", "/", "h" }, "/", "h" },
        { { "GET", "http://b/c?d", "a" }, "/c?d", "b" },
        { { "GET", "HTTP://b:81/", "a" }, "/", "b:81" },
        { { "GET", "http://b", "b" }, "/", "b" },
        { { "GET", "http://b?c=/d", "a" }, "/?c=/d", "b" },
        { { "GET", "http://[::1]:80/x", "a" }, "/x", "[::1]:80" },
        { { "OPTIONS", "http://b", "a" }, "*", "b" },
        { { "OPTIONS", "http://b:80", "a" }, "*", "b:80" },
        { { "OPTIONS", "http://b/", "a" }, "/", "b" },
        { { "OPTIONS", "http://b?c", "a" }, "/?c", "b" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer;

        resolve(&answer, cases[i].asking, 1);
        ck_assert_msg(answer.err == OK, "%s: %s", cases[i].asking.target, answer.head.why);
        ck_assert(span_eq(answer.head.target, span_of(cases[i].target)));
        ck_assert(span_eq(answer.head.host, span_of(cases[i].host)));
        ck_assert(span_eq(head_find(&answer.head, FIELD_HOST)->value, span_of(cases[i].host)));
        ck_assert_uint_eq(answer.head.count, 1);
        arena_fini(&answer.arena);
    }
}

TEST(a_target_of_no_form_is_refused)
{
    static const struct asking cases[] = {
        { "GET", "foo", "a" },    { "GET", "a/b", "a" },    { "GET", "?a", "a" },
        { "GET", "*", "a" },      { "POST", "*", "a" },     { "OPTIONS", "**", "a" },
        { "OPTIONS", "*x", "a" }, { "OPTIONS", "*/", "a" }, { "GET", "a:80", "a" },
        { "GET", "\\", "a" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_int_eq(verdict(cases[i]), ERR_MALFORMED);
}

TEST(a_fragment_is_refused)
{
    ck_assert_int_eq(verdict((struct asking){ "GET", "/a#b", "a" }), ERR_MALFORMED);
    ck_assert_int_eq(verdict((struct asking){ "GET", "/#", "a" }), ERR_MALFORMED);
    ck_assert_int_eq(verdict((struct asking){ "GET", "#", "a" }), ERR_MALFORMED);
    ck_assert_int_eq(verdict((struct asking){ "GET", "http://a/#b", "a" }), ERR_MALFORMED);
    ck_assert_int_eq(verdict((struct asking){ "GET", "http://a#b", "a" }), ERR_MALFORMED);
}

TEST(an_absolute_target_is_http_and_has_an_honest_host)
{
    static const char *const targets[] = {
        "http:",        "http:/",       "http://",       "http:///",     "http:///a",
        "http://?a",    "http:a",       "https://a/",    "gopher://a/",  "ws://a/",
        "://a/",        "http//a/",     "xhttp://a/",    "http://u@a/",  "http://u:p@a/",
        "http://:80/",  "http://a:x/",  "http://a:1:2/", "http://a,b/",  "http://a:65536/",
        "http://a\\b/", "http://a%2f/", "http://[::1/",  "http://[]/",   "http://[::1]x/",
        "http://[a]/",  "http://<a>/",  "http://a;b/",   "http://a&@b/", "http://a\\@b/",
    };

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        enum err err = verdict((struct asking){ "GET", targets[i], "a" });

        ck_assert_msg(err == ERR_MALFORMED, "%s", targets[i]);
    }
}

TEST(connect_and_trace_are_not_served)
{
    ck_assert_int_eq(verdict((struct asking){ "CONNECT", "a:443", "a:443" }), ERR_METHOD);
    ck_assert_int_eq(verdict((struct asking){ "CONNECT", "/", "a" }), ERR_METHOD);
    ck_assert_int_eq(verdict((struct asking){ "TRACE", "/", "a" }), ERR_METHOD);
    ck_assert_int_eq(verdict((struct asking){ "TRACE", "*", "a" }), ERR_METHOD);
}

TEST(methods_nobody_knows_are_served)
{
    ck_assert_int_eq(verdict((struct asking){ "QUERY", "/", "a" }), OK);
    ck_assert_int_eq(verdict((struct asking){ "PROPFIND", "/", "a" }), OK);
    ck_assert_int_eq(verdict((struct asking){ "get", "/", "a" }), OK);
    ck_assert_int_eq(verdict((struct asking){ "connect", "a:443", "a" }), ERR_MALFORMED);
}

TEST(http_1_1_needs_a_host_and_http_1_0_does_not)
{
    struct asking asking = { "GET", "/", NULL };
    struct answer answer;

    ck_assert_int_eq(verdict(asking), ERR_MALFORMED);
    resolve(&answer, asking, 0);
    ck_assert_int_eq(answer.err, OK);
    ck_assert_uint_eq(answer.head.host.len, 0);
    arena_fini(&answer.arena);
}

TEST(an_absolute_target_gives_http_1_0_a_host)
{
    struct answer answer;

    resolve(&answer, (struct asking){ "GET", "http://b/", NULL }, 0);
    ck_assert_int_eq(answer.err, OK);
    ck_assert(span_eq(head_find(&answer.head, FIELD_HOST)->value, SPAN("b")));
    arena_fini(&answer.arena);
}

TEST(two_hosts_are_refused_though_they_are_equal)
{
    for (unsigned minor = 0; minor < 2; minor++) {
        struct arena arena = { .blocks = NULL };
        struct head head;

        head_init(&head, &arena, 4);
        head.minor = minor;
        head.method = SPAN("GET");
        head.target = SPAN("/");
        head_add(&head, FIELD_HOST, SPAN("Host"), SPAN("a"));
        head_add(&head, FIELD_HOST, SPAN("host"), SPAN("a"));
        ck_assert_int_eq(target_resolve(&head, NULL), ERR_MALFORMED);
        arena_fini(&arena);
    }
}

TEST(a_bad_host_is_refused_even_if_the_target_has_a_good_one)
{
    ck_assert_int_eq(verdict((struct asking){ "GET", "/", "a b" }), ERR_MALFORMED);
    ck_assert_int_eq(verdict((struct asking){ "GET", "http://a/", "a b" }), ERR_MALFORMED);
    ck_assert_int_eq(verdict((struct asking){ "GET", "/", "" }), ERR_MALFORMED);
}

TEST(a_host_may_have_a_port)
{
    static const char *const good[] = {
        "a",
        "a:80",
        "a:",
        "a:0",
        "a:65535",
        "a:00080",
        "localhost",
        "example.com.",
        "my_host.example",
        "xn--caf-dma.example",
        "127.0.0.1",
        "127.0.0.1:8080",
        "1",
        "-a-",
        "[::1]",
        "[::1]:",
        "[::1]:80",
        "[2001:DB8::7]:443",
        "[::ffff:10.0.0.1]:1",
        "[fe80:1111:2222:3333:4444:5555:6666:7777]:65535",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ck_assert_msg(target_is_authority(span_of(good[i])), "%s", good[i]);
}

TEST(what_could_be_two_hosts_or_none_is_no_host)
{
    static const char *const bad[] = {
        "",
        ":",
        ":80",
        " a",
        "a ",
        "a b",
        "a\tb",
        "a,b",
        "a, b",
        "a;b",
        "a/b",
        "a?b",
        "a#b",
        "a\\b",
        "a@b",
        "u:p@a",
        "a:b",
        "a:80:81",
        "a:+80",
        "a:-1",
        "a: 80",
        "a:80 ",
        "a:65536",
        "a:99999999999",
        "[",
        "]",
        "[]",
        "[::1",
        "::1",
        "::1]",
        "[::1]80",
        "[::1]:x",
        "[::1]a",
        "[[::1]]",
        "[a]",
        "[abc]",
        "[12]",
        "[1.2.3.4]",
        "[:]",
        "[:::]",
        "[::1::]",
        "[fe80::1%25e]",
        "[v1.a]",
        "a]",
        "a[b]",
        "a%b",
        "a%41",
        "a%00b",
        "caf\xc3\xa9",
        "a\x7f",
        "a\x01",
        "\"a\"",
        "<a>",
        "a|b",
        "a^b",
        "`a`",
        "{a}",
        "a=b",
        "(a)",
        "a\r\nb",
        "http://a",
        "a/",
        "[1:2:3:4:5:6:7:8:9]",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!target_is_authority(span_of(bad[i])), "%s", bad[i]);
    ck_assert(!target_is_authority(SPAN("a\0b")));
    ck_assert(!target_is_authority(SPAN("[::1\0]")));
}

TEST(a_host_has_a_bound)
{
    char text[300];

    for (size_t n = 1; n < sizeof text; n++) {
        memset(text, 'a', n);
        ck_assert_int_eq(target_is_authority((struct span){ text, n }), n <= 261);
    }
}

TEST(a_host_cut_short_is_a_shorter_host_or_none)
{
    static const char whole[] = "[2001:db8::17]:8080";
    static const char shortest[] = "[2001:db8::17]";

    for (size_t n = 0; n < sizeof whole; n++) {
        char *copy = mem_resize(NULL, n + (n == 0));

        memcpy(copy, whole, n);
        ck_assert_int_eq(target_is_authority((struct span){ copy, n }), n >= strlen(shortest));
        mem_free(copy);
    }
}

SUITE(target, a_target_is_forwarded_as_a_path, a_target_of_no_form_is_refused,
      a_fragment_is_refused, an_absolute_target_is_http_and_has_an_honest_host,
      connect_and_trace_are_not_served, methods_nobody_knows_are_served,
      http_1_1_needs_a_host_and_http_1_0_does_not, an_absolute_target_gives_http_1_0_a_host,
      two_hosts_are_refused_though_they_are_equal,
      a_bad_host_is_refused_even_if_the_target_has_a_good_one, a_host_may_have_a_port,
      what_could_be_two_hosts_or_none_is_no_host, a_host_has_a_bound,
      a_host_cut_short_is_a_shorter_host_or_none);
