/* Bytes on their way from one descriptor to another without being looked at: they stay with the
 * kernel (splice).
 *
 * Pipes are lent, like buffers, to who has such bytes at the moment. There are only so many, as
 * each has two descriptors; who gets none copies.
 */
#ifndef NET_PIPE_H
#define NET_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Who owns the pipes. Embed it, zeroed but for `most`; it must outlive those who borrow. */
struct pipes {
    struct pipe *idle; /* those that nobody borrows */
    unsigned idle_count;
    unsigned lent;
    unsigned most; /* of both together */
};

struct pipe {
    struct pipe *next; /* while it is idle */
    struct pipes *pipes;
    int ends[2]; /* bytes come out of the first, and go into the second */
    size_t held; /* bytes in it */
};

/* An empty pipe, or NULL if there are as many as there may be, or no descriptors for one. */
struct pipe *pipe_borrow(struct pipes *pipes);

/* Gives *PIPE back, with whatever it holds. The caller no longer has it. */
void pipe_give_back(struct pipe **pipe);

/* Moves at most MAX bytes from FD into PIPE, which must be empty, or out of it to FD. What comes
 * back is like read and write have it, errno included. */
ssize_t pipe_fill(struct pipe *pipe, int fd, size_t max);
ssize_t pipe_drain(struct pipe *pipe, int fd);

/* Closes those that nobody borrows. */
void pipes_trim(struct pipes *pipes);

/* The same at the end: the others must have been given back. */
void pipes_fini(struct pipes *pipes);

#endif
