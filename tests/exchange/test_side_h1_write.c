/* HTTP/1 as a side: writing. */
#include "support/test.h"
#include "talk.h"

/* The head of a request or a response, from its bytes. */
static struct head *head_of(struct talk *t, const char *bytes)
{
    struct head *head = arena_take(&t->arena, sizeof *head);
    static const struct head get = { .method = { "GET", 3 } };
    bool is_response = strncmp(bytes, "HTTP/", 5) == 0;
    enum err err = is_response ? parse_response(head, &t->arena, span_of(bytes), &get)
                               : parse_request(head, &t->arena, span_of(bytes), NULL);

    ck_assert_int_eq(err, OK);
    for (unsigned i = 0; i < head->count; i++)
        if (head->fields[i].id == FIELD_CONTENT_LENGTH ||
            head->fields[i].id == FIELD_TRANSFER_ENCODING)
            head->fields[i].gone = true;
    return head;
}

static void write_head(struct talk *t, const char *bytes, bool last)
{
    struct part part = { PART_HEAD, last, head_of(t, bytes), { NULL, 0 }, NULL };

    ck_assert_uint_gt(side_room(&t->h1.side), 0);
    side_write(&t->h1.side, &part);
}

static void write_body(struct talk *t, const char *bytes, bool last)
{
    struct part part = { PART_BODY, last, NULL, span_of(bytes), NULL };

    ck_assert_uint_ge(side_room(&t->h1.side), part.body.len);
    side_write(&t->h1.side, &part);
}

/* A client that has asked in HTTP/1.MINOR, and whose connection is kept if KEEP. */
static void begin_asked(struct talk *t, unsigned minor, bool keep)
{
    struct part part;

    talk_begin_client(t);
    talk_hear(t, minor == 0 ? SPAN("GET / HTTP/1.0\r\n\r\n")
                            : SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    ck_assert_int_eq(side_read(&t->h1.side, 0, &part), SIDE_PART);
    t->h1.side.keep = keep;
}

/* What leaves, and is still there when the side is armed. */
static const char *sent(struct talk *t)
{
    side_arm(&t->h1.side);
    return talk_far(t);
}

TEST(head_and_body_leave_together)
{
    struct talk t;

    talk_begin_backend(&t, "PUT");
    write_head(&t, "PUT /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", false);
    write_body(&t, "hello", true);
    ck_assert_str_eq(talk_far(&t), "");
    ck_assert_str_eq(sent(&t), "PUT /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    talk_end(&t);
}

TEST(chunks_are_framed_anew)
{
    struct talk t;

    talk_begin_backend(&t, "PUT");
    write_head(&t, "PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", false);
    write_body(&t, "hello, world!!!!", false);
    write_body(&t, "x", false);
    write_body(&t, "", true);
    ck_assert_str_eq(sent(&t), "PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "10\r\nhello, world!!!!\r\n1\r\nx\r\n0\r\n\r\n");
    talk_end(&t);
}

TEST(the_last_chunk_may_come_with_bytes)
{
    struct talk t;

    talk_begin_backend(&t, "PUT");
    write_head(&t, "PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", false);
    write_body(&t, "x", true);
    ck_assert_ptr_nonnull(strstr(sent(&t), "\r\n\r\n1\r\nx\r\n0\r\n\r\n"));
    talk_end(&t);
}

TEST(a_chunked_body_without_a_chunk_is_ended_with_its_head)
{
    struct talk t;

    talk_begin_backend(&t, "PUT");
    write_head(&t, "PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", true);
    ck_assert_ptr_nonnull(strstr(sent(&t), "chunked\r\n\r\n0\r\n\r\n"));
    talk_end(&t);
}

TEST(a_response_says_whether_the_connection_is_kept)
{
    static const struct {
        unsigned minor;
        bool keep;
        const char *line;
    } cases[] = {
        { 1, true, "" },
        { 1, false, "Connection: close\r\n" },
        { 0, true, "Connection: keep-alive\r\n" },
        { 0, false, "Connection: close\r\n" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct talk t;
        char expected[200];

        sprintf(expected, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n%s\r\nhi", cases[i].line);
        begin_asked(&t, cases[i].minor, cases[i].keep);
        write_head(&t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", false);
        write_body(&t, "hi", true);
        ck_assert_str_eq(sent(&t), expected);
        ck_assert_int_eq(t.h1.side.keep, cases[i].keep);
        talk_end(&t);
    }
}

TEST(a_body_until_the_close_becomes_chunks)
{
    struct talk t;

    begin_asked(&t, 1, true);
    write_head(&t, "HTTP/1.0 200 OK\r\n\r\n", false);
    write_body(&t, "hi", false);
    write_body(&t, "", true);
    ck_assert_str_eq(sent(&t), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "2\r\nhi\r\n0\r\n\r\n");
    ck_assert(t.h1.side.keep);
    talk_end(&t);
}

TEST(who_does_not_know_chunks_gets_none_and_is_closed)
{
    struct talk t;

    begin_asked(&t, 0, true);
    write_head(&t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false);
    write_body(&t, "hi", false);
    write_body(&t, " there", false);
    write_body(&t, "", true);
    ck_assert_str_eq(sent(&t), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi there");
    ck_assert(!t.h1.side.keep);
    talk_end(&t);
}

TEST(who_knows_1xx_gets_it_before_the_response)
{
    struct talk t;

    begin_asked(&t, 1, true);
    write_head(&t, "HTTP/1.1 100 Go\r\n\r\n", false);
    write_head(&t, "HTTP/1.1 204 No\r\n\r\n", true);
    ck_assert_str_eq(sent(&t), "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 204 No\r\n\r\n");
    talk_end(&t);
}

TEST(who_does_not_know_1xx_gets_none)
{
    struct talk t;

    begin_asked(&t, 0, false);
    write_head(&t, "HTTP/1.1 100 Go\r\n\r\n", false);
    write_head(&t, "HTTP/1.1 204 No\r\n\r\n", true);
    ck_assert_str_eq(sent(&t), "HTTP/1.1 204 No\r\nConnection: close\r\n\r\n");
    talk_end(&t);
}

TEST(a_head_waits_until_all_before_it_has_left)
{
    struct talk t;
    struct span before = SPAN("the response before");

    begin_asked(&t, 1, true);
    stream_write(&t.s, &before, 1);
    t.s.blocked = true;
    ck_assert_uint_eq(side_room(&t.h1.side), 0);
    t.s.blocked = false;
    ck_assert_uint_eq(side_room(&t.h1.side), BUF_SIZE);
    talk_end(&t);
}

TEST(the_largest_head_fits_an_empty_buffer)
{
    struct talk t;
    struct head *head;
    struct part part = { .kind = PART_HEAD, .last = true };
    char *value = mem_new(49000);

    memset(value, 'x', 49000);
    begin_asked(&t, 1, true);
    head = head_of(&t, "HTTP/1.1 204 No\r\n\r\n");
    head_add(head, FIELD_OTHER, SPAN("X-Large"), (struct span){ value, 49000 });
    part.head = head;
    side_write(&t.h1.side, &part);
    ck_assert_uint_gt(strlen(sent(&t)), 49000);
    mem_free(value);
    talk_end(&t);
}

TEST(a_body_fits_its_room_with_all_that_frames_it)
{
    static char bytes[BUF_SIZE];

    memset(bytes, 'x', sizeof bytes);
    for (size_t size = 1; size < BUF_SIZE; size = size * 3 + 1) {
        struct talk t;
        size_t room;

        begin_asked(&t, 1, true);
        write_head(&t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false);
        t.s.blocked = true;
        while ((room = side_room(&t.h1.side)) > 0) {
            struct part part = {
                PART_BODY, false, NULL, { bytes, size < room ? size : room }, NULL
            };

            part.last = part.body.len == room;
            side_write(&t.h1.side, &part);
        }
        ck_assert_uint_le(buf_len(&t.s.out), BUF_SIZE);
        talk_end(&t);
    }
}

TEST(what_is_written_to_somebody_gone_does_no_harm)
{
    struct talk t;

    begin_asked(&t, 1, true);
    close(t.far);
    t.far = -1;
    write_head(&t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false);
    write_body(&t, "hi", false);
    side_arm(&t.h1.side);
    ck_assert(side_is_gone(&t.h1.side));
    ck_assert_uint_gt(side_room(&t.h1.side), 0);
    write_body(&t, "hi", true);
    ck_assert_uint_eq(buf_len(&t.s.out), 0);
    talk_end(&t);
}

SUITE(side_h1_write, head_and_body_leave_together, chunks_are_framed_anew,
      the_last_chunk_may_come_with_bytes, a_chunked_body_without_a_chunk_is_ended_with_its_head,
      a_response_says_whether_the_connection_is_kept, a_body_until_the_close_becomes_chunks,
      who_does_not_know_chunks_gets_none_and_is_closed, who_knows_1xx_gets_it_before_the_response,
      who_does_not_know_1xx_gets_none, a_head_waits_until_all_before_it_has_left,
      the_largest_head_fits_an_empty_buffer, a_body_fits_its_room_with_all_that_frames_it,
      what_is_written_to_somebody_gone_does_no_harm);
