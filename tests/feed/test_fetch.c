/* HTTP requests of the proxy's own: what becomes of them. */
#include "base/scarce.h"
#include "post.h"
#include "support/test.h"

static const struct saying sayings[] = {
    { "here", "\x7f\0\0\1", NULL, 60, 0 },
    { NULL, NULL, NULL, 0, 0 },
};

/* What the response TEXT comes to: "status body" or why it is none. */
static const char *outcome(const char *text)
{
    static char result[300];
    struct post p;

    post_begin(&p, sayings);
    post_answer(&p, text, strlen(text));
    if (p.why[0] != '\0')
        snprintf(result, sizeof result, "%s", p.why);
    else
        snprintf(result, sizeof result, "%u %s", p.status, p.body);
    post_end(&p);
    return result;
}

TEST(a_response_is_answered_whole)
{
    struct post p;
    const char *response = "HTTP/1.1 201 Made\r\nA: b\r\nContent-Length: 5\r\n\r\nhello";

    post_begin(&p, sayings);
    post_answer(&p, response, strlen(response));
    ck_assert_str_eq(p.why, "");
    ck_assert_uint_eq(p.status, 201);
    ck_assert_str_eq(p.first, "A: b");
    ck_assert_str_eq(p.body, "hello");
    post_end(&p);
}

TEST(a_body_may_come_in_any_framing)
{
    ck_assert_str_eq(outcome("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), "200 hi");
    ck_assert_str_eq(outcome("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n"),
                     "200 hello");
    ck_assert_str_eq(outcome("HTTP/1.0 200 OK\r\n\r\nuntil the end"), "200 until the end");
    ck_assert_str_eq(outcome("HTTP/1.1 204 No\r\n\r\n"), "204 ");
    ck_assert_str_eq(outcome("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "200 ");
}

TEST(what_comes_before_a_response_is_passed_over)
{
    ck_assert_str_eq(outcome("HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Hint\r\nA: b\r\n\r\n"
                             "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
                     "200 hi");
}

TEST(it_is_not_passed_over_for_ever)
{
    char text[2000] = "";

    for (int i = 0; i < 50; i++)
        strcat(text, "HTTP/1.1 103 Hint\r\n\r\n");
    ck_assert_str_eq(outcome(text), "too many interim responses");
}

TEST(what_is_no_response_is_malformed)
{
    ck_assert_str_eq(outcome("220 mail.example ESMTP\r\n\r\n"), "malformed response");
    ck_assert_str_eq(outcome("HTTP/1.1 200 OK\nA: b\n\n"), "malformed response");
    ck_assert_str_eq(outcome("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                     "malformed response");
    ck_assert_str_eq(outcome("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
                     "malformed response");
}

TEST(what_is_cut_is_no_response)
{
    ck_assert_str_eq(outcome(""), "connection closed without a response");
    ck_assert_str_eq(outcome("HTTP/1.1 200 OK\r\nA:"), "connection closed without a response");
    ck_assert_str_eq(outcome("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh"),
                     "connection closed within the response");
    ck_assert_str_eq(outcome("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"),
                     "connection closed within the response");
}

TEST(a_response_may_come_byte_by_byte)
{
    static const char *const responses[] = {
        "HTTP/1.1 103 Hint\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        struct post p;
        int fd;

        post_begin(&p, sayings);
        fd = post_connect(&p);
        for (size_t n = 0; responses[i][n] != '\0'; n++) {
            ck_assert_uint_eq(p.answered, 0);
            ck_assert_int_eq(send(fd, responses[i] + n, 1, 0), 1);
            post_turn(&p);
        }
        TURN_UNTIL(p.time.loop, p.answered > 0);
        ck_assert_str_eq(p.why, "");
        ck_assert_str_eq(p.body, "hello");
        close(fd);
        post_end(&p);
    }
}

TEST(a_response_that_is_cut_anywhere_is_none)
{
    static const char response[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";

    for (size_t len = 0; len < sizeof response - 1; len++) {
        struct post p;

        post_begin(&p, sayings);
        post_answer(&p, response, len);
        ck_assert_ptr_nonnull(strstr(p.why, "connection closed with"));
        post_end(&p);
    }
}

TEST(a_body_may_be_as_long_as_it_was_said_and_no_longer)
{
    static const char *const format[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
    };

    for (size_t i = 0; i < sizeof format / sizeof format[0]; i++) {
        struct post p;

        post_begin(&p, sayings);
        p.ask.most = 5;
        post_answer(&p, format[i], strlen(format[i]));
        ck_assert_str_eq(p.why, "");
        p.ask.most = 4;
        post_answer(&p, format[i], strlen(format[i]));
        ck_assert_str_eq(p.why, "the body of the response is longer than 4 bytes");
        post_end(&p);
    }
}

TEST(a_body_for_which_there_is_no_memory_is_not_collected)
{
    struct post p;

    post_begin(&p, sayings);
    make_memory_short();
    post_answer(&p, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", 43);
    ck_assert_str_eq(p.why, "there is no memory for the response");
    ck_assert(mem_keep_reserve());
    post_end(&p);
}

TEST(a_head_may_not_be_too_large)
{
    struct post p;
    int fd;

    post_begin(&p, sayings);
    fd = post_connect(&p);
    tell(fd, "HTTP/1.1 200 OK\r\nA: ");
    while (p.answered == 0) {
        send(fd, "aaaaaaaaaaaaaaaa", 16, MSG_NOSIGNAL | MSG_DONTWAIT);
        post_turn(&p);
    }
    ck_assert_str_eq(p.why, "the head of the response is too large");
    close(fd);
    post_end(&p);
}

TEST(a_large_body_is_collected)
{
    enum { SIZE = 90000 };
    static char response[SIZE + 100];
    struct post p;
    int len = sprintf(response, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", SIZE);

    memset(response + len, 'x', SIZE);
    post_begin(&p, sayings);
    post_answer(&p, response, (size_t)len + SIZE);
    ck_assert_str_eq(p.why, "");
    ck_assert_uint_eq(p.len, SIZE);
    ck_assert_uint_eq(strspn(p.body, "x"), SIZE);
    post_end(&p);
}

TEST(who_is_too_slow_is_late)
{
    struct post p;
    char byte;
    int fd;

    post_begin(&p, sayings);
    fd = post_connect(&p);
    tell(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell");
    post_turn(&p);
    fake_time_pass(&p.time, 4.9);
    ck_assert_uint_eq(p.answered, 0);
    fake_time_pass(&p.time, 0.2);
    ck_assert_str_eq(p.why, "timed out");
    while (recv(fd, &byte, 1, 0) > 0)
        continue;
    close(fd);
    post_end(&p);
}

TEST(who_refuses_is_told_of)
{
    struct post p;
    struct addr at = nowhere();
    char text[ADDR_TEXT];

    post_begin(&p, sayings);
    addr_print(&at, text);
    sprintf(p.url, "http://%s", text);
    p.ask.url = span_of(p.url);
    if (post_start(&p))
        TURN_UNTIL(p.time.loop, p.answered > 0);
    ck_assert_str_eq(p.why, "connection refused");
    post_end(&p);
}

TEST(a_reset_is_told_of)
{
    struct post p;
    char request[1000];
    int fd;

    post_begin(&p, sayings);
    fd = post_connect(&p);
    post_read(&p, fd, request, sizeof request, "\r\n\r\n");
    tell(fd, "HTTP/1.1 200 OK\r\n\r\nhalf of it");
    post_turn(&p);
    reset(fd);
    TURN_UNTIL(p.time.loop, p.answered > 0);
    ck_assert_str_eq(p.why, "connection reset");
    post_end(&p);
}

TEST(a_host_may_be_a_name)
{
    struct post p;
    char request[1000];
    char expected[200];
    int fd;

    post_begin(&p, sayings);
    sprintf(p.url, "http://here.test:%u/x", addr_port(&p.at));
    p.ask.url = span_of(p.url);
    ck_assert(post_start(&p));
    fd = -1;
    set_nonblocking(p.listener);
    while (fd < 0) {
        post_turn(&p);
        fd = accept(p.listener, NULL, NULL);
    }
    post_read(&p, fd, request, sizeof request, "\r\n\r\n");
    sprintf(expected, "GET /x HTTP/1.1\r\nHost: here.test:%u\r\n", addr_port(&p.at));
    ck_assert_int_eq(strncmp(request, expected, strlen(expected)), 0);
    close(fd);
    post_end(&p);
}

TEST(a_name_that_is_not_found_is_told_of)
{
    struct post p;

    post_begin(&p, sayings);
    p.ask.url = SPAN("http://nobody.test/");
    ck_assert(post_start(&p));
    TURN_UNTIL(p.time.loop, p.answered > 0);
    ck_assert_str_eq(p.why, "host name not found");
    ck_assert(!post_start(&p));
    ck_assert_str_eq(p.why, "host name not found");
    post_end(&p);
}

TEST(a_name_server_that_does_not_answer_makes_it_late)
{
    struct post p;

    post_begin(&p, sayings);
    p.server.silent = true;
    p.ask.url = SPAN("http://here.test/");
    ck_assert(post_start(&p));
    fake_time_pass(&p.time, 5.1);
    ck_assert_str_eq(p.why, "timed out");
    post_end(&p);
}

TEST(lack_of_descriptors_is_told_of)
{
    struct post p;

    post_begin(&p, sayings);
    allow_descriptors(0);
    ck_assert(!post_start(&p));
    ck_assert_str_eq(p.why, "out of file descriptors or memory");
    post_end(&p);
}

TEST(a_descriptor_that_can_be_done_without_is_made_use_of)
{
    struct post p;

    post_begin(&p, sayings);
    allow_descriptors(0);
    p.rooms = 1;
    ck_assert(post_start(&p));
    ck_assert_uint_eq(p.rooms, 0);
    post_end(&p);
}

/* How a request is brought to the point at which it is cancelled. */
static int go_nowhere(struct post *p)
{
    p->server.silent = true;
    p->ask.url = SPAN("http://here.test/");
    ck_assert(post_start(p));
    return -1;
}

static int go_to_connecting(struct post *p)
{
    ck_assert(post_start(p));
    return -1;
}

static int go_to_request(struct post *p)
{
    char request[1000];
    int fd = post_connect(p);

    post_read(p, fd, request, sizeof request, "\r\n\r\n");
    return fd;
}

static int go_to_body(struct post *p)
{
    int fd = go_to_request(p);

    tell(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell");
    post_turn(p);
    return fd;
}

static int go_to_sending(struct post *p)
{
    static char body[8 << 20];
    int fd;

    p->ask.method = SPAN("PUT");
    p->ask.body = (struct span){ body, sizeof body };
    fd = post_connect(p);
    post_turn(p);
    return fd;
}

static int (*const points[])(struct post *p) = { go_nowhere, go_to_connecting, go_to_request,
                                                 go_to_body, go_to_sending };

TEST(it_can_be_cancelled_at_any_moment)
{
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        struct post p;
        int fd;

        post_begin(&p, sayings);
        fd = points[i](&p);
        fetcher_cancel(&p.fetches.fetcher, p.fetch);
        for (int n = 0; n < 3; n++)
            post_turn(&p);
        fake_time_pass(&p.time, 10);
        ck_assert_uint_eq(p.answered, 0);
        ck_assert_uint_eq(p.fetches.held, 0);
        if (fd >= 0)
            close(fd);
        post_end(&p);
    }
}

TEST(the_end_cancels_all)
{
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        struct post p;
        int before = lowest_free();
        int fd;

        post_begin(&p, sayings);
        fd = points[i](&p);
        post_end(&p);
        if (fd >= 0)
            close(fd);
        ck_assert_uint_eq(p.answered, 0);
        ck_assert_int_eq(lowest_free(), before);
    }
}

TEST(a_connection_is_closed_behind_its_response)
{
    struct post p;
    char request[1000];
    char byte;
    int fd;

    post_begin(&p, sayings);
    fd = post_connect(&p);
    post_read(&p, fd, request, sizeof request, "\r\n\r\n");
    tell(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    TURN_UNTIL(p.time.loop, p.answered > 0);
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    close(fd);
    post_end(&p);
}

TEST(what_is_held_for_all_together_is_bounded)
{
    static char body[30 << 20];
    struct post p;

    post_begin(&p, sayings);
    p.ask.method = SPAN("PUT");
    p.ask.body = (struct span){ body, sizeof body };
    ck_assert(post_start(&p) && post_start(&p));
    ck_assert(!post_start(&p));
    ck_assert_str_eq(p.why, "too much is being fetched at once");
    post_end(&p);
}

SUITE(fetch, a_response_is_answered_whole, a_body_may_come_in_any_framing,
      what_comes_before_a_response_is_passed_over, it_is_not_passed_over_for_ever,
      what_is_no_response_is_malformed, what_is_cut_is_no_response,
      a_response_may_come_byte_by_byte, a_response_that_is_cut_anywhere_is_none,
      a_body_may_be_as_long_as_it_was_said_and_no_longer,
      a_body_for_which_there_is_no_memory_is_not_collected, a_head_may_not_be_too_large,
      a_large_body_is_collected, who_is_too_slow_is_late, who_refuses_is_told_of,
      a_reset_is_told_of, a_host_may_be_a_name, a_name_that_is_not_found_is_told_of,
      a_name_server_that_does_not_answer_makes_it_late, lack_of_descriptors_is_told_of,
      a_descriptor_that_can_be_done_without_is_made_use_of, it_can_be_cancelled_at_any_moment,
      the_end_cancels_all, a_connection_is_closed_behind_its_response,
      what_is_held_for_all_together_is_bounded);
