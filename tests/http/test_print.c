/* Parts to bytes. */
#include "http/print.h"

#include "conf/config.h"
#include "http/hop.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

/* A head to be printed, and a queue to print it to. */
struct press {
    struct arena arena;
    struct buf_lender lender;
    struct buf out;
    struct head head;
};

static void open_press(struct press *press)
{
    *press = (struct press){ .arena = { .blocks = NULL } };
    buf_init(&press->out, &press->lender);
    head_init(&press->head, &press->arena, 4);
    press->head.method = SPAN("POST");
    press->head.target = SPAN("/a?b");
    press->head.status = 200;
    press->head.reason = SPAN("OK");
    head_add(&press->head, FIELD_HOST, SPAN("Host"), SPAN("a"));
    head_add(&press->head, FIELD_OTHER, SPAN("X-Gone"), SPAN("1"))->gone = true;
    head_add(&press->head, FIELD_OTHER, SPAN("X-Empty"), SPAN(""));
}

static void close_press(struct press *press)
{
    buf_fini(&press->out);
    buf_lender_fini(&press->lender);
    arena_fini(&press->arena);
}

/* Does the queue hold TEXT and nothing else? */
static bool printed(const struct press *press, const char *text)
{
    return span_eq(buf_span(&press->out), span_of(text));
}

TEST(a_request_is_printed_without_the_fields_that_are_gone)
{
    struct press press;

    open_press(&press);
    print_request(&press.out, &press.head);
    ck_assert(printed(&press, "POST /a?b HTTP/1.1\r\nHost: a\r\nX-Empty: \r\n\r\n"));
    close_press(&press);
}

TEST(a_request_tells_how_its_body_is_framed)
{
    static const struct {
        enum body body;
        uint64_t length;
        const char *text;
    } cases[] = {
        { BODY_NONE, 7, "" },
        { BODY_LENGTH, 0, "Content-Length: 0\r\n" },
        { BODY_LENGTH, 5, "Content-Length: 5\r\n" },
        { BODY_LENGTH, INT64_MAX, "Content-Length: 9223372036854775807\r\n" },
        { BODY_LENGTH, UINT64_MAX, "Content-Length: 18446744073709551615\r\n" },
        { BODY_CHUNKED, 0, "Transfer-Encoding: chunked\r\n" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct press press;
        char expected[256];

        open_press(&press);
        press.head.body = cases[i].body;
        press.head.length = cases[i].length;
        snprintf(expected, sizeof expected, "POST /a?b HTTP/1.1\r\nHost: a\r\nX-Empty: \r\n%s\r\n",
                 cases[i].text);
        print_request(&press.out, &press.head);
        ck_assert(printed(&press, expected));
        close_press(&press);
    }
}

/* Does a response with STATUS to HTTP/1.MINOR end with ENDING, behind its fields? */
static bool response_ends(unsigned status, unsigned minor, bool keep, enum body body,
                          const char *ending)
{
    struct press press;
    char expected[256];
    bool same;

    open_press(&press);
    press.head.status = status;
    press.head.length = 5;
    snprintf(expected, sizeof expected, "HTTP/1.1 %u OK\r\nHost: a\r\nX-Empty: \r\n%s\r\n", status,
             ending);
    print_response(&press.out, &press.head, minor, keep, body);
    same = printed(&press, expected);
    close_press(&press);
    return same;
}

TEST(a_response_tells_how_its_body_is_framed)
{
    ck_assert(response_ends(204, 1, true, BODY_NONE, ""));
    ck_assert(response_ends(200, 1, true, BODY_LENGTH, "Content-Length: 5\r\n"));
    ck_assert(response_ends(200, 1, true, BODY_CHUNKED, "Transfer-Encoding: chunked\r\n"));
    ck_assert(response_ends(200, 0, false, BODY_UNTIL_CLOSE, "Connection: close\r\n"));
}

TEST(a_client_is_told_what_it_would_not_expect_of_the_connection)
{
    ck_assert(response_ends(200, 1, true, BODY_NONE, ""));
    ck_assert(response_ends(200, 1, false, BODY_NONE, "Connection: close\r\n"));
    ck_assert(response_ends(200, 0, true, BODY_NONE, "Connection: keep-alive\r\n"));
    ck_assert(response_ends(200, 0, false, BODY_NONE, "Connection: close\r\n"));
}

TEST(a_1xx_says_nothing_about_the_connection)
{
    ck_assert(response_ends(100, 1, false, BODY_NONE, ""));
    ck_assert(response_ends(103, 1, true, BODY_NONE, ""));
}

TEST(a_length_without_a_body_is_told)
{
    struct press press;

    open_press(&press);
    press.head.tells_length = true;
    press.head.length = 1234567890123;
    print_response(&press.out, &press.head, 1, true, BODY_NONE);
    ck_assert(printed(&press, "HTTP/1.1 200 OK\r\nHost: a\r\nX-Empty: \r\n"
                              "Content-Length: 1234567890123\r\n\r\n"));
    close_press(&press);
}

TEST(an_empty_reason_leaves_its_blank)
{
    struct press press;

    open_press(&press);
    press.head.reason = (struct span){ NULL, 0 };
    print_response(&press.out, &press.head, 1, true, BODY_NONE);
    ck_assert(printed(&press, "HTTP/1.1 200 \r\nHost: a\r\nX-Empty: \r\n\r\n"));
    close_press(&press);
}

TEST(fields_that_come_as_they_are_written_are_copied_together)
{
    static const char came[] = "A: 1\r\nB: 2\r\nGone: 3\r\nC:  4\r\nD: 5 \r\nE: \r\nF:6\r\n";
    struct press press;
    const char *at = came;

    open_press(&press);
    while (*at != '\0') {
        const char *colon = strchr(at, ':');
        const char *end = strchr(at, '\r');
        struct span value = span_trim((struct span){ colon + 1, (size_t)(end - colon) - 1 });
        struct field *field =
            head_add(&press.head, FIELD_OTHER, (struct span){ at, (size_t)(colon - at) }, value);

        field->gone = *at == 'G';
        at = end + 2;
    }
    print_request(&press.out, &press.head);
    ck_assert(printed(&press, "POST /a?b HTTP/1.1\r\nHost: a\r\nX-Empty: \r\n"
                              "A: 1\r\nB: 2\r\nC: 4\r\nD: 5\r\nE: \r\nF: 6\r\n\r\n"));
    close_press(&press);
}

TEST(a_head_as_large_as_may_be_read_fits)
{
    static char value[CONFIG_HEAD_MAX / CONFIG_FIELDS_MAX - 4];
    static char authority[261]; /* as long as one may be */
    const struct span host = { authority, sizeof authority };
    struct addr from = { .v6 = { .sin6_family = AF_INET6 } };
    struct hop hop = { &from, true };
    struct press press;

    memset(value, 'v', sizeof value);
    memset(authority, 'a', sizeof authority);
    memset(&from.v6.sin6_addr, 0xff, sizeof from.v6.sin6_addr);
    open_press(&press);
    press.head.host = host;
    head_add(&press.head, FIELD_FORWARDED, SPAN("Forwarded"), SPAN("for=1"));
    while (press.head.count < CONFIG_FIELDS_MAX)
        head_add(&press.head, FIELD_OTHER, SPAN("X"), (struct span){ value, sizeof value });
    print_request(&press.out, hop_request(&press.head, &hop, host));
    ck_assert_uint_gt(buf_len(&press.out), CONFIG_HEAD_MAX + 3 * sizeof authority);
    ck_assert_uint_le(buf_len(&press.out), BUF_SIZE);
    close_press(&press);
}

TEST(a_body_is_framed_as_its_receiver_knows)
{
    static const struct {
        enum body came;
        enum body goes[2]; /* to HTTP/1.0, to HTTP/1.1 */
    } cases[] = {
        { BODY_NONE, { BODY_NONE, BODY_NONE } },
        { BODY_LENGTH, { BODY_LENGTH, BODY_LENGTH } },
        { BODY_CHUNKED, { BODY_UNTIL_CLOSE, BODY_CHUNKED } },
        { BODY_UNTIL_CLOSE, { BODY_UNTIL_CLOSE, BODY_CHUNKED } },
        { BODY_TUNNEL, { BODY_TUNNEL, BODY_TUNNEL } },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned minor = 0; minor < 2; minor++)
            ck_assert_int_eq(print_framing(cases[i].came, minor), cases[i].goes[minor]);
}

TEST(the_size_of_a_chunk_is_printed_in_hex)
{
    static const struct {
        size_t size;
        const char *text;
    } cases[] = {
        { 1, "1\r\n" },         { 9, "9\r\n" },        { 10, "a\r\n" },
        { 15, "f\r\n" },        { 16, "10\r\n" },      { 255, "ff\r\n" },
        { 65536, "10000\r\n" }, { 48879, "beef\r\n" }, { SIZE_MAX, "ffffffffffffffff\r\n" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[PRINT_CHUNK_MAX];

        ck_assert(span_eq(print_chunk_size(text, cases[i].size), span_of(cases[i].text)));
    }
}

TEST(every_size_of_a_chunk_reads_back)
{
    for (size_t size = 1; size < 100000; size += 7) {
        char text[PRINT_CHUNK_MAX + 1] = "";
        char *end;
        struct span line = print_chunk_size(text, size);

        ck_assert_uint_eq(strtoul(line.at, &end, 16), size);
        ck_assert_ptr_eq(end + 2, line.at + line.len);
    }
}

SUITE(print, a_request_is_printed_without_the_fields_that_are_gone,
      a_request_tells_how_its_body_is_framed, a_response_tells_how_its_body_is_framed,
      a_client_is_told_what_it_would_not_expect_of_the_connection,
      a_1xx_says_nothing_about_the_connection, a_length_without_a_body_is_told,
      an_empty_reason_leaves_its_blank, fields_that_come_as_they_are_written_are_copied_together,
      a_head_as_large_as_may_be_read_fits, a_body_is_framed_as_its_receiver_knows,
      the_size_of_a_chunk_is_printed_in_hex, every_size_of_a_chunk_reads_back);
