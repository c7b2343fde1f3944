/* A descriptor with a buffer each way. It records what happened, and waits for what it is told to.
 *
 * What arrives is read into `in` while there is room, and its owner is woken. What is to leave goes
 * to the kernel at once; only what the kernel refuses, and small pieces that will go together, are
 * kept in `out`. A stream neither decides nor frees anything.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "base/buf.h"
#include "base/err.h"
#include "net/pipe.h"

#include <ev.h>

/* Who waits while memory is short: what is read needs some. */
enum stream_rank {
    STREAM_FIRST, /* nobody */
    STREAM_HEAD,  /* a head is to come: it waits if too many others are being read */
    STREAM_BODY,  /* a body: it waits for what others give back */
};

struct stream {
    struct ev_io io;
    struct ev_loop *loop;
    struct buf in;
    struct buf out;
    struct pipe
        *pipe;     /* what is to leave behind `out`, without having been looked at; NULL: nothing */
    uint64_t sent; /* bytes that the kernel took */
    uint64_t heard;  /* how many of them the other end had taken when that was last looked at, */
    bool slow;       /* it had left something with the kernel then, since this owner came */
    enum err err;    /* why nothing more can be read; OK while it can, or after a proper end */
    bool eof;        /* the other end has sent all that it is going to send */
    bool connecting; /* the other end has not accepted yet */
    unsigned most;   /* bytes to be read at a time; 0: as many as there is room for */
    enum stream_rank rank;
    bool starved;  /* there was no memory for what has come */
    bool unread;   /* what comes is left with the kernel, for stream_fetch */
    bool more;     /* the last read got all it had asked for: there may be more with the kernel */
    bool ready;    /* something has come, and was left there */
    bool blocked;  /* the kernel took less than was offered: wait until it can take more */
    bool broken;   /* nothing can be written any more; what is written is dropped */
    enum err lost; /* why what looks like a proper end is none: it was reset; OK: it would be one */
    bool finishing; /* nothing more will be written, which is to be said when all has left */
    void (*wake)(void *owner);
    void *owner;
};

/* Makes a stream of FD, which it owns from now on, non-blocking as it is. If CONNECTING the other
 * end has yet to accept. Nothing is waited for until stream_arm. */
void stream_open(struct stream *s, struct ev_loop *loop, struct buf_lender *lender, int fd,
                 bool connecting);

/* WAKE is called with OWNER from the loop whenever something has happened. It may end the
 * stream. */
void stream_set_owner(struct stream *s, void (*wake)(void *owner), void *owner);

/* Will nothing more come? */
static inline bool stream_is_over(const struct stream *s)
{
    return s->eof || s->err != OK;
}

/* How many bytes are still to leave. */
static inline size_t stream_unsent(const struct stream *s)
{
    return buf_len(&s->out) + (s->pipe != NULL ? s->pipe->held : 0);
}

/* How many bytes stream_write and `out` can take. Makes room if the kernel lets it; if it is 0, the
 * stream is blocked, and wakes its owner when that changes. */
size_t stream_room(struct stream *s);

enum { STREAM_PIECES = 3 };

/* Writes COUNT pieces, at most STREAM_PIECES, in this order, behind what is in `out`. They must fit
 * stream_room. A little is kept until stream_flush; of more, what the kernel refuses is copied. */
void stream_write(struct stream *s, const struct span *pieces, unsigned count);

/* From now on what comes is LEFT with the kernel for stream_fetch, or read into `in` again. Nothing
 * must be in `in`. */
static inline void stream_leave(struct stream *s, bool left)
{
    s->unread = left;
    s->ready = s->ready && left;
}

/* Moves at most MAX bytes of what is left with the kernel into PIPE, which is empty. Gives their
 * number: 0 if there are none at the moment, or never will be. */
size_t stream_fetch(struct stream *s, struct pipe *pipe, size_t max);

/* Writes what is in *PIPE, behind what is in `out`. Until it has left there is no room for anything
 * else. The caller no longer has the pipe. */
void stream_write_pipe(struct stream *s, struct pipe **pipe);

/* Offers what is to leave to the kernel, unless it is known to be blocked. */
void stream_flush(struct stream *s);

/* Says what is waited for from now on: bytes if READ and there is room for them, and in any case
 * that the kernel takes more, if it refused some. Flushes before. */
void stream_arm(struct stream *s, bool read);

/* Says that nothing more will be written. */
void stream_shutdown(struct stream *s);

/* The same, but first everything leaves that was written: it is said now, or by stream_arm. */
void stream_finish(struct stream *s);

/* Closes the descriptor and drops what is in the buffers. */
void stream_close(struct stream *s);

/* The same, and the other end is told that something went wrong (RST). */
void stream_abort(struct stream *s);

/* How many bytes has the other end, however slowly, taken since this was asked last, or since the
 * stream was blocked first? The kernel makes room only when much of what it holds has gone, so a
 * slow reader can keep a stream blocked for a long time. Who has been slow once is heard once more
 * when all is taken, however long ago that was. */
uint64_t stream_heard(struct stream *s);

/* Has the other end taken all that the kernel was given for it? */
bool stream_is_taken(struct stream *s);

/* Has something happened of which the owner was not told yet? */
static inline bool stream_is_pending(const struct stream *s)
{
    return ev_is_pending(&s->io);
}

/* Of all that may come nothing is wanted any more: has something come? Takes a byte of it, or
 * notices that the other end has sent all that it is going to send. */
bool stream_has_surplus(struct stream *s);

/* Has the other end, meanwhile and unnoticed, sent something or closed? Asks the kernel. */
bool stream_has_news(const struct stream *s);

#endif
