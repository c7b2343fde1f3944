/* A descriptor with a buffer each way: how one way is ended when all has left. */
#include "line.h"
#include "support/test.h"

/* Is an end the next thing that the far end hears? */
static bool is_ended(const struct line *line)
{
    char byte;

    return recv(line->far, &byte, 1, MSG_DONTWAIT) == 0;
}

TEST(with_nothing_to_leave_an_end_is_said_at_once)
{
    struct line line;

    line_begin(&line);
    stream_finish(&line.s);
    ck_assert(is_ended(&line));
    ck_assert(!line.s.finishing);
    line_end(&line);
}

TEST(what_was_gathered_leaves_before_the_end)
{
    struct line line;

    line_begin(&line);
    line_write(&line, "last words");
    stream_finish(&line.s);
    line_check_far(&line, "last words", 10);
    ck_assert(is_ended(&line));
    line_end(&line);
}

TEST(what_the_kernel_refuses_leaves_before_the_end_however_little_it_takes)
{
    static char bytes[5000];

    fill_pattern(bytes, sizeof bytes);
    for (size_t takes = 0; takes < sizeof bytes; takes = takes * 2 + 1) {
        struct line line;
        struct span much = { bytes, sizeof bytes };

        line_begin(&line);
        kernel.takes = takes;
        stream_write(&line.s, &much, 1);
        stream_finish(&line.s);
        ck_assert(line.s.finishing);
        line_check_far(&line, bytes, takes);
        ck_assert(is_silent(line.far));

        kernel.takes = SIZE_MAX;
        stream_arm(&line.s, true);
        line_turn(&line);
        stream_arm(&line.s, true);
        line_check_far(&line, bytes + takes, sizeof bytes - takes);
        ck_assert(is_ended(&line));
        line_end(&line);
    }
}

TEST(what_is_in_a_pipe_leaves_before_the_end)
{
    struct line line;
    struct pipes pipes = { .most = 1 };
    struct pipe *pipe = pipe_borrow(&pipes);

    line_begin(&line);
    ck_assert_int_eq(write(pipe->ends[1], "hello", 5), 5);
    pipe->held = 5;
    line.s.blocked = true;
    stream_write_pipe(&line.s, &pipe);
    stream_finish(&line.s);
    ck_assert(is_silent(line.far));
    line.s.blocked = false;
    stream_arm(&line.s, true);
    line_check_far(&line, "hello", 5);
    ck_assert(is_ended(&line));
    line_end(&line);
    pipes_fini(&pipes);
}

TEST(behind_the_end_of_one_way_the_other_goes_on)
{
    struct line line;

    line_begin(&line);
    stream_finish(&line.s);
    tell(line.far, "still here");
    stream_arm(&line.s, true);
    line_turn(&line);
    ck_assert(span_eq(buf_span(&line.s.in), SPAN("still here")));
    line_end(&line);
}

TEST(an_end_is_said_once)
{
    struct line line;

    line_begin(&line);
    stream_finish(&line.s);
    for (int i = 0; i < 3; i++)
        stream_arm(&line.s, true);
    ck_assert(is_ended(&line));
    ck_assert_int_eq(line_waits_for(&line), EV_READ);
    line_end(&line);
}

TEST(to_somebody_gone_nothing_has_to_be_said)
{
    struct line line;

    line_begin(&line);
    reset(line.far);
    await(line.s.io.fd);
    line_write(&line, "hello");
    stream_finish(&line.s);
    ck_assert(line.s.broken);
    stream_arm(&line.s, false);
    ck_assert_int_eq(line_waits_for(&line), 0);
    line.far = -1;
    line_end(&line);
}

SUITE(stream_finish, with_nothing_to_leave_an_end_is_said_at_once,
      what_was_gathered_leaves_before_the_end,
      what_the_kernel_refuses_leaves_before_the_end_however_little_it_takes,
      what_is_in_a_pipe_leaves_before_the_end, behind_the_end_of_one_way_the_other_goes_on,
      an_end_is_said_once, to_somebody_gone_nothing_has_to_be_said);
