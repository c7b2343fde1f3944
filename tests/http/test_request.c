/* Heads of requests, read: what parse_request understands. What it refuses is in test_strict.c. */
#include "http/parse.h"

#include "heads.h"
#include "support/test.h"

#include <stdio.h>

/* Reads START, the text of a head without its empty line. It must be fine. */
static void read_fine(struct reading *reading, const char *text)
{
    char whole[4096];
    int length = snprintf(whole, sizeof whole, "%s\r\n", text);

    heads_read_request(reading, (struct span){ whole, (size_t)length });
    ck_assert_msg(reading->news == PARSE_HEAD && reading->err == OK, "%s%s", text, reading->why);
}

TEST(a_request_is_taken_apart)
{
    struct reading reading;
    const struct head *head = &reading.head;

    read_fine(&reading, "PATCH /a/b?c=d HTTP/1.1\r\nHost: example.com:80\r\nX-One:  1 2\t \r\n");
    ck_assert(span_eq(head->method, SPAN("PATCH")));
    ck_assert(span_eq(head->target, SPAN("/a/b?c=d")));
    ck_assert(span_eq(head->host, SPAN("example.com:80")));
    ck_assert_uint_eq(head->minor, 1);
    ck_assert_uint_eq(head->count, 2);
    ck_assert(span_eq(head->fields[0].name, SPAN("Host")));
    ck_assert_int_eq(head->fields[0].id, FIELD_HOST);
    ck_assert(span_eq(head->fields[1].name, SPAN("X-One")));
    ck_assert(span_eq(head->fields[1].value, SPAN("1 2")));
    ck_assert_int_eq(head->fields[1].id, FIELD_OTHER);
    heads_free(&reading);
}

TEST(the_request_of_a_browser_is_understood)
{
    struct reading reading;

    read_fine(
        &reading,
        "GET /search?q=caf%C3%A9&x=%20 HTTP/1.1\r\n"
        "Host: www.example.com\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
        "Accept-Language: en-US,en;q=0.5\r\n"
        "Accept-Encoding: gzip, deflate, br, zstd\r\n"
        "Connection: keep-alive\r\n"
        "Cookie: a=\"b\"; c=d{}; e=f|g\r\n"
        "Upgrade-Insecure-Requests: 1\r\n"
        "Sec-Fetch-Dest: document\r\n"
        "If-None-Match: W/\"67ab43\"\r\n"
        "Priority: u=0, i\r\n");
    ck_assert_uint_eq(reading.head.count, 11);
    ck_assert(reading.head.persistent);
    ck_assert_int_eq(reading.head.body, BODY_NONE);
    heads_free(&reading);
}

TEST(the_requests_of_common_tools_are_understood)
{
    static const char *const texts[] = {
        /* curl, also when it would like HTTP/2 */
        "GET / HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n",
        "GET http://a:80/b HTTP/1.1\r\nHost: a:80\r\nProxy-Connection: Keep-Alive\r\n",
        /* ab, wrk, wget of old */
        "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: 127.0.0.1:80\r\nUser-Agent: "
        "ApacheBench/2.3\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        "GET / HTTP/1.0\r\n",
        /* LWP, Go, Python, gRPC, WebDAV */
        "GET / HTTP/1.1\r\nTE: deflate,gzip;q=0.3\r\nConnection: TE, close\r\nHost: a\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nAccept-Encoding: gzip\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n"
        "Content-Length: 0\r\n",
        "POST /p.S/m HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTrailer: grpc-status\r\n",
        "PROPFIND /dav/ HTTP/1.1\r\nHost: a\r\nDepth: 1\r\n",
        /* A web socket, asked for and not yet served */
        "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct reading reading;

        read_fine(&reading, texts[i]);
        heads_free(&reading);
    }
}

TEST(methods_are_any_token)
{
    static const char *const methods[] = { "GET", "QUERY", "get", "X!#$%&'*+-.^_`|~09" };

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct reading reading;
        char text[64];

        snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: a\r\n", methods[i]);
        read_fine(&reading, text);
        ck_assert(span_eq(reading.head.method, span_of(methods[i])));
        heads_free(&reading);
    }
}

TEST(empty_values_and_odd_names_are_kept)
{
    struct reading reading;

    read_fine(&reading,
              "GET / HTTP/1.1\r\n!#$%&'*+-.^_`|~: 1\r\nX:\r\nY: \t \r\nHost: a\r\nZ:\r\n");
    ck_assert_uint_eq(reading.head.count, 5);
    ck_assert(span_eq(reading.head.fields[0].name, SPAN("!#$%&'*+-.^_`|~")));
    ck_assert(span_eq(reading.head.fields[1].value, SPAN("")));
    ck_assert(span_eq(reading.head.fields[2].value, SPAN("")));
    ck_assert(span_eq(reading.head.fields[4].name, SPAN("Z")));
    ck_assert(span_eq(reading.head.fields[4].value, SPAN("")));
    heads_free(&reading);
}

TEST(a_value_may_hold_colons_quotes_and_bytes_above_ascii)
{
    struct reading reading;

    read_fine(&reading, "GET / HTTP/1.1\r\nHost: a\r\nX::a: \"b\", c\\\r\nY: caf\xc3\xa9 \xff\r\n");
    ck_assert(span_eq(reading.head.fields[1].name, SPAN("X")));
    ck_assert(span_eq(reading.head.fields[1].value, SPAN(":a: \"b\", c\\")));
    ck_assert(span_eq(reading.head.fields[2].value, SPAN("caf\xc3\xa9 \xff")));
    heads_free(&reading);
}

TEST(underscores_are_harmless_where_nothing_is_vouched_for)
{
    struct reading reading;

    read_fine(&reading, "GET / HTTP/1.1\r\nHost: a\r\nX_Api_Key: 1\r\n_: 2\r\n"
                        "a_name_longer_than_any_that_we_would_have_to_compare_it_with: 3\r\n");
    ck_assert_uint_eq(reading.head.count, 4);
    heads_free(&reading);
}

TEST(the_body_is_framed_by_one_field)
{
    static const struct {
        const char *fields;
        enum body body;
        uint64_t length;
    } cases[] = {
        { "", BODY_NONE, 0 },
        { "Content-Length: 0\r\n", BODY_LENGTH, 0 },
        { "Content-Length: 5\r\n", BODY_LENGTH, 5 },
        { "content-length:5\r\n", BODY_LENGTH, 5 },
        { "Content-Length: 5 \r\n", BODY_LENGTH, 5 },
        { "Content-Length: 005\r\n", BODY_LENGTH, 5 },
        { "Content-Length: 4294967301\r\n", BODY_LENGTH, 4294967301 },
        { "Content-Length: 9223372036854775807\r\n", BODY_LENGTH, INT64_MAX },
        { "Transfer-Encoding: chunked\r\n", BODY_CHUNKED, 0 },
        { "Transfer-Encoding: CHUNKED\r\n", BODY_CHUNKED, 0 },
        { "Transfer-Encoding: chunked \r\n", BODY_CHUNKED, 0 },
        { "Transfer-Encoding: \tchunked\t\r\n", BODY_CHUNKED, 0 },
    };
    static const char *const methods[] = { "GET", "HEAD", "DELETE", "OPTIONS", "POST", "X" };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < sizeof methods / sizeof methods[0]; j++) {
            struct reading reading;
            char text[128];

            snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: a\r\n%s", methods[j],
                     cases[i].fields);
            read_fine(&reading, text);
            ck_assert_int_eq(reading.head.body, cases[i].body);
            ck_assert_uint_eq(reading.head.length, cases[i].length);
            heads_free(&reading);
        }
    }
}

TEST(a_connection_is_kept_as_version_and_client_say)
{
    static const struct {
        unsigned minor;
        const char *fields;
        bool persistent;
        bool names_fields;
    } cases[] = {
        { 1, "", true, false },
        { 1, "Connection: keep-alive\r\n", true, false },
        { 1, "Connection: close\r\n", false, false },
        { 1, "Connection: Close\r\n", false, false },
        { 1, "Connection: close\t\r\n", false, false },
        { 1, "Connection: ,, close ,\r\n", false, false },
        { 1, "Connection: x-a, CLOSE\r\n", false, true },
        { 1, "Connection: close, keep-alive\r\n", false, false },
        { 1, "Connection: keep-alive\r\nConnection: close\r\n", false, false },
        { 1, "Connection: closed\r\n", true, true },
        { 1, "Connection:\r\n", true, false },
        { 1, "Proxy-Connection: close\r\n", true, false },
        { 0, "", false, false },
        { 0, "Connection: keep-alive\r\n", true, false },
        { 0, "Connection: Keep-Alive, x\r\n", true, true },
        { 0, "Connection: x\r\nConnection: KEEP-ALIVE\r\n", true, true },
        { 0, "Connection: keep-alive, close\r\n", false, false },
        { 0, "Proxy-Connection: keep-alive\r\n", false, false },
        { 0, "Keep-Alive: timeout=5\r\n", false, false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading reading;
        char text[128];

        snprintf(text, sizeof text, "GET / HTTP/1.%u\r\nHost: a\r\n%s", cases[i].minor,
                 cases[i].fields);
        read_fine(&reading, text);
        ck_assert_msg(reading.head.persistent == cases[i].persistent, "%s", text);
        ck_assert_msg(reading.head.names_fields == cases[i].names_fields, "%s", text);
        heads_free(&reading);
    }
}

TEST(an_expectation_is_passed_on_unless_it_is_empty_or_of_http_1_0)
{
    struct reading reading;

    read_fine(&reading, "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n");
    ck_assert_ptr_nonnull(head_find(&reading.head, FIELD_EXPECT));
    heads_free(&reading);
    read_fine(&reading, "PUT / HTTP/1.1\r\nHost: a\r\nExpect:\r\n");
    ck_assert_ptr_null(head_find(&reading.head, FIELD_EXPECT));
    heads_free(&reading);
    read_fine(&reading, "PUT / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n");
    ck_assert_ptr_null(head_find(&reading.head, FIELD_EXPECT));
    heads_free(&reading);
    read_fine(&reading, "PUT / HTTP/1.0\r\nHost: a\r\nExpect: tea\r\nExpect: milk\r\n");
    ck_assert_ptr_null(head_find(&reading.head, FIELD_EXPECT));
    heads_free(&reading);
}

TEST(a_head_has_room_for_what_is_added_on_the_way)
{
    struct reading reading;

    read_fine(&reading, "GET / HTTP/1.1\r\nHost: a\r\n");
    ck_assert_uint_ge(reading.head.room, reading.head.count + 4);
    heads_free(&reading);
}

TEST(as_many_fields_as_fit_are_read)
{
    static char text[32768];
    struct parse_limits limits = { .head = sizeof text, .fields = 100000 };
    struct reading reading = { .err = OK };
    struct parse parse;
    unsigned fields = 0;
    size_t used = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost:a\r\n");

    for (; used + 6 <= sizeof text; fields++, used += 4)
        memcpy(text + used, "x:\r\n", 4);
    memcpy(text + used, "\r\n", 2);
    parse_begin(&parse);
    ck_assert_int_eq(parse_scan(&parse, (struct span){ text, used + 2 }, &limits, &reading.err),
                     PARSE_HEAD);
    ck_assert_int_eq(parse_request(&reading.head, &reading.arena, (struct span){ text, used + 2 }),
                     OK);
    ck_assert_uint_eq(reading.head.count, fields + 1);
    ck_assert_uint_gt(strlen(heads_sent(&reading.head, "::1")), used);
    heads_free(&reading);
}

SUITE(request, a_request_is_taken_apart, the_request_of_a_browser_is_understood,
      the_requests_of_common_tools_are_understood, methods_are_any_token,
      empty_values_and_odd_names_are_kept, a_value_may_hold_colons_quotes_and_bytes_above_ascii,
      underscores_are_harmless_where_nothing_is_vouched_for, the_body_is_framed_by_one_field,
      a_connection_is_kept_as_version_and_client_say,
      an_expectation_is_passed_on_unless_it_is_empty_or_of_http_1_0,
      a_head_has_room_for_what_is_added_on_the_way, as_many_fields_as_fit_are_read);
