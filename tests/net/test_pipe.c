/* Bytes on their way without being looked at. */
#include "net/pipe.h"

#include "sockets.h"
#include "support/test.h"

/* Two connections that a pipe can be laid between: from A to B. */
struct site {
    struct pipes pipes;
    int a_far, a_near;
    int b_near, b_far;
};

static void begin(struct site *site, unsigned most)
{
    *site = (struct site){ .pipes = { .most = most } };
    connect_pair(&site->a_near, &site->a_far);
    connect_pair(&site->b_near, &site->b_far);
}

static void end(struct site *site)
{
    pipes_fini(&site->pipes);
    close(site->a_far);
    close(site->a_near);
    close(site->b_near);
    close(site->b_far);
}

TEST(bytes_go_through_unchanged)
{
    struct site site;
    struct pipe *pipe;
    char got[16] = "";

    begin(&site, 1);
    pipe = pipe_borrow(&site.pipes);
    tell(site.a_far, "hello");
    await(site.a_near);
    ck_assert_int_eq(pipe_fill(pipe, site.a_near, 100), 5);
    ck_assert_uint_eq(pipe->held, 5);
    ck_assert_int_eq(pipe_drain(pipe, site.b_near), 5);
    ck_assert_uint_eq(pipe->held, 0);
    ck_assert_int_eq(recv(site.b_far, got, sizeof got, 0), 5);
    ck_assert_str_eq(got, "hello");
    pipe_give_back(&pipe);
    ck_assert_ptr_null(pipe);
    end(&site);
}

TEST(no_more_than_asked_for_is_taken)
{
    struct site site;
    struct pipe *pipe;
    char rest[16] = "";

    begin(&site, 1);
    pipe = pipe_borrow(&site.pipes);
    tell(site.a_far, "hello");
    await(site.a_near);
    ck_assert_int_eq(pipe_fill(pipe, site.a_near, 2), 2);
    ck_assert_int_eq(recv(site.a_near, rest, sizeof rest, 0), 3);
    ck_assert_str_eq(rest, "llo");
    pipe_give_back(&pipe);
    end(&site);
}

TEST(nothing_an_end_and_an_error_are_told_apart)
{
    struct site site;
    struct pipe *pipe;

    begin(&site, 1);
    pipe = pipe_borrow(&site.pipes);
    ck_assert_int_eq(pipe_fill(pipe, site.a_near, 100), -1);
    ck_assert_int_eq(errno, EAGAIN);
    shutdown(site.a_far, SHUT_WR);
    await(site.a_near);
    ck_assert_int_eq(pipe_fill(pipe, site.a_near, 100), 0);
    ck_assert_int_eq(pipe_fill(pipe, -1, 100), -1);
    ck_assert_int_eq(errno, EBADF);
    ck_assert_uint_eq(pipe->held, 0);
    pipe_give_back(&pipe);
    end(&site);
}

TEST(an_empty_pipe_serves_the_next_one_and_a_full_one_nobody)
{
    struct site site;
    struct pipe *first;
    struct pipe *pipe;
    int free_before = lowest_free();

    begin(&site, 1);
    first = pipe = pipe_borrow(&site.pipes);
    pipe_give_back(&pipe);
    pipe = pipe_borrow(&site.pipes);
    ck_assert_ptr_eq(pipe, first);
    tell(site.a_far, "secret");
    await(site.a_near);
    ck_assert_int_eq(pipe_fill(pipe, site.a_near, 100), 6);
    pipe_give_back(&pipe);
    ck_assert_uint_eq(site.pipes.idle_count, 0);
    ck_assert_uint_eq(site.pipes.lent, 0);
    end(&site);
    ck_assert_int_eq(lowest_free(), free_before);
}

TEST(there_are_no_more_than_there_may_be)
{
    struct pipes pipes = { .most = 2 };
    struct pipe *both[2];

    both[0] = pipe_borrow(&pipes);
    both[1] = pipe_borrow(&pipes);
    ck_assert_ptr_null(pipe_borrow(&pipes));
    pipe_give_back(&both[0]);
    both[0] = pipe_borrow(&pipes);
    ck_assert_ptr_nonnull(both[0]);
    pipe_give_back(&both[0]);
    pipe_give_back(&both[1]);
    pipes_fini(&pipes);
}

TEST(without_descriptors_there_is_none)
{
    struct pipes pipes = { .most = 2 };

    allow_descriptors(1);
    ck_assert_ptr_null(pipe_borrow(&pipes));
    ck_assert_uint_eq(pipes.lent, 0);
    pipes_fini(&pipes);
}

SUITE(pipe, bytes_go_through_unchanged, no_more_than_asked_for_is_taken,
      nothing_an_end_and_an_error_are_told_apart,
      an_empty_pipe_serves_the_next_one_and_a_full_one_nobody, there_are_no_more_than_there_may_be,
      without_descriptors_there_is_none);
