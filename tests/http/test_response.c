/* Heads of responses: what parse_response understands and refuses. */
#include "http/parse.h"

#include "heads.h"
#include "support/test.h"

#include <stdio.h>

/* How a response to METHOD is refused that begins with START, its start line and fields. */
static enum err verdict(const char *start, const char *method)
{
    char text[1024];
    int length = snprintf(text, sizeof text, "%s\r\n", start);

    return heads_response_verdict((struct span){ text, (size_t)length }, method);
}

static enum err verdict_on_line(const char *line)
{
    char text[256];

    snprintf(text, sizeof text, "%s\r\nContent-Length: 0\r\n", line);
    return verdict(text, "GET");
}

static enum err verdict_on_fields(const char *fields)
{
    char text[512];

    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s", fields);
    return verdict(text, "GET");
}

TEST(a_response_is_taken_apart)
{
    struct reading reading;
    const struct head *head = &reading.head;

    heads_read_response(
        &reading,
        SPAN("HTTP/1.1 404 Not \tFound\r\nContent-Length: 5\r\nServer: a b \r\n\r\nhello"), "GET");
    ck_assert_int_eq(reading.err, OK);
    ck_assert_uint_eq(head->status, 404);
    ck_assert(span_eq(head->reason, SPAN("Not \tFound")));
    ck_assert_uint_eq(head->minor, 1);
    ck_assert_uint_eq(head->count, 2);
    ck_assert(span_eq(head->fields[1].value, SPAN("a b")));
    ck_assert_int_eq(head->body, BODY_LENGTH);
    ck_assert_uint_eq(head->length, 5);
    ck_assert(head->persistent);
    heads_free(&reading);
}

TEST(a_reason_may_be_missing_or_say_anything)
{
    static const struct {
        const char *line;
        const char *reason;
    } cases[] = {
        { "HTTP/1.1 200", "" },
        { "HTTP/1.1 200 ", "" },
        { "HTTP/1.1 200 OK", "OK" },
        { "HTTP/1.1 200  two blanks ", " two blanks " },
        { "HTTP/1.1 200 caf\xc3\xa9 \xff", "caf\xc3\xa9 \xff" },
        { "HTTP/1.0 200 \"(){}:", "\"(){}:" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading reading;
        char text[128];
        int length = snprintf(text, sizeof text, "%s\r\n\r\n", cases[i].line);

        heads_read_response(&reading, (struct span){ text, (size_t)length }, "GET");
        ck_assert_int_eq(reading.err, OK);
        ck_assert(span_eq(reading.head.reason, span_of(cases[i].reason)));
        heads_free(&reading);
    }
}

TEST(a_status_has_three_digits_up_to_599)
{
    for (int status = 0; status < 1200; status += 3) {
        char line[32];

        snprintf(line, sizeof line, "HTTP/1.1 %d X", status);
        ck_assert_int_eq(verdict_on_line(line),
                         status >= 100 && status <= 599 ? OK : ERR_MALFORMED);
    }
    ck_assert_int_eq(verdict_on_line("HTTP/1.1 100 X"), OK);
    ck_assert_int_eq(verdict_on_line("HTTP/1.1 599 X"), OK);
    ck_assert_int_eq(verdict_on_line("HTTP/1.1 600 X"), ERR_MALFORMED);
    ck_assert_int_eq(verdict_on_line("HTTP/1.1 0200 X"), ERR_MALFORMED);
    ck_assert_int_eq(verdict_on_line("HTTP/1.1 020 X"), ERR_MALFORMED);
    ck_assert_int_eq(verdict_on_line("HTTP/1.1 00200 X"), ERR_MALFORMED);
}

TEST(a_bad_status_line_is_refused)
{
    static const char *const lines[] = {
        "HTTP/1.1",          "HTTP/1.1 ",        "HTTP/1.1 20",      "HTTP/1.1 20O OK",
        "HTTP/1.1 2 0",      "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK", "HTTP/1.1 200\tOK",
        "HTTP/1.1 -20 OK",   "HTTP/1.1 +20 OK",  "HTTP/1.1 0x2 OK",  "HTTP/1.1 200.1 OK",
        "HTTP/1.1 OK 200",   "ICY 200 OK",       "HTTP/2 200",       "HTTP 200 OK",
        "http/1.1 200 OK",   "HTTP/1.10 200 OK", "HTTP/01.1 200 OK", "HXXP/1.1 200 OK",
        "HTTP/1.1200 OK",    "200 OK",           "<html>",           "GET / HTTP/1.1",
        "HTTP/1.1 200 \x01", "HTTP/1.1 \x01",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ck_assert_msg(verdict_on_line(lines[i]) == ERR_MALFORMED, "%s", lines[i]);
    ck_assert_int_eq(heads_response_verdict(SPAN("HTTP/1.1 200 \0K\r\n\r\n"), "GET"),
                     ERR_MALFORMED);
}

TEST(other_versions_of_a_backend_are_not_supported)
{
    ck_assert_int_eq(verdict_on_line("HTTP/2.0 200 OK"), ERR_VERSION);
    ck_assert_int_eq(verdict_on_line("HTTP/0.9 200 OK"), ERR_VERSION);
    ck_assert_int_eq(verdict_on_line("HTTP/1.2 200 OK"), OK);
    ck_assert_int_eq(verdict_on_line("HTTP/1.0 200 OK"), OK);
}

TEST(a_response_without_a_status_line_is_waited_for_or_refused)
{
    struct reading reading;

    heads_read_response(&reading, SPAN("just text"), "GET");
    ck_assert_int_eq(reading.news, PARSE_WAIT);
    ck_assert_int_eq(heads_response_verdict(SPAN("just text\n"), "GET"), ERR_MALFORMED);
}

TEST(the_fields_of_a_backend_are_read_as_strictly_as_those_of_a_client)
{
    static const char *const fields[] = {
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +1\r\n",
        "Content-Length:\r\n",
        "Content-Length: 9223372036854775808\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding:\r\n",
        "Content-Length : 5\r\n",
        "X Y: 1\r\n",
        ": 1\r\n",
        "X\r\n",
        "X: 1\r\n folded\r\n",
        "X: 1\nY: 2\r\n",
        "X: \x01\r\n",
        "X: 1\rY: 2\r\n",
        "Content_Length: 5\r\n",
        "Connection: Content-Length\r\n",
        "Connection: a b\r\n",
    };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        ck_assert_msg(verdict_on_fields(fields[i]) == ERR_MALFORMED, "%s", fields[i]);
    ck_assert_int_eq(verdict_on_fields("Transfer-Encoding: gzip\r\n"), ERR_CODING);
    ck_assert_int_eq(verdict("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", "GET"),
                     ERR_MALFORMED);
}

TEST(bare_line_feeds_of_a_backend_are_refused)
{
    ck_assert_int_eq(heads_response_verdict(SPAN("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), "GET"),
                     ERR_MALFORMED);
}

/* How the body of a response with STATUS and FIELDS to METHOD is framed. */
static enum body body_of(unsigned status, const char *fields, const char *method)
{
    struct reading reading;
    char text[256];
    int length = snprintf(text, sizeof text, "HTTP/1.1 %u X\r\n%s\r\n", status, fields);

    heads_read_response(&reading, (struct span){ text, (size_t)length }, method);
    ck_assert_int_eq(reading.err, OK);
    heads_free(&reading);
    return reading.head.body;
}

TEST(a_body_is_as_long_as_a_field_or_the_connection_says)
{
    ck_assert_int_eq(body_of(200, "Content-Length: 5\r\n", "GET"), BODY_LENGTH);
    ck_assert_int_eq(body_of(200, "Content-Length: 0\r\n", "GET"), BODY_LENGTH);
    ck_assert_int_eq(body_of(500, "Transfer-Encoding: Chunked\r\n", "POST"), BODY_CHUNKED);
    ck_assert_int_eq(body_of(200, "", "GET"), BODY_UNTIL_CLOSE);
    ck_assert_int_eq(body_of(205, "", "GET"), BODY_UNTIL_CLOSE);
    ck_assert_int_eq(body_of(304, "", "GET"), BODY_NONE);
}

TEST(some_responses_have_no_body_whatever_their_fields_say)
{
    static const char *const fields[] = {
        "",
        "Content-Length: 0\r\n",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
    };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        ck_assert_int_eq(body_of(100, fields[i], "GET"), BODY_NONE);
        ck_assert_int_eq(body_of(102, fields[i], "GET"), BODY_NONE);
        ck_assert_int_eq(body_of(199, fields[i], "POST"), BODY_NONE);
        ck_assert_int_eq(body_of(204, fields[i], "GET"), BODY_NONE);
        ck_assert_int_eq(body_of(304, fields[i], "GET"), BODY_NONE);
        ck_assert_int_eq(body_of(200, fields[i], "HEAD"), BODY_NONE);
        ck_assert_int_eq(body_of(404, fields[i], "HEAD"), BODY_NONE);
    }
}

/* What a client of HTTP/1.1 is told of the framing of a response without a body. */
static bool tells(unsigned status, const char *method, const char *field)
{
    struct reading reading;
    char text[256];
    int length = snprintf(text, sizeof text, "HTTP/1.1 %u X\r\n%s\r\n", status, field);
    bool told;

    heads_read_response(&reading, (struct span){ text, (size_t)length }, method);
    ck_assert_int_eq(reading.err, OK);
    told = strstr(heads_answered(&reading.head, "today", 1, true), field) != NULL;
    heads_free(&reading);
    return told;
}

TEST(only_head_and_304_tell_the_length_of_a_body_that_does_not_come)
{
    ck_assert(tells(200, "HEAD", "Content-Length: 5\r\n"));
    ck_assert(tells(304, "GET", "Content-Length: 5\r\n"));
    ck_assert(!tells(204, "GET", "Content-Length: 5\r\n"));
    ck_assert(!tells(204, "HEAD", "Content-Length: 5\r\n"));
    ck_assert(!tells(100, "GET", "Content-Length: 5\r\n"));
    ck_assert(!tells(200, "HEAD", "Transfer-Encoding: chunked\r\n"));
    ck_assert(!tells(204, "GET", "Transfer-Encoding: chunked\r\n"));
}

TEST(a_backend_is_kept_as_it_says)
{
    static const struct {
        const char *start;
        bool persistent;
    } cases[] = {
        { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", true },
        { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n", false },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", true },
        { "HTTP/1.1 200 OK\r\n", false },
        { "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n", false },
        { "HTTP/1.1 204 X\r\n", true },
        { "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n", false },
        { "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n", true },
        { "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading reading;
        char text[256];
        int length = snprintf(text, sizeof text, "%s\r\n", cases[i].start);

        heads_read_response(&reading, (struct span){ text, (size_t)length }, "GET");
        ck_assert_int_eq(reading.err, OK);
        ck_assert_msg(reading.head.persistent == cases[i].persistent, "%s", text);
        heads_free(&reading);
    }
}

TEST(nobody_is_sent_chunks_who_does_not_know_them)
{
    static const char *const fields[] = { "", "Transfer-Encoding: chunked\r\n" };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        for (unsigned minor = 0; minor < 2; minor++) {
            struct reading reading;
            char text[256];
            int length = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s\r\n", fields[i]);
            const char *told;

            heads_read_response(&reading, (struct span){ text, (size_t)length }, "GET");
            told = heads_answered(&reading.head, "today", minor, minor > 0);
            ck_assert_int_eq(strstr(told, "Transfer-Encoding: chunked\r\n") != NULL, minor > 0);
            ck_assert_int_eq(strstr(told, "Connection: close\r\n") != NULL, minor == 0);
            heads_free(&reading);
        }
    }
}

TEST(a_response_behind_a_1xx_is_read_as_a_head_of_its_own)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
    struct reading reading;

    heads_read_response(&reading, SPAN(text), "GET");
    ck_assert_uint_eq(reading.head.status, 100);
    ck_assert_uint_eq(reading.used, 25);
    heads_free(&reading);
    heads_read_response(&reading, span_skip(SPAN(text), 25), "GET");
    ck_assert_uint_eq(reading.head.status, 200);
    heads_free(&reading);
}

SUITE(response, a_response_is_taken_apart, a_reason_may_be_missing_or_say_anything,
      a_status_has_three_digits_up_to_599, a_bad_status_line_is_refused,
      other_versions_of_a_backend_are_not_supported,
      a_response_without_a_status_line_is_waited_for_or_refused,
      the_fields_of_a_backend_are_read_as_strictly_as_those_of_a_client,
      bare_line_feeds_of_a_backend_are_refused, a_body_is_as_long_as_a_field_or_the_connection_says,
      some_responses_have_no_body_whatever_their_fields_say,
      only_head_and_304_tell_the_length_of_a_body_that_does_not_come, a_backend_is_kept_as_it_says,
      nobody_is_sent_chunks_who_does_not_know_them,
      a_response_behind_a_1xx_is_read_as_a_head_of_its_own);
