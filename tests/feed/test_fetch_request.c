/* HTTP requests of the proxy's own: what is sent, and what is not. */
#include "post.h"
#include "support/test.h"

#include "feed/fetch_request.h"

/* The bytes of what ASK asks, or why they may not be sent. */
static const char *print(struct fetcher_ask ask)
{
    static char result[1000];
    struct arena arena = { .blocks = NULL };
    struct span request;
    const char *why;
    struct url url;

    ck_assert_int_eq(url_cut(&url, ask.url, &why), OK);
    request = fetch_request_print(&ask, &url, &arena, &why);
    ck_assert((request.at == NULL) == (why != NULL));
    snprintf(result, sizeof result, "%.*s", SPAN_ARG(why != NULL ? span_of(why) : request));
    arena_fini(&arena);
    return result;
}

/* The same for a GET with one field. */
static const char *print_field(struct span name, struct span value)
{
    struct field field = { .name = name, .value = value };

    return print((struct fetcher_ask){
        .method = SPAN("GET"), .url = SPAN("http://a/"), .fields = &field, .field_count = 1 });
}

#define GET_HEAD "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: luaproxy\r\n"
#define END      "Connection: close\r\n\r\n"

TEST(a_request_is_what_it_must_be)
{
    struct fetcher_ask ask = { .method = SPAN("GET"), .url = SPAN("http://a.example:81/b?c#d") };

    ck_assert_str_eq(print(ask), "GET /b?c HTTP/1.1\r\nHost: a.example:81\r\n"
                                 "User-Agent: luaproxy\r\n" END);
    ask.url = SPAN("http://a?b");
    ck_assert_ptr_nonnull(strstr(print(ask), "GET /?b HTTP/1.1\r\n"));
    ask.url = SPAN("http://[::1]");
    ck_assert_ptr_nonnull(strstr(print(ask), "GET / HTTP/1.1\r\nHost: [::1]\r\n"));
}

TEST(a_body_is_sent_with_its_length)
{
    struct fetcher_ask ask = { .method = SPAN("PUT"),
                               .url = SPAN("http://a"),
                               .body = SPAN("hello") };

    ck_assert_str_eq(print(ask), "PUT / HTTP/1.1\r\nHost: a\r\nUser-Agent: luaproxy\r\n"
                                 "Content-Length: 5\r\n" END "hello");
    ask.body = (struct span){ NULL, 0 };
    ck_assert_ptr_nonnull(strstr(print(ask), "Content-Length: 0\r\n"));
    ask.method = SPAN("DELETE");
    ck_assert_ptr_null(strstr(print(ask), "Content-Length"));
    ask.body = SPAN("");
    ck_assert_ptr_nonnull(strstr(print(ask), "Content-Length: 0\r\n"));
}

TEST(fields_are_added_or_replaced)
{
    ck_assert_str_eq(print_field(SPAN("X-Y"), SPAN(" z\t")), GET_HEAD "X-Y: z\r\n" END);
    ck_assert_str_eq(print_field(SPAN("X-Y"), SPAN("")), GET_HEAD "X-Y: \r\n" END);
    ck_assert_str_eq(print_field(SPAN("hOST"), SPAN("b:1")),
                     "GET / HTTP/1.1\r\nUser-Agent: luaproxy\r\nhOST: b:1\r\n" END);
    ck_assert_str_eq(print_field(SPAN("user-agent"), SPAN("me")),
                     "GET / HTTP/1.1\r\nHost: a\r\nuser-agent: me\r\n" END);
}

TEST(nothing_can_be_smuggled_into_a_head)
{
    static const char name[] = "the name of a header is not one";
    static const char value[] = "the value of a header has control characters";

    ck_assert_str_eq(print_field(SPAN(""), SPAN("x")), name);
    ck_assert_str_eq(print_field(SPAN("Content_Length"), SPAN("5")),
                     "the name of a header looks like another one");
    ck_assert_str_eq(print_field(SPAN("A: b\r\nC"), SPAN("x")), name);
    ck_assert_str_eq(print_field(SPAN("A "), SPAN("x")), name);
    ck_assert_str_eq(print_field(SPAN("A\0"), SPAN("x")), name);
    ck_assert_str_eq(print_field(SPAN("A"), SPAN("x\r\nB: c")), value);
    ck_assert_str_eq(print_field(SPAN("A"), SPAN("x\n")), value);
    ck_assert_str_eq(print_field(SPAN("A"), SPAN("x\0y")), value);
    ck_assert_str_eq(print_field(SPAN("Host"), SPAN("a b")),
                     "the value of Host is not a host name");
}

TEST(what_belongs_to_the_connection_cannot_be_set)
{
    static const char *const names[] = {
        "Content-Length", "transfer-encoding", "Connection", "Keep-Alive", "TE",
        "Trailer",        "Proxy-Connection",  "UPGRADE",    "Expect"
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_str_eq(print_field(span_of(names[i]), SPAN("1")),
                         "a header belongs to the connection: it cannot be set");
}

TEST(there_is_one_host)
{
    const struct field fields[] = { { .name = SPAN("host"), .value = SPAN("b") },
                                    { .name = SPAN("Host"), .value = SPAN("b") } };

    ck_assert_str_eq(
        print((struct fetcher_ask){
            .method = SPAN("GET"), .url = SPAN("http://a/"), .fields = fields, .field_count = 2 }),
        "there is more than one Host");
}

TEST(a_method_is_a_word)
{
    struct fetcher_ask ask = { .url = SPAN("http://a/") };

    ask.method = SPAN("");
    ck_assert_str_eq(print(ask), "the method is not a word");
    ask.method = SPAN("GET /x HTTP/1.1\r\n");
    ck_assert_str_eq(print(ask), "the method is not a word");
    ask.method = SPAN("CONNECT");
    ck_assert_str_eq(print(ask), "the method is not served");
    ask.method = SPAN("head");
    ck_assert_str_eq(print(ask), "the method is not served");
    ask.method = SPAN("LONGERTHANANYMETHODTHATTHEREISNOW");
    ck_assert_str_eq(print(ask), "the method is not served");
    ask.method = SPAN("PURGE");
    ck_assert_ptr_nonnull(strstr(print(ask), "PURGE / HTTP/1.1\r\n"));
}

TEST(the_body_of_a_response_to_head_is_not_waited_for)
{
    static const struct saying nobody = { NULL, NULL, NULL, 0, 0 };
    struct post p;
    char request[1000];
    int fd;

    post_begin(&p, &nobody);
    p.ask.method = SPAN("HEAD");
    fd = post_connect(&p);
    post_read(&p, fd, request, sizeof request, "\r\n\r\n");
    tell(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    TURN_UNTIL(p.time.loop, p.answered > 0);
    ck_assert_str_eq(p.why, "");
    ck_assert_uint_eq(p.status, 200);
    close(fd);
    post_end(&p);
}

TEST(a_large_body_is_sent_as_it_is_taken)
{
    static const struct saying nobody = { NULL, NULL, NULL, 0, 0 };
    enum { SIZE = 3 << 20 };
    static char body[SIZE];
    static char request[SIZE + 1000];
    struct post p;
    int fd;

    memset(body, 'x', SIZE - 1);
    body[SIZE - 1] = '!';
    post_begin(&p, &nobody);
    p.ask.method = SPAN("POST");
    p.ask.body = (struct span){ body, SIZE };
    fd = post_connect(&p);
    post_read(&p, fd, request, sizeof request, "!");
    ck_assert_uint_eq(strspn(strstr(request, "\r\n\r\n") + 4, "x"), SIZE - 1);
    tell(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    TURN_UNTIL(p.time.loop, p.answered > 0);
    ck_assert_str_eq(p.body, "hi");
    close(fd);
    post_end(&p);
}

TEST(an_answer_may_come_before_the_request_is_complete)
{
    static const struct saying nobody = { NULL, NULL, NULL, 0, 0 };
    static char body[8 << 20];
    struct post p;
    int fd;

    post_begin(&p, &nobody);
    p.ask.method = SPAN("POST");
    p.ask.body = (struct span){ body, sizeof body };
    fd = post_connect(&p);
    tell(fd, "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno");
    TURN_UNTIL(p.time.loop, p.answered > 0);
    ck_assert_uint_eq(p.status, 413);
    close(fd);
    post_end(&p);
}

SUITE(fetch_request, a_request_is_what_it_must_be, a_body_is_sent_with_its_length,
      fields_are_added_or_replaced, nothing_can_be_smuggled_into_a_head,
      what_belongs_to_the_connection_cannot_be_set, there_is_one_host, a_method_is_a_word,
      the_body_of_a_response_to_head_is_not_waited_for, a_large_body_is_sent_as_it_is_taken,
      an_answer_may_come_before_the_request_is_complete);
