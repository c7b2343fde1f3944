/* A stream when there is no memory for what comes, or for watching it. */
#include "base/scarce.h"
#include "line.h"
#include "support/test.h"

/* A line whose stream is asked to read with RANK though memory is short. */
static void begin(struct line *line, enum stream_rank rank)
{
    line_begin(line);
    line->s.rank = rank;
    make_memory_short();
    stream_arm(&line->s, true);
    tell(line->far, "abc");
    await(line->s.io.fd);
}

static void check_read(struct line *line)
{
    ck_assert(span_eq(buf_span(&line->s.in), SPAN("abc")));
}

TEST(a_body_is_not_read_while_memory_is_short)
{
    struct line line;

    begin(&line, STREAM_BODY);
    line_turn(&line);
    ck_assert_uint_eq(buf_len(&line.s.in), 0);
    ck_assert_uint_eq(line.lender.lent, 0);
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), 0); /* or the loop would spin */

    ck_assert(mem_keep_reserve());
    stream_arm(&line.s, true);
    line_turn(&line);
    check_read(&line);
    line_end(&line);
}

TEST(a_body_goes_on_when_a_block_comes_back)
{
    struct line line;
    struct buf other;

    begin(&line, STREAM_BODY);
    line_turn(&line);
    buf_init(&other, &line.lender);
    buf_append(&other, SPAN("x"));
    buf_fini(&other);
    stream_arm(&line.s, true);
    line_turn(&line);
    check_read(&line);
    line_end(&line);
}

TEST(a_body_of_which_something_is_here_is_read_on)
{
    struct line line;

    line_begin(&line);
    stream_arm(&line.s, true);
    tell(line.far, "ab");
    line_turn(&line);
    line.s.rank = STREAM_BODY;
    make_memory_short();
    tell(line.far, "c");
    line_turn(&line);
    check_read(&line);
    line_end(&line);
}

TEST(heads_are_read_as_long_as_there_are_not_too_many)
{
    enum { LINES = 100 };
    static struct line lines[LINES];
    unsigned count = 0;

    make_memory_short();
    lines[0].lender.grown = 0;
    for (unsigned i = 0; i < LINES; i++) {
        struct line *line = &lines[i];

        line_begin(line);
        line->s.rank = STREAM_HEAD;
        line->s.in.lender = &lines[0].lender; /* all borrow from one */
        stream_arm(&line->s, true);
        tell(line->far, "abc");
        line_turn(line);
        count += buf_len(&line->s.in) == 3;
    }
    ck_assert_uint_gt(count, 10);
    ck_assert_uint_lt(count, 30);
    for (unsigned i = LINES; i-- > 0;)
        line_end(&lines[i]);
}

TEST(whoever_has_no_rank_is_read_in_any_case)
{
    struct line line;

    begin(&line, STREAM_FIRST);
    line.lender.grown = 1000;
    line_turn(&line);
    check_read(&line);
    line_end(&line);
}

/* The kernel could not watch the stream, of which libev tells so. */
static void be_unwatched(struct line *line)
{
    stream_arm(&line->s, true);
    ev_io_stop(line->loop, &line->s.io);
    ev_feed_event(line->loop, &line->s.io, EV_ERROR | EV_READ | EV_WRITE);
    line_look(line);
}

TEST(a_stream_that_cannot_be_watched_has_failed)
{
    struct line line;

    line_begin(&line);
    be_unwatched(&line);
    ck_assert_uint_eq(line.woken, 1);
    ck_assert_int_eq(line.s.err, ERR_EXHAUSTED);
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), 0); /* or it would fail for ever */
    line_end(&line);
}

TEST(so_has_a_connection_that_is_not_made_yet)
{
    struct line line;
    int near, far;

    connect_pair(&near, &far);
    line_begin_with(&line, near, far, true);
    be_unwatched(&line);
    ck_assert(!line.s.connecting);
    ck_assert_int_eq(line.s.err, ERR_EXHAUSTED);
    line_end(&line);
}

SUITE(stream_scarce, a_body_is_not_read_while_memory_is_short,
      a_body_goes_on_when_a_block_comes_back, a_body_of_which_something_is_here_is_read_on,
      heads_are_read_as_long_as_there_are_not_too_many, whoever_has_no_rank_is_read_in_any_case,
      a_stream_that_cannot_be_watched_has_failed, so_has_a_connection_that_is_not_made_yet);
