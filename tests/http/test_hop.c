/* What ends at this hop, and what is added on the way. */
#include "http/hop.h"

#include "heads.h"
#include "support/test.h"

#include <stdio.h>

#define START "GET / HTTP/1.1\r\nHost: a\r\n"
#define ADDED                                                                                      \
    "Via: 1.1 luaproxy\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Host: a\r\n"                    \
    "X-Forwarded-Proto: http\r\n"
#define DATE "Sat, 31 Jan 2026 12:00:00 GMT"

/* Is a request with FIELDS, from the client 10.0.0.1, told to a backend as EXPECTED? */
static bool request_becomes(const char *fields, const char *expected)
{
    struct reading reading;
    char text[4096];
    int length = snprintf(text, sizeof text, START "%s\r\n", fields);
    const char *sent = "refused";
    bool same;

    heads_read_request(&reading, (struct span){ text, (size_t)length });
    if (reading.err == OK)
        sent = heads_sent(&reading.head, "10.0.0.1");
    same = strcmp(sent, expected) == 0;
    if (!same)
        printf("%s\nis not\n%s", sent, expected);
    heads_free(&reading);
    return same;
}

/* Is a response to GET with FIELDS told to a client of HTTP/1.1 as EXPECTED? */
static bool response_becomes(const char *start, const char *fields, const char *expected)
{
    struct reading reading;
    char text[4096];
    int length = snprintf(text, sizeof text, "%s%s\r\n", start, fields);
    const char *sent = "refused";
    bool same;

    heads_read_response(&reading, (struct span){ text, (size_t)length }, "GET");
    if (reading.err == OK)
        sent = heads_answered(&reading.head, DATE, 1, true);
    same = strcmp(sent, expected) == 0;
    if (!same)
        printf("%s\nis not\n%s", sent, expected);
    heads_free(&reading);
    return same;
}

TEST(a_plain_request_learns_where_it_came_from)
{
    ck_assert(request_becomes("", START ADDED "\r\n"));
}

TEST(other_fields_pass_in_their_order_and_with_their_letters)
{
    ck_assert(request_becomes("aCCept: */*\r\nCookie: a=b\r\ncookie: c=d\r\nX:\r\n", START
                              "aCCept: */*\r\nCookie: a=b\r\ncookie: c=d\r\nX: \r\n" ADDED "\r\n"));
}

TEST(hop_by_hop_fields_end_here)
{
    ck_assert(request_becomes("Connection: keep-alive\r\n"
                              "Keep-Alive: timeout=5\r\n"
                              "Proxy-Connection: keep-alive\r\n"
                              "TE: trailers\r\n"
                              "Trailer: X-Sum\r\n"
                              "Upgrade: h2c\r\n",
                              START ADDED "\r\n"));
}

TEST(fields_named_by_connection_end_here)
{
    ck_assert(request_becomes("Connection: close, X-Secret ,\tX-OTHER\r\n"
                              "X-Secret: 1\r\n"
                              "x-other: 2\r\n"
                              "X-Other: 3\r\n"
                              "X-Open: 4\r\n",
                              START "X-Open: 4\r\n" ADDED "\r\n"));
}

TEST(several_connection_fields_are_one_list)
{
    ck_assert(request_becomes("X-A: 1\r\nConnection: X-A\r\nConnection: ,X-B,\r\nX-B: 2\r\n",
                              START ADDED "\r\n"));
}

TEST(nobody_can_have_removed_what_the_proxy_adds)
{
    ck_assert(request_becomes("Connection: X-Forwarded-For, Via, X-Forwarded-Proto\r\n"
                              "X-Forwarded-For: 1.1.1.1\r\n"
                              "Via: 1.0 a\r\n",
                              START ADDED "\r\n"));
}

TEST(nobody_can_have_removed_host_expectation_or_framing)
{
    static const char *const names[] = { "Host", "content-length", "Transfer-Encoding", "EXPECT" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[128];

        snprintf(text, sizeof text, START "Connection: close, %s\r\n\r\n", names[i]);
        ck_assert_int_eq(heads_request_verdict(span_of(text)), ERR_MALFORMED);
    }
}

TEST(via_tells_the_version_that_came)
{
    struct reading reading;
    const char *sent;

    heads_read_request(&reading, SPAN("GET / HTTP/1.0\r\n\r\n"));
    sent = heads_sent(&reading.head, "::1");
    ck_assert_str_eq(sent, "GET / HTTP/1.1\r\n"
                           "Host: \r\n"
                           "Via: 1.0 luaproxy\r\n"
                           "X-Forwarded-For: ::1\r\n"
                           "X-Forwarded-Proto: http\r\n\r\n");
    heads_free(&reading);
}

TEST(other_proxies_stay_in_via)
{
    ck_assert(request_becomes("Via: 1.0 fred, 1.1 p.example\r\n",
                              START "Via: 1.0 fred, 1.1 p.example\r\n" ADDED "\r\n"));
}

TEST(framing_is_told_anew)
{
    ck_assert(
        request_becomes("content-LENGTH:\t0005 \r\n", START ADDED "Content-Length: 5\r\n\r\n"));
    ck_assert(request_becomes("transfer-encoding:  CHUNKED\r\n",
                              START ADDED "Transfer-Encoding: chunked\r\n\r\n"));
    ck_assert(request_becomes("Content-Length: 0\r\n", START ADDED "Content-Length: 0\r\n\r\n"));
}

TEST(the_host_of_an_absolute_target_is_the_host)
{
    struct reading reading;

    heads_read_request(&reading, SPAN("GET http://b/c HTTP/1.1\r\nHost: a\r\n\r\n"));
    ck_assert_str_eq(heads_sent(&reading.head, "10.0.0.1"), "GET /c HTTP/1.1\r\n"
                                                            "Host: b\r\n"
                                                            "Via: 1.1 luaproxy\r\n"
                                                            "X-Forwarded-For: 10.0.0.1\r\n"
                                                            "X-Forwarded-Host: b\r\n"
                                                            "X-Forwarded-Proto: http\r\n\r\n");
    heads_free(&reading);
}

TEST(the_host_can_be_told_otherwise_and_the_request_stays_as_it_came)
{
    static const char *const starts[] = { START "X: 1\r\nTE: a\r\nX-Forwarded-For: 2.2.2.2\r\n\r\n",
                                          "GET / HTTP/1.0\r\n\r\n" };
    struct addr from = { .v4 = { .sin_family = AF_INET } };
    struct hop hop = { .from = &from };

    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct reading reading;
        struct reading again;
        struct head *onward;

        heads_read_request(&reading, span_of(starts[i]));
        heads_read_request(&again, span_of(starts[i]));
        hop_request(&reading.head, &hop, SPAN("b:9001"));
        onward = hop_request(&reading.head, &hop, SPAN("c:9002"));
        ck_assert(span_eq(head_find(onward, FIELD_HOST)->value, SPAN("c:9002")));
        ck_assert_str_eq(heads_sent(&reading.head, "::1"), heads_sent(&again.head, "::1"));
        ck_assert_uint_eq(reading.head.count, again.head.count);
        heads_free(&reading);
        heads_free(&again);
    }
}

/* What hop_judge says of a request of METHOD with FIELDS. */
static enum hop_news news_of(const char *method, const char *fields)
{
    static const struct config_allow allow = { .trace = true };
    struct arena arena = { .blocks = NULL };
    struct head head;
    char text[4096];
    int length = snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n", method, fields);
    enum hop_news news;

    ck_assert_int_eq(parse_request(&head, &arena, (struct span){ text, (size_t)length }, &allow),
                     OK);
    news = hop_judge(&head);
    arena_fini(&arena);
    return news;
}

TEST(who_has_come_by_five_times_is_going_round_in_circles)
{
    static const char *const loops[] = {
        "Via: 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy\r\n",
        "Via: 1.1 luaproxy\r\nvia: 1.0 luaproxy\r\nVIA: 1.1 luaproxy,1.1 luaproxy\r\n"
        "Via: 1.1 luaproxy\r\n",
        "Via: 1.1\tluaproxy, HTTP/1.1  LuaProxy (a), 2 luaproxy(b), 1.1 x, 1.1 luaproxy (c, d),,"
        "\t1.1 luaproxy ((\\))),\r\n",
    };

    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        ck_assert_int_eq(news_of("GET", loops[i]), HOP_LOOPS);
        ck_assert_int_eq(news_of("OPTIONS", loops[i]), HOP_LOOPS);
    }
}

TEST(other_vias_are_no_loop)
{
    static const char *const others[] = {
        "",
        "Via: 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy\r\n",
        "Via: 1.1 a, 1.1 b, 1.1 c, 1.1 d, 1.1 e, 1.1 f\r\n",
        "Via: 1.1 luaproxy2, 1.1 luaproxy.org, 1.1 luaproxy:80, 1.1 xluaproxy, 1.1 luaprox\r\n",
        "Via: luaproxy, luaproxy, luaproxy, luaproxy, luaproxy, luaproxy\r\n",
        "Via: 1.1 a (, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy)\r\n",
        "Via: 1.1 a luaproxy, 1.1 (b) luaproxy, (c) 1.1 luaproxy, 1.1 d luaproxy, 1.1 e "
        "luaproxy\r\n",
        "Via: 1.1 a (\\), 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy\r\n",
        "X-Via: 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy, 1.1 luaproxy\r\n",
        "Via:\r\nVia: ,,,,,,\r\nVia: (((((((((\r\nVia: )))))\r\nVia: \\\r\nVia: (\\\r\n",
    };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_int_eq(news_of("GET", others[i]), HOP_GOES_ON);
}

TEST(who_may_go_no_further_has_arrived)
{
    static const char *const counted[] = { "OPTIONS", "TRACE" };

    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(news_of(counted[i], ""), HOP_GOES_ON);
        ck_assert_int_eq(news_of(counted[i], "Max-Forwards: 0\r\n"), HOP_ENDS);
        ck_assert_int_eq(news_of(counted[i], "max-forwards: 000\r\n"), HOP_ENDS);
        ck_assert_int_eq(news_of(counted[i], "Max-Forwards: 1\r\n"), HOP_GOES_ON);
        ck_assert_int_eq(news_of(counted[i], "Max-Forwards: 99999999999\r\n"), HOP_GOES_ON);
    }
    ck_assert_int_eq(news_of("GET", "Max-Forwards: 0\r\n"), HOP_GOES_ON);
}

TEST(max_forwards_that_counts_cannot_be_named_away)
{
    struct reading reading;

    heads_read_request(&reading, SPAN("OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n"
                                      "Connection: max-forwards\r\n\r\n"));
    ck_assert_int_eq(hop_judge(&reading.head), HOP_GOES_ON);
    ck_assert_ptr_nonnull(strstr(heads_sent(&reading.head, "::1"), "Max-Forwards: 2\r\n"));
    heads_free(&reading);
}

TEST(max_forwards_is_counted_down)
{
    static const struct {
        const char *came, *goes;
    } cases[] = {
        { "1", "0" },
        { "010", "9" },
        { "4294967295", "4294967294" },
        { "99999999999999999999999999", "4294967294" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading reading;
        char text[200];

        snprintf(text, sizeof text, "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: %s\r\n\r\n",
                 cases[i].came);
        heads_read_request(&reading, span_of(text));
        ck_assert_int_eq(hop_judge(&reading.head), HOP_GOES_ON);
        ck_assert(
            span_eq(head_find(&reading.head, FIELD_MAX_FORWARDS)->value, span_of(cases[i].goes)));
        heads_free(&reading);
    }
}

/* A request with FIELDS for which a script has set NAME to VALUE, instead of what was there, as a
 * backend is told of it. */
static bool set_becomes(const char *fields, const char *name, const char *value,
                        const char *expected)
{
    struct reading reading;
    char text[1000];
    int length = snprintf(text, sizeof text, START "%s\r\n", fields);
    struct span set = span_of(name);
    const char *sent;
    bool same;

    heads_read_request(&reading, (struct span){ text, (size_t)length });
    ck_assert_int_eq(reading.err, OK);
    head_drop(&reading.head, set);
    if (value != NULL)
        head_add(&reading.head, field_identify(set), set, span_of(value))->own = true;
    sent = heads_sent(&reading.head, "10.0.0.1");
    same = strcmp(sent, expected) == 0;
    if (!same)
        printf("%s\nis not\n%s", sent, expected);
    heads_free(&reading);
    return same;
}

TEST(nobody_can_have_removed_what_a_script_sets)
{
    ck_assert(set_becomes("X-User: guest\r\nConnection: x-user, x-other\r\nX-Other: 1\r\n",
                          "X-User", "admin", START "X-User: admin\r\n" ADDED "\r\n"));
    ck_assert(set_becomes("Connection: x-user\r\n", "x-user", "admin",
                          START "x-user: admin\r\n" ADDED "\r\n"));
}

TEST(what_a_script_removes_stays_removed)
{
    ck_assert(set_becomes("X-User: a\r\nx-user: b\r\n", "X-USER", NULL, START ADDED "\r\n"));
    ck_assert(set_becomes("X-Forwarded-For: 6.6.6.6\r\nx-forwarded-for: 7.7.7.7\r\n",
                          "x-forwarded-for", NULL, START ADDED "\r\n"));
}

TEST(a_script_is_believed_about_the_way_to_here)
{
    ck_assert(set_becomes("X-Forwarded-Proto: gopher\r\n", "X-Forwarded-Proto", "https",
                          START "X-Forwarded-Proto: https\r\nVia: 1.1 luaproxy\r\n"
                                "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Host: a\r\n\r\n"));
    ck_assert(set_becomes("", "X-Forwarded-Host", "b",
                          START "X-Forwarded-Host: b\r\nVia: 1.1 luaproxy\r\n"
                                "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: http\r\n\r\n"));
    ck_assert(set_becomes("Forwarded: for=6.6.6.6\r\n", "Forwarded", "for=b",
                          START "Forwarded: for=b\r\n" ADDED "\r\n"));
}

TEST(a_client_stands_last_whatever_a_script_sets)
{
    ck_assert(set_becomes("X-Forwarded-For: 6.6.6.6\r\n", "X-Forwarded-For", "1.1.1.1",
                          START "Via: 1.1 luaproxy\r\nX-Forwarded-For: 1.1.1.1, 10.0.0.1\r\n"
                                "X-Forwarded-Host: a\r\nX-Forwarded-Proto: http\r\n\r\n"));
    ck_assert(set_becomes("Connection: x-forwarded-for\r\n", "X-Forwarded-For", "1.1.1.1",
                          START "Via: 1.1 luaproxy\r\nX-Forwarded-For: 1.1.1.1, 10.0.0.1\r\n"
                                "X-Forwarded-Host: a\r\nX-Forwarded-Proto: http\r\n\r\n"));
}

TEST(a_plain_response_gets_a_date_and_a_via)
{
    ck_assert(response_becomes("HTTP/1.1 200 OK\r\n", "Content-Length: 5\r\nServer: x\r\n",
                               "HTTP/1.1 200 OK\r\n"
                               "Server: x\r\n"
                               "Via: 1.1 luaproxy\r\n"
                               "Date: " DATE "\r\n"
                               "Content-Length: 5\r\n\r\n"));
}

TEST(the_date_of_a_backend_stays)
{
    ck_assert(response_becomes("HTTP/1.0 404 Not Found\r\n", "Date: today\r\nContent-Length: 0\r\n",
                               "HTTP/1.1 404 Not Found\r\n"
                               "Date: today\r\n"
                               "Via: 1.0 luaproxy\r\n"
                               "Content-Length: 0\r\n\r\n"));
}

TEST(a_date_named_by_connection_is_given_anew)
{
    ck_assert(response_becomes("HTTP/1.1 200 OK\r\n",
                               "Date: today\r\nConnection: Date\r\nContent-Length: 0\r\n",
                               "HTTP/1.1 200 OK\r\n"
                               "Via: 1.1 luaproxy\r\n"
                               "Date: " DATE "\r\n"
                               "Content-Length: 0\r\n\r\n"));
}

TEST(hop_by_hop_fields_of_a_response_end_here)
{
    ck_assert(response_becomes("HTTP/1.1 200 OK\r\n",
                               "Connection: close, X-Mine\r\n"
                               "Keep-Alive: timeout=5\r\n"
                               "Proxy-Connection: close\r\n"
                               "Trailer: X-Sum\r\n"
                               "Upgrade: h2\r\n"
                               "X-Mine: 1\r\n"
                               "Set-Cookie: a=b\r\n"
                               "Set-Cookie: c=d\r\n"
                               "Transfer-Encoding: chunked\r\n",
                               "HTTP/1.1 200 OK\r\n"
                               "Set-Cookie: a=b\r\n"
                               "Set-Cookie: c=d\r\n"
                               "Via: 1.1 luaproxy\r\n"
                               "Date: " DATE "\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"));
}

TEST(a_1xx_gets_no_date)
{
    ck_assert(response_becomes("HTTP/1.1 103 Early Hints\r\n", "Link: </a>\r\nConnection: x\r\n",
                               "HTTP/1.1 103 Early Hints\r\n"
                               "Link: </a>\r\n"
                               "Via: 1.1 luaproxy\r\n\r\n"));
}

TEST(the_date_is_copied)
{
    struct reading reading;
    char date[] = DATE;

    heads_read_response(&reading, SPAN("HTTP/1.1 204 No Content\r\n\r\n"), "GET");
    hop_response(&reading.head, span_of(date));
    date[0] = '!';
    ck_assert(span_eq(head_find(&reading.head, FIELD_DATE)->value, SPAN(DATE)));
    heads_free(&reading);
}

SUITE(hop, a_plain_request_learns_where_it_came_from,
      other_fields_pass_in_their_order_and_with_their_letters, hop_by_hop_fields_end_here,
      fields_named_by_connection_end_here, several_connection_fields_are_one_list,
      nobody_can_have_removed_what_the_proxy_adds,
      nobody_can_have_removed_host_expectation_or_framing, via_tells_the_version_that_came,
      other_proxies_stay_in_via, framing_is_told_anew, the_host_of_an_absolute_target_is_the_host,
      the_host_can_be_told_otherwise_and_the_request_stays_as_it_came,
      who_has_come_by_five_times_is_going_round_in_circles, other_vias_are_no_loop,
      who_may_go_no_further_has_arrived, max_forwards_is_counted_down,
      max_forwards_that_counts_cannot_be_named_away, nobody_can_have_removed_what_a_script_sets,
      what_a_script_removes_stays_removed, a_script_is_believed_about_the_way_to_here,
      a_client_stands_last_whatever_a_script_sets, a_plain_response_gets_a_date_and_a_via,
      the_date_of_a_backend_stays, a_date_named_by_connection_is_given_anew,
      hop_by_hop_fields_of_a_response_end_here, a_1xx_gets_no_date, the_date_is_copied);
