/* HTTP/1 as a side: reading. */
#include "support/test.h"
#include "talk.h"

#define HEAD_OF(method) method " /p HTTP/1.1\r\nHost: a\r\n"

/* A message, and what is read of it. */
struct message {
    const char *bytes;
    const char *text;
    const char *method; /* of the request, if this is a response */
    bool closes;        /* the connection ends behind it */
};

static const struct message messages[] = {
    /* requests */
    { HEAD_OF("GET") "\r\n", "[GET /p]$", NULL, false },
    { HEAD_OF("PUT") "Content-Length: 0\r\n\r\n", "[PUT /p]$", NULL, false },
    { HEAD_OF("PUT") "Content-Length: 5\r\n\r\nhello", "[PUT /p]hello$", NULL, false },
    { HEAD_OF(
          "PUT") "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nA: b\r\n\r\n",
      "[PUT /p]hello!$", NULL, false },
    { HEAD_OF("PUT") "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "[PUT /p]$", NULL, false },
    /* responses */
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "[200]hi$", "GET", false },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "[200]hi$",
      "GET", false },
    { "HTTP/1.1 200 OK\r\n\r\nuntil the end", "[200]until the end$", "GET", true },
    { "HTTP/1.0 200 OK\r\n\r\n", "[200]$", "GET", true },
    { "HTTP/1.1 204 No\r\n\r\n", "[204]$", "GET", false },
    { "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", "[304]$", "GET", false },
    { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "[200]$", "HEAD", false },
    { "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 So\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "[100][103][200]$", "GET", false },
    /* what is none */
    { "GET / HTTP/1.1\nHost: a\n\n", "<malformed>", NULL, false },
    { HEAD_OF("PUT") "Content-Length: 1x\r\n\r\n", "<malformed>", NULL, false },
    { HEAD_OF("PUT") "Transfer-Encoding: chunked\r\n\r\n1\r\nhx", "[PUT /p]h<malformed>", NULL,
      false },
    { "HTTP/1.1 101 Up\r\n\r\n", "<malformed>", "GET", false },
    { "\r\nHTTP/1.1 204 No\r\n\r\n", "<malformed>", "GET", false },
    { "SIP/2.0 200 OK\r\n\r\n", "<malformed>", "GET", false },
    /* what ends too early */
    { "", "<connection closed>", NULL, true },
    { "GET / HT", "<connection closed>", NULL, true },
    { HEAD_OF("PUT") "Content-Length: 5\r\n\r\nhell", "[PUT /p]hell<connection closed>", NULL,
      true },
    { HEAD_OF("PUT") "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
      "[PUT /p]hello<connection closed>", NULL, true },
    { "HTTP/1.1 100 Go\r\n\r\n", "[100]<connection closed>", "GET", true },
};

enum { MESSAGES = sizeof messages / sizeof messages[0] };

static void begin(struct talk *t, const struct message *m)
{
    if (m->method == NULL)
        talk_begin_client(t);
    else
        talk_begin_backend(t, m->method);
}

TEST(every_message_is_read_wherever_it_is_cut)
{
    for (int i = 0; i < MESSAGES; i++) {
        struct span all = span_of(messages[i].bytes);

        for (size_t cut = 0; cut <= all.len; cut++) {
            struct talk t;

            begin(&t, &messages[i]);
            talk_hear(&t, (struct span){ all.at, cut });
            talk_read(&t, SIZE_MAX);
            side_arm(&t.h1.side);
            if (strchr(t.text, '<') == NULL) {
                talk_hear(&t, span_skip(all, cut));
                t.s.eof = messages[i].closes;
                talk_read(&t, SIZE_MAX);
            }
            ck_assert_str_eq(t.text, messages[i].text);
            talk_end(&t);
        }
    }
}

TEST(every_message_is_read_however_small_the_pieces_may_be)
{
    for (int i = 0; i < MESSAGES; i++)
        for (size_t max = 1; max < 6; max++) {
            struct talk t;

            begin(&t, &messages[i]);
            talk_hear(&t, span_of(messages[i].bytes));
            t.s.eof = messages[i].closes;
            talk_read(&t, max);
            ck_assert_str_eq(t.text, messages[i].text);
            talk_end(&t);
        }
}

TEST(behind_a_message_the_next_one_is_left_alone)
{
    for (int i = 0; i < MESSAGES; i++) {
        struct talk t;

        if (messages[i].closes || strchr(messages[i].text, '<') != NULL)
            continue;
        begin(&t, &messages[i]);
        talk_hear(&t, span_of(messages[i].bytes));
        talk_hear(&t, SPAN("GET /next"));
        talk_read(&t, SIZE_MAX);
        ck_assert_str_eq(t.text, messages[i].text);
        side_h1_fini(&t.h1);
        ck_assert(span_eq(buf_span(&t.s.in), SPAN("GET /next")));
        talk_end(&t);
    }
}

TEST(a_reset_ends_no_message_not_even_one_until_the_close)
{
    for (int has_ended = 0; has_ended < 2; has_ended++) {
        struct talk t;

        talk_begin_backend(&t, "GET");
        talk_hear(&t, SPAN("HTTP/1.1 200 OK\r\n\r\nuntil"));
        t.s.err = ERR_RESET;
        t.s.eof = has_ended;
        talk_read(&t, SIZE_MAX);
        ck_assert_str_eq(t.text, "[200]until<connection reset>");
        ck_assert_int_eq(t.h1.side.err, ERR_RESET);
        ck_assert_ptr_null(t.h1.side.why);
        talk_end(&t);
    }
}

TEST(what_is_wrong_with_a_message_is_told_as_a_code_too)
{
    static const struct {
        const char *bytes;
        enum err err;
    } cases[] = {
        { HEAD_OF("GET") "A\r\n\r\n", ERR_MALFORMED },
        { "GET / HTTP/2.0\r\n\r\n", ERR_VERSION },
        { HEAD_OF("PUT") "Transfer-Encoding: gzip\r\n\r\n", ERR_CODING },
        { HEAD_OF("CONNECT") "\r\n", ERR_METHOD },
        { HEAD_OF("GET") "Expect: much\r\n\r\n", ERR_EXPECT },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct talk t;

        talk_begin_client(&t);
        talk_hear(&t, span_of(cases[i].bytes));
        talk_read(&t, SIZE_MAX);
        ck_assert_int_eq(t.h1.side.err, cases[i].err);
        ck_assert_ptr_nonnull(t.h1.side.why);
        talk_end(&t);
    }
}

TEST(heads_have_their_limits)
{
    struct talk t;
    char long_line[1100];

    memset(long_line, 'x', sizeof long_line);
    talk_begin_client(&t);
    talk_hear(&t, SPAN("GET /"));
    talk_hear(&t, (struct span){ long_line, sizeof long_line });
    talk_read(&t, SIZE_MAX);
    ck_assert_int_eq(t.h1.side.err, ERR_TARGET_LONG);
    talk_end(&t);

    talk_begin_client(&t);
    talk_hear(&t, SPAN(HEAD_OF("GET") "X: "));
    talk_hear(&t, (struct span){ long_line, sizeof long_line });
    talk_read(&t, SIZE_MAX);
    ck_assert_int_eq(t.h1.side.err, ERR_HEAD_LARGE);
    talk_end(&t);

    talk_begin_client(&t);
    talk_hear(&t, SPAN(HEAD_OF("GET")));
    for (int i = 0; i < 11; i++)
        talk_hear(&t, SPAN("A: b\r\n"));
    talk_read(&t, SIZE_MAX);
    ck_assert_int_eq(t.h1.side.err, ERR_HEAD_LARGE);
    talk_end(&t);
}

TEST(what_comes_before_a_response_has_its_limit)
{
    struct talk t;

    talk_begin_backend(&t, "GET");
    for (int i = 0; i < 16; i++)
        talk_hear(&t, SPAN("HTTP/1.1 102 Wait\r\n\r\n"));
    talk_read(&t, SIZE_MAX);
    ck_assert_ptr_null(strchr(t.text, '<'));
    talk_hear(&t, SPAN("HTTP/1.1 102 Wait\r\n\r\n"));
    talk_read(&t, SIZE_MAX);
    ck_assert_ptr_nonnull(strstr(t.text, "<malformed>"));
    ck_assert_str_eq(t.h1.side.why, "too many 1xx");
    talk_end(&t);
}

TEST(a_piece_stays_valid_until_the_next_is_read)
{
    struct talk t;
    struct part head;
    struct part piece;

    talk_begin_client(&t);
    talk_hear(&t, SPAN(HEAD_OF("PUT") "Content-Length: 6\r\n\r\nfoobar"));
    side_read(&t.h1.side, SIZE_MAX, &head);
    ck_assert_int_eq(side_read(&t.h1.side, 3, &piece), SIDE_PART);
    ck_assert(span_eq(piece.body, SPAN("foo")));
    ck_assert_uint_eq(buf_len(&t.s.in), 6);
    ck_assert_int_eq(side_read(&t.h1.side, 3, &piece), SIDE_PART);
    ck_assert(span_eq(piece.body, SPAN("bar")));
    ck_assert_uint_eq(buf_len(&t.s.in), 3);
    side_arm(&t.h1.side);
    ck_assert_uint_eq(buf_len(&t.s.in), 0);
    talk_end(&t);
}

TEST(a_head_outlives_the_bytes_it_came_from)
{
    struct talk t;
    struct part part;

    talk_begin_client(&t);
    talk_hear(&t, SPAN(HEAD_OF("GET") "X-Name: value\r\n\r\n"));
    ck_assert_int_eq(side_read(&t.h1.side, 0, &part), SIDE_PART);
    ck_assert_uint_eq(t.lender.lent, 0);
    ck_assert(span_eq(part.head->fields[part.head->count - 1].name, SPAN("X-Name")));
    ck_assert(span_eq(part.head->fields[part.head->count - 1].value, SPAN("value")));
    talk_end(&t);
}

TEST(a_side_knows_whether_anything_of_a_message_has_come)
{
    struct talk t;

    talk_begin_backend(&t, "GET");
    talk_read(&t, SIZE_MAX);
    ck_assert(!t.h1.side.begun);
    talk_hear(&t, SPAN("H"));
    talk_read(&t, SIZE_MAX);
    ck_assert(t.h1.side.begun);
    talk_end(&t);
}

TEST(who_has_only_closed_his_half_may_still_listen)
{
    struct talk t;

    talk_begin_client(&t);
    t.s.eof = true;
    ck_assert(!side_is_gone(&t.h1.side));
    t.s.broken = true;
    ck_assert(side_is_gone(&t.h1.side));
    t.s.broken = false;
    t.s.err = ERR_RESET;
    ck_assert(side_is_gone(&t.h1.side));
    talk_end(&t);
}

SUITE(side_h1, every_message_is_read_wherever_it_is_cut,
      every_message_is_read_however_small_the_pieces_may_be,
      behind_a_message_the_next_one_is_left_alone,
      a_reset_ends_no_message_not_even_one_until_the_close,
      what_is_wrong_with_a_message_is_told_as_a_code_too, heads_have_their_limits,
      what_comes_before_a_response_has_its_limit, a_piece_stays_valid_until_the_next_is_read,
      a_head_outlives_the_bytes_it_came_from, a_side_knows_whether_anything_of_a_message_has_come,
      who_has_only_closed_his_half_may_still_listen);
