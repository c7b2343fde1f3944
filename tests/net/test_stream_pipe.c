/* A descriptor with a buffer each way: what passes without being looked at. */
#include "line.h"
#include "support/test.h"

#include <signal.h>

/* A line whose bytes are left with the kernel, and a pipe to fetch them with. */
static struct pipe *begin(struct line *line, struct pipes *pipes)
{
    *pipes = (struct pipes){ .most = 1 };
    line_begin(line);
    stream_leave(&line->s, true);
    stream_arm(&line->s, true);
    return pipe_borrow(pipes);
}

static void end(struct line *line, struct pipes *pipes, struct pipe *pipe)
{
    if (pipe != NULL)
        pipe_give_back(&pipe);
    line_end(line);
    pipes_fini(pipes);
}

TEST(what_is_left_with_the_kernel_is_fetched)
{
    struct line line;
    struct pipes pipes;
    struct pipe *pipe = begin(&line, &pipes);

    ck_assert_uint_eq(stream_fetch(&line.s, pipe, 100), 0);
    tell(line.far, "hello");
    line_turn(&line);
    ck_assert_uint_eq(buf_len(&line.s.in), 0);
    ck_assert(line.s.ready);
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), 0);
    ck_assert_uint_eq(stream_fetch(&line.s, pipe, 100), 5);
    ck_assert(!line.s.ready);
    stream_arm(&line.s, true);
    ck_assert_int_eq(line_waits_for(&line), EV_READ);
    end(&line, &pipes, pipe);
}

TEST(what_is_not_fetched_is_read_when_it_is_left_no_more)
{
    struct line line;
    struct pipes pipes;
    struct pipe *pipe = begin(&line, &pipes);

    tell(line.far, "hello");
    line_turn(&line);
    ck_assert_uint_eq(stream_fetch(&line.s, pipe, 2), 2);
    ck_assert(line.s.ready);
    stream_leave(&line.s, false);
    stream_arm(&line.s, true);
    line_turn(&line);
    ck_assert(span_eq(buf_span(&line.s.in), SPAN("llo")));
    end(&line, &pipes, pipe);
}

TEST(an_end_and_a_reset_are_noticed_when_they_are_fetched)
{
    struct line line;
    struct pipes pipes;
    struct pipe *pipe = begin(&line, &pipes);

    shutdown(line.far, SHUT_WR);
    line_turn(&line);
    ck_assert(!line.s.eof);
    ck_assert_uint_eq(stream_fetch(&line.s, pipe, 100), 0);
    ck_assert(line.s.eof);
    end(&line, &pipes, pipe);

    pipe = begin(&line, &pipes);
    reset(line.far);
    line.far = -1;
    line_turn(&line);
    ck_assert_uint_eq(stream_fetch(&line.s, pipe, 100), 0);
    ck_assert_int_eq(line.s.err, ERR_RESET);
    end(&line, &pipes, pipe);
}

/* Fills PIPE with SIZE bytes at BYTES. */
static void fill(struct pipe *pipe, const char *bytes, size_t size)
{
    ck_assert_int_eq(write(pipe->ends[1], bytes, size), (ssize_t)size);
    pipe->held = size;
}

TEST(what_is_in_a_pipe_leaves_behind_what_was_written_before)
{
    struct line line;
    struct pipes pipes;
    struct pipe *pipe = begin(&line, &pipes);

    line_write(&line, "head ");
    fill(pipe, "body", 4);
    stream_write_pipe(&line.s, &pipe);
    ck_assert_ptr_null(pipe);
    ck_assert_uint_eq(stream_unsent(&line.s), 0);
    ck_assert_uint_eq(pipes.lent, 0);
    ck_assert_uint_eq(line.s.sent, 9);
    line_check_far(&line, "head body", 9);
    end(&line, &pipes, NULL);
}

TEST(there_is_no_room_until_a_pipe_is_empty)
{
    static char bytes[60000];
    struct line line;
    struct pipes pipes;
    struct pipe *pipe = begin(&line, &pipes);
    size_t sent = 0;

    fill_pattern(bytes, sizeof bytes);
    while (stream_room(&line.s) >= sizeof bytes) {
        struct span piece = { bytes, sizeof bytes };

        stream_write(&line.s, &piece, 1);
        sent += sizeof bytes;
    }
    fill(pipe, "end", 3);
    stream_write_pipe(&line.s, &pipe);
    ck_assert_uint_eq(stream_room(&line.s), 0);
    ck_assert_uint_ge(stream_unsent(&line.s), 3);
    stream_arm(&line.s, false);
    ck_assert_int_eq(line_waits_for(&line), EV_WRITE);
    while (stream_unsent(&line.s) > 0) {
        static char got[200000];
        ssize_t n = recv(line.far, got, sizeof got, MSG_DONTWAIT);

        sent -= n > 0 ? (size_t)n : 0;
        line_look(&line);
        stream_arm(&line.s, false);
    }
    ck_assert_uint_gt(stream_room(&line.s), 0);
    while (sent > 0) {
        static char got[200000];

        sent -= (size_t)recv(line.far, got, sent < sizeof got ? sent : sizeof got, 0);
    }
    line_check_far(&line, "end", 3);
    end(&line, &pipes, NULL);
}

TEST(what_is_in_a_pipe_is_dropped_with_a_broken_stream)
{
    struct line line;
    struct pipes pipes;
    struct pipe *pipe = begin(&line, &pipes);

    signal(SIGPIPE, SIG_IGN);
    reset(line.far);
    line.far = -1;
    await(line.s.io.fd);
    fill(pipe, "lost", 4);
    stream_write_pipe(&line.s, &pipe);
    ck_assert(line.s.broken);
    ck_assert_uint_eq(stream_unsent(&line.s), 0);
    ck_assert_uint_eq(pipes.lent, 0);
    ck_assert_uint_eq(pipes.idle_count, 0);
    end(&line, &pipes, NULL);
}

TEST(what_is_in_a_pipe_is_dropped_with_a_closed_stream)
{
    struct line line;
    struct pipes pipes;
    struct pipe *pipe = begin(&line, &pipes);

    line.s.blocked = true;
    fill(pipe, "lost", 4);
    stream_write_pipe(&line.s, &pipe);
    ck_assert_uint_eq(stream_unsent(&line.s), 4);
    end(&line, &pipes, NULL);
}

SUITE(stream_pipe, what_is_left_with_the_kernel_is_fetched,
      what_is_not_fetched_is_read_when_it_is_left_no_more,
      an_end_and_a_reset_are_noticed_when_they_are_fetched,
      what_is_in_a_pipe_leaves_behind_what_was_written_before,
      there_is_no_room_until_a_pipe_is_empty, what_is_in_a_pipe_is_dropped_with_a_broken_stream,
      what_is_in_a_pipe_is_dropped_with_a_closed_stream);
