/* A descriptor with a buffer each way: how it ends. */
#include "line.h"
#include "support/test.h"

TEST(what_is_written_to_somebody_gone_is_dropped)
{
    static char bytes[20000];
    struct line line;
    struct span much = { bytes, sizeof bytes };

    line_begin(&line);
    reset(line.far);
    await(line.s.io.fd);
    line_write(&line, "hello");
    stream_flush(&line.s);
    ck_assert(line.s.broken);
    ck_assert_uint_eq(line.s.sent, 0);
    ck_assert_uint_eq(stream_room(&line.s), BUF_SIZE);
    stream_write(&line.s, &much, 1);
    ck_assert_uint_eq(buf_len(&line.s.out), 0);
    ck_assert_uint_eq(line.lender.lent, 0);
    line.far = -1;
    line_end(&line);
}

TEST(a_write_that_breaks_drops_what_was_gathered_too)
{
    static char bytes[20000];
    struct line line;
    struct span much = { bytes, sizeof bytes };

    line_begin(&line);
    line_write(&line, "hello");
    kernel.error = EPIPE;
    stream_write(&line.s, &much, 1);
    ck_assert(line.s.broken);
    ck_assert_uint_eq(line.lender.lent, 0);
    stream_arm(&line.s, false);
    ck_assert_int_eq(line_waits_for(&line), 0);
    line_end(&line);
}

TEST(somebody_who_hears_nothing_can_still_be_heard)
{
    struct line line;

    line_begin(&line);
    tell(line.far, "last words");
    kernel.error = EPIPE;
    line_write(&line, "hello");
    stream_arm(&line.s, true);
    ck_assert(line.s.broken);
    ck_assert_int_eq(line_waits_for(&line), EV_READ);
    line_turn(&line);
    ck_assert(span_eq(buf_span(&line.s.in), SPAN("last words")));
    line_end(&line);
}

TEST(behind_a_reset_that_writing_has_met_an_end_is_none)
{
    struct line line;

    line_begin(&line);
    kernel.error = ECONNRESET;
    line_write(&line, "hello");
    stream_arm(&line.s, true);
    shutdown(line.far, SHUT_WR);
    line_turn(&line);
    ck_assert(!line.s.eof);
    ck_assert_int_eq(line.s.err, ERR_RESET);
    line_end(&line);
}

TEST(behind_a_close_that_writing_has_met_an_end_is_one)
{
    struct line line;

    line_begin(&line);
    kernel.error = EPIPE;
    line_write(&line, "hello");
    stream_arm(&line.s, true);
    shutdown(line.far, SHUT_WR);
    line_turn(&line);
    ck_assert(line.s.eof);
    ck_assert_int_eq(line.s.err, OK);
    line_end(&line);
}

TEST(a_shutdown_ends_one_way_only)
{
    struct line line;
    char byte;

    line_begin(&line);
    stream_shutdown(&line.s);
    ck_assert_int_eq(recv(line.far, &byte, 1, 0), 0);
    tell(line.far, "still here");
    stream_arm(&line.s, true);
    line_turn(&line);
    ck_assert(span_eq(buf_span(&line.s.in), SPAN("still here")));
    line_end(&line);
}

TEST(closing_drops_what_is_in_the_buffers)
{
    struct line line;
    char byte;

    line_begin(&line);
    stream_arm(&line.s, true);
    tell(line.far, "unread");
    line_turn(&line);
    line_write(&line, "unsent");
    stream_close(&line.s);
    ck_assert_int_eq(recv(line.far, &byte, 1, 0), 0);
    close(line.far);
    line_end_rest(&line);
}

TEST(aborting_is_heard_as_an_error)
{
    struct line line;
    char byte;

    line_begin(&line);
    stream_abort(&line.s);
    ck_assert_int_eq(recv(line.far, &byte, 1, 0), -1);
    ck_assert_int_eq(errno, ECONNRESET);
    close(line.far);
    line_end_rest(&line);
}

TEST(a_closed_stream_is_not_woken_by_what_was_on_its_way)
{
    struct line line;

    line_begin(&line);
    stream_arm(&line.s, true);
    line_look(&line);
    tell(line.far, "late");
    await(line.s.io.fd);
    ev_feed_event(line.loop, &line.s.io, EV_READ);
    stream_close(&line.s);
    line_look(&line);
    ck_assert_uint_eq(line.woken, 0);
    close(line.far);
    line_end_rest(&line);
}

SUITE(stream_end, what_is_written_to_somebody_gone_is_dropped,
      a_write_that_breaks_drops_what_was_gathered_too,
      somebody_who_hears_nothing_can_still_be_heard,
      behind_a_reset_that_writing_has_met_an_end_is_none,
      behind_a_close_that_writing_has_met_an_end_is_one, a_shutdown_ends_one_way_only,
      closing_drops_what_is_in_the_buffers, aborting_is_heard_as_an_error,
      a_closed_stream_is_not_woken_by_what_was_on_its_way);
