/* HTTP/1 as a side: what comes behind the head of a response that makes a tunnel. */
#include "support/test.h"
#include "talk.h"

#define ASK   "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
#define AGREE "HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"

/* The side of a backend that was asked for WebSocket. */
static void begin_backend(struct talk *t)
{
    talk_begin_backend(t, "GET");
    t->request.upgrade = SPAN("websocket");
}

/* The side of a client that has asked for WebSocket, and has said MORE behind that. */
static void begin_client(struct talk *t, const char *more)
{
    talk_begin_client(t);
    talk_hear(t, SPAN(ASK));
    talk_hear(t, span_of(more));
    talk_read(t, SIZE_MAX);
    ck_assert_str_eq(t->text, "[GET /]$");
    t->text[0] = '\0';
}

static void agree(struct talk *t)
{
    struct head head = {
        .arena = &t->arena, .status = 101, .body = BODY_TUNNEL, .upgrade = SPAN("websocket")
    };
    struct part part = { .kind = PART_HEAD, .head = &head };

    side_write(&t->h1.side, &part);
}

static void write_body(struct talk *t, const char *text, bool last)
{
    struct part part = { .kind = PART_BODY, .last = last, .body = span_of(text) };

    side_write(&t->h1.side, &part);
}

/* Does the far end hear TEXT, and then an end? */
static bool hears_last(struct talk *t, const char *text)
{
    char byte;

    side_arm(&t->h1.side);
    return strcmp(talk_far(t), text) == 0 && recv(t->far, &byte, 1, MSG_DONTWAIT) == 0;
}

TEST(behind_an_agreement_everything_is_passed_on_as_it_is_wherever_it_is_cut)
{
    static const struct span all = SPAN(AGREE "HTTP/1.1 200 OK\r\n\r\n\0");

    for (size_t cut = 0; cut < all.len; cut++) {
        struct talk t;

        begin_backend(&t);
        talk_hear(&t, (struct span){ all.at, cut });
        talk_read(&t, 1 + cut % 7);
        side_arm(&t.h1.side);
        talk_hear(&t, span_skip(all, cut));
        talk_read(&t, 1 + cut % 7);
        ck_assert_str_eq(t.text, "[101]HTTP/1.1 200 OK\r\n\r\n");
        t.s.eof = true;
        talk_read(&t, SIZE_MAX);
        ck_assert_str_eq(t.text, "[101]HTTP/1.1 200 OK\r\n\r\n$");
        talk_end(&t);
    }
}

TEST(an_agreement_that_nobody_has_asked_for_is_none)
{
    struct talk t;

    talk_begin_backend(&t, "GET");
    talk_hear(&t, SPAN(AGREE "more"));
    talk_read(&t, SIZE_MAX);
    ck_assert_str_eq(t.text, "<malformed>");
    ck_assert_str_eq(t.h1.side.why, "101 that nobody asked for");
    talk_end(&t);
}

TEST(success_of_a_connect_makes_a_tunnel_too)
{
    struct talk t;

    talk_begin_backend(&t, "CONNECT");
    talk_hear(&t, SPAN("HTTP/1.1 200 Yes\r\nContent-Length: 2\r\n\r\nthrough"));
    talk_read(&t, SIZE_MAX);
    ck_assert_str_eq(t.text, "[200]through");
    talk_end(&t);

    talk_begin_backend(&t, "CONNECT");
    talk_hear(&t, SPAN("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"));
    talk_read(&t, SIZE_MAX);
    ck_assert_str_eq(t.text, "[403]no$");
    talk_end(&t);
}

TEST(what_a_client_says_is_the_tunnels_once_the_agreement_was_written)
{
    struct talk t;

    begin_client(&t, "early");
    talk_read(&t, SIZE_MAX);
    ck_assert_str_eq(t.text, "");
    ck_assert_uint_eq(buf_len(&t.s.in), 5);
    agree(&t);
    talk_read(&t, SIZE_MAX);
    ck_assert_str_eq(t.text, "early");
    talk_hear(&t, SPAN(" and late"));
    t.s.eof = true;
    talk_read(&t, SIZE_MAX);
    ck_assert_str_eq(t.text, "early and late$");
    talk_end(&t);
}

TEST(what_is_written_to_a_tunnel_has_no_frame_and_its_end_is_said_when_it_has_left)
{
    struct talk t;

    begin_client(&t, "");
    agree(&t);
    write_body(&t, "hello", false);
    write_body(&t, " there", true);
    ck_assert(hears_last(&t, "HTTP/1.1 101 \r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
                             "hello there"));
    talk_end(&t);

    begin_backend(&t);
    talk_hear(&t, SPAN(AGREE));
    talk_read(&t, SIZE_MAX);
    write_body(&t, "hello", false);
    write_body(&t, "", true);
    ck_assert(hears_last(&t, "hello"));
    talk_end(&t);
}

TEST(behind_the_end_there_is_room_when_all_has_left)
{
    struct talk t;

    begin_client(&t, "");
    agree(&t);
    t.s.blocked = true;
    ck_assert_uint_gt(side_room(&t.h1.side), 0);
    write_body(&t, "bye", true);
    ck_assert_uint_eq(side_room(&t.h1.side), 0);
    t.s.blocked = false;
    ck_assert_uint_gt(side_room(&t.h1.side), 0);
    talk_end(&t);
}

TEST(one_way_may_end_long_before_the_other)
{
    struct talk t;

    begin_client(&t, "");
    agree(&t);
    t.s.eof = true;
    talk_read(&t, SIZE_MAX);
    ck_assert_str_eq(t.text, "$");
    ck_assert(!side_is_gone(&t.h1.side));
    write_body(&t, "still here", false);
    side_arm(&t.h1.side);
    ck_assert_ptr_nonnull(strstr(talk_far(&t), "\r\n\r\nstill here"));
    talk_end(&t);
}

TEST(a_reset_is_no_end)
{
    struct talk t;

    begin_client(&t, "");
    agree(&t);
    talk_hear(&t, SPAN("lost"));
    t.s.err = ERR_RESET;
    t.s.eof = true;
    talk_read(&t, SIZE_MAX);
    ck_assert_str_eq(t.text, "lost<connection reset>");
    talk_end(&t);
}

TEST(a_tunnel_is_aborted_if_something_is_missing)
{
    struct talk t;

    begin_client(&t, "");
    ck_assert(!side_h1_must_abort(&t.h1));
    t.s.blocked = true;
    agree(&t);
    ck_assert(side_h1_must_abort(&t.h1));
    t.s.blocked = false;
    side_arm(&t.h1.side);
    ck_assert(!side_h1_must_abort(&t.h1));
    t.h1.side.incomplete = true;
    ck_assert(side_h1_must_abort(&t.h1));
    talk_end(&t);
}

/* ---- Without being looked at ---- */

enum { MUCH = 400000 };

/* Sends SIZE bytes to the far end of T, and reads what of them comes through pipes, and how often
 * something came otherwise, until all have come. The pattern is checked. */
static void pass(struct talk *t, size_t size, size_t *piped, size_t *copied)
{
    static char bytes[MUCH];
    size_t told = 0;

    *piped = *copied = 0;
    memset(bytes, 'x', sizeof bytes);
    while (*piped + *copied < size) {
        ssize_t n = send(t->far, bytes, size - told, MSG_DONTWAIT | MSG_NOSIGNAL);
        struct part part;

        told += n > 0 ? (size_t)n : 0;
        side_arm(&t->h1.side);
        ev_run(t->loop, EVRUN_NOWAIT);
        while (side_read(&t->h1.side, SIZE_MAX, &part) == SIDE_PART) {
            *(part.pipe != NULL ? piped : copied) += part.body.len;
            if (part.pipe != NULL) {
                ck_assert_int_eq(read(part.pipe->ends[0], bytes, part.body.len),
                                 (ssize_t)part.body.len);
                part.pipe->held = 0;
                pipe_give_back(&part.pipe);
            }
        }
    }
}

static void on_wake(void *owner)
{
    (void)owner;
}

TEST(what_comes_faster_than_it_is_read_goes_through_pipes_and_a_little_does_not)
{
    struct talk t;
    struct pipes pipes = { .most = 1 };
    size_t piped;
    size_t copied;

    begin_backend(&t);
    stream_set_owner(&t.s, on_wake, NULL);
    t.h1.pipes = &pipes;
    t.h1.side.gives_pipes = true;
    talk_hear(&t, SPAN(AGREE));
    talk_read(&t, SIZE_MAX);

    pass(&t, 20, &piped, &copied);
    ck_assert_uint_eq(piped, 0);
    pass(&t, MUCH, &piped, &copied);
    ck_assert_uint_gt(piped, MUCH / 4);
    pass(&t, 20, &piped, &copied);
    pass(&t, 20, &piped, &copied);
    ck_assert_uint_eq(piped, 0);

    pass(&t, MUCH, &piped, &copied);
    shutdown(t.far, SHUT_WR);
    t.text[0] = '\0';
    while (t.text[0] == '\0') {
        side_arm(&t.h1.side);
        ev_run(t.loop, EVRUN_ONCE);
        talk_read(&t, SIZE_MAX);
    }
    ck_assert_str_eq(t.text, "$");
    talk_end(&t);
    pipes_fini(&pipes);
}

SUITE(side_h1_tunnel, behind_an_agreement_everything_is_passed_on_as_it_is_wherever_it_is_cut,
      an_agreement_that_nobody_has_asked_for_is_none, success_of_a_connect_makes_a_tunnel_too,
      what_a_client_says_is_the_tunnels_once_the_agreement_was_written,
      what_is_written_to_a_tunnel_has_no_frame_and_its_end_is_said_when_it_has_left,
      behind_the_end_there_is_room_when_all_has_left, one_way_may_end_long_before_the_other,
      a_reset_is_no_end, a_tunnel_is_aborted_if_something_is_missing,
      what_comes_faster_than_it_is_read_goes_through_pipes_and_a_little_does_not);
