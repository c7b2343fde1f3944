/* A stream, and whoever is at the far end of its connection. */
#ifndef TESTS_NET_LINE_H
#define TESTS_NET_LINE_H

#include "kernel.h"
#include "sockets.h"

#include "net/stream.h"

/* A stream, and the far end of its connection, which blocks. */
struct line {
    struct ev_loop *loop;
    struct buf_lender lender;
    struct stream s;
    int far;
    unsigned woken;
};

static inline void line_on_wake(void *owner)
{
    struct line *line = owner;

    line->woken++;
}

static inline void line_begin_with(struct line *line, int near, int far, bool connecting)
{
    *line = (struct line){ .far = far };
    line->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    stream_open(&line->s, line->loop, &line->lender, near, connecting);
    stream_set_owner(&line->s, line_on_wake, line);
}

static inline void line_begin(struct line *line)
{
    int near;
    int far;

    connect_pair(&near, &far);
    line_begin_with(line, near, far, false);
}

/* Ends all but the stream, which was closed. */
static inline void line_end_rest(struct line *line)
{
    ck_assert_uint_eq(line->lender.lent, 0);
    buf_lender_fini(&line->lender);
    ev_loop_destroy(line->loop);
}

static inline void line_end(struct line *line)
{
    stream_close(&line->s);
    close(line->far);
    line_end_rest(line);
}

/* Runs the loop until something has happened. */
static inline void line_turn(struct line *line)
{
    unsigned woken = line->woken;

    TURN_UNTIL(line->loop, line->woken > woken);
}

/* Runs the loop for what has happened already. */
static inline void line_look(struct line *line)
{
    ev_run(line->loop, EVRUN_NOWAIT);
}

/* What the stream waits for: EV_READ, EV_WRITE, both or neither. */
static inline int line_waits_for(const struct line *line)
{
    const struct ev_io *io = &line->s.io;

    return ev_is_active(io) ? io->events & (EV_READ | EV_WRITE) : 0;
}

static inline void line_write(struct line *line, const char *text)
{
    struct span piece = span_of(text);

    stream_write(&line->s, &piece, 1);
}

/* Bytes that are all different from their neighbours, and from those a block further. */
static inline void fill_pattern(char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 + i / 251);
}

/* Reads SIZE bytes from the far end, and compares them. */
static inline void line_check_far(struct line *line, const char *expected, size_t size)
{
    static char got[400000];
    size_t done = 0;

    while (done < size) {
        ssize_t n = recv(line->far, got + done, size - done, 0);

        ck_assert_int_gt(n, 0);
        done += (size_t)n;
    }
    ck_assert_mem_eq(got, expected, size);
}

#endif
