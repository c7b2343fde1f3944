/* A descriptor with a buffer each way: what it waits for, and what arrives. */
#include "line.h"
#include "support/test.h"

TEST(nothing_is_read_before_it_is_armed)
{
    struct line line;

    line_begin(&line);
    tell(line.far, "hello");
    line_look(&line);
    ck_assert_uint_eq(line.woken, 0);
    ck_assert_uint_eq(buf_len(&line.s.in), 0);
    line_end(&line);
}

TEST(what_arrives_is_read_and_the_owner_woken)
{
    struct line line;

    line_begin(&line);
    stream_arm(&line.s, true);
    tell(line.far, "hello");
    line_turn(&line);
    ck_assert(span_eq(buf_span(&line.s.in), SPAN("hello")));
    ck_assert(!stream_is_over(&line.s));
    line_end(&line);
}

TEST(an_end_is_recorded_and_not_waited_for_again)
{
    struct line line;

    line_begin(&line);
    stream_arm(&line.s, true);
    tell(line.far, "bye");
    shutdown(line.far, SHUT_WR);
    TURN_UNTIL(line.loop, line.s.eof);
    ck_assert(span_eq(buf_span(&line.s.in), SPAN("bye")));
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), 0);
    ck_assert(stream_is_over(&line.s));
    ck_assert_int_eq(line.s.err, OK);
    line_end(&line);
}

TEST(a_reset_is_an_error_and_no_end)
{
    struct line line;

    line_begin(&line);
    stream_arm(&line.s, true);
    reset(line.far);
    TURN_UNTIL(line.loop, line.s.err != OK);
    ck_assert_int_eq(line.s.err, ERR_RESET);
    ck_assert(!line.s.eof);
    ck_assert(stream_is_over(&line.s));
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), 0);
    line.far = -1;
    line_end(&line);
}

TEST(a_full_buffer_stops_the_reading_until_something_is_taken)
{
    static char bytes[200000];
    struct line line;
    int near;
    int far;

    fill_pattern(bytes, sizeof bytes);
    connect_pair(&near, &far);
    set_nonblocking(far);
    line_begin_with(&line, near, far, false);
    for (size_t sent = 0, got = 0; got < sizeof bytes;) {
        ssize_t n = send(far, bytes + sent, sizeof bytes - sent, MSG_NOSIGNAL);
        size_t len;

        sent += n > 0 ? (size_t)n : 0;
        stream_arm(&line.s, true);
        if (buf_room(&line.s.in) > 0 && sent > got + buf_len(&line.s.in)) {
            ck_assert_int_eq(line_waits_for(&line), EV_READ);
            line_turn(&line);
            continue;
        }
        ck_assert_int_eq(line_waits_for(&line), buf_room(&line.s.in) > 0 ? EV_READ : 0);
        len = buf_len(&line.s.in) < 50000 ? buf_len(&line.s.in) : 50000;
        ck_assert_mem_eq(buf_span(&line.s.in).at, bytes + got, len);
        buf_take(&line.s.in, len);
        got += len;
    }
    line_end(&line);
}

TEST(a_full_buffer_is_not_read_into_when_the_event_was_on_its_way)
{
    struct line line;
    size_t size;

    line_begin(&line);
    stream_arm(&line.s, true);
    tell(line.far, "more");
    await(line.s.io.fd);
    buf_space(&line.s.in, &size);
    buf_added(&line.s.in, size);
    line_turn(&line);
    ck_assert_uint_eq(buf_len(&line.s.in), BUF_SIZE);
    ck_assert_int_eq(line.s.err, OK);
    ck_assert(!line.s.eof);
    line_end(&line);
}

TEST(a_stream_that_holds_nothing_borrows_nothing)
{
    struct line line;

    line_begin(&line);
    ck_assert_uint_eq(line.lender.lent, 0);
    stream_arm(&line.s, true);
    tell(line.far, "x");
    line_turn(&line);
    ck_assert_uint_eq(line.lender.lent, 1);
    buf_take(&line.s.in, 1);
    ck_assert_uint_eq(line.lender.lent, 0);
    line_end(&line);
}

/* ---- Connecting ---- */

TEST(while_connecting_only_its_end_is_waited_for_and_writing_waits)
{
    struct line line;
    int near;
    int far;

    connect_pair(&near, &far);
    line_begin_with(&line, near, far, true);
    line_write(&line, "hello");
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), EV_WRITE);
    ck_assert(is_silent(far));

    line_turn(&line);
    ck_assert(!line.s.connecting);
    ck_assert_int_eq(line.s.err, OK);
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), EV_READ);
    line_check_far(&line, "hello", 5);
    line_end(&line);
}

TEST(much_written_while_connecting_is_kept)
{
    static char bytes[50000];
    struct line line;
    struct span much = { bytes, sizeof bytes };
    int near;
    int far;

    fill_pattern(bytes, sizeof bytes);
    connect_pair(&near, &far);
    line_begin_with(&line, near, far, true);
    stream_write(&line.s, &much, 1);
    ck_assert_uint_eq(buf_len(&line.s.out), sizeof bytes);
    stream_arm(&line.s, false);
    line_turn(&line);
    stream_flush(&line.s);
    line_check_far(&line, bytes, sizeof bytes);
    line_end(&line);
}

TEST(a_refused_connection_is_an_error)
{
    struct line line;
    struct addr at = nowhere();
    int near = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    ck_assert_int_lt(connect(near, &at.any, addr_len(&at)), 0);
    line_begin_with(&line, near, -1, true);
    stream_arm(&line.s, false);
    line_turn(&line);
    ck_assert(!line.s.connecting);
    ck_assert_int_eq(line.s.err, ERR_REFUSED);
    line_end(&line);
}

TEST(a_descriptor_that_is_no_socket_cannot_have_connected)
{
    struct line line;
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    line_begin_with(&line, ends[1], ends[0], true);
    stream_arm(&line.s, false);
    line_turn(&line);
    ck_assert_int_eq(line.s.err, ERR_SYSTEM);
    line_end(&line);
}

/* ---- Interest and news ---- */

TEST(interest_follows_what_can_happen)
{
    struct line line;

    line_begin(&line);
    stream_arm(&line.s, false);
    ck_assert_int_eq(line_waits_for(&line), 0);
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), EV_READ);
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), EV_READ);
    kernel.takes = 0;
    line_write(&line, "x");
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), EV_READ | EV_WRITE);
    stream_arm(&line.s, false);
    ck_assert_int_eq(line_waits_for(&line), EV_WRITE);
    line_end(&line);
}

TEST(a_changed_interest_is_what_the_loop_hears_of)
{
    struct line line;

    line_begin(&line);
    stream_arm(&line.s, true);
    line_look(&line);
    stream_arm(&line.s, false);
    tell(line.far, "x");
    await(line.s.io.fd);
    line_look(&line);
    ck_assert_uint_eq(line.woken, 0);
    stream_arm(&line.s, true);
    line_turn(&line);
    ck_assert_uint_eq(buf_len(&line.s.in), 1);
    line_end(&line);
}

TEST(what_has_happened_is_pending_until_the_owner_is_told)
{
    struct line line;

    line_begin(&line);
    stream_arm(&line.s, true);
    ck_assert(!stream_is_pending(&line.s));
    ev_feed_event(line.loop, &line.s.io, EV_READ);
    ck_assert(stream_is_pending(&line.s));
    line_look(&line);
    ck_assert(!stream_is_pending(&line.s));
    line_end(&line);
}

TEST(bytes_an_end_and_an_error_are_news)
{
    struct line line;
    int near;
    int far;

    line_begin(&line);
    ck_assert(!stream_has_news(&line.s));
    tell(line.far, "x");
    await(line.s.io.fd);
    ck_assert(stream_has_news(&line.s));
    line_end(&line);

    line_begin(&line);
    shutdown(line.far, SHUT_WR);
    await(line.s.io.fd);
    ck_assert(stream_has_news(&line.s));
    line_end(&line);

    connect_pair(&near, &far);
    line_begin_with(&line, near, -1, false);
    reset(far);
    await(near);
    ck_assert(stream_has_news(&line.s));
    line_end(&line);
}

SUITE(stream, nothing_is_read_before_it_is_armed, what_arrives_is_read_and_the_owner_woken,
      an_end_is_recorded_and_not_waited_for_again, a_reset_is_an_error_and_no_end,
      a_full_buffer_stops_the_reading_until_something_is_taken,
      a_full_buffer_is_not_read_into_when_the_event_was_on_its_way,
      a_stream_that_holds_nothing_borrows_nothing,
      while_connecting_only_its_end_is_waited_for_and_writing_waits,
      much_written_while_connecting_is_kept, a_refused_connection_is_an_error,
      a_descriptor_that_is_no_socket_cannot_have_connected, interest_follows_what_can_happen,
      a_changed_interest_is_what_the_loop_hears_of,
      what_has_happened_is_pending_until_the_owner_is_told, bytes_an_end_and_an_error_are_news);
