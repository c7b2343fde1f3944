/* A queue of bytes whose memory is lent while it holds some, and given back when it is empty.
 *
 * All queues of a loop borrow blocks of one size from one lender, newest first, so that ten
 * thousand idle connections hold no buffers and a busy one finds its block still in the cache.
 * The bytes of a queue are always in one piece.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

#include <stdbool.h>

/* The size of a block: what one queue can hold at most, hence one read and one head as well. A
 * common size of bodies, 64 KB, fits together with a head. */
enum { BUF_SIZE = 81920 };

/* Who owns the blocks. Embed it, zeroed; it must outlive the queues. */
struct buf_lender {
    struct buf_block *idle; /* blocks nobody borrows, the warmest first */
    unsigned idle_count;
    unsigned lent;  /* blocks in use */
    unsigned grown; /* blocks that were made while memory was short */
};

struct buf {
    struct buf_lender *lender;
    char *block;    /* NULL while empty */
    unsigned start; /* the first byte held */
    unsigned end;   /* behind the last one */
};

/* An empty queue that borrows from LENDER. */
void buf_init(struct buf *buf, struct buf_lender *lender);

/* Drops what it holds and gives the block back. */
void buf_fini(struct buf *buf);

/* The bytes held, valid until the queue is changed. */
static inline struct span buf_span(const struct buf *buf)
{
    if (buf->block == NULL)
        return SPAN("");
    return (struct span){ buf->block + buf->start, buf->end - buf->start };
}

/* How many bytes are held. */
static inline size_t buf_len(const struct buf *buf)
{
    return buf->end - buf->start;
}

/* How many more bytes fit. */
static inline size_t buf_room(const struct buf *buf)
{
    return BUF_SIZE - buf_len(buf);
}

/* All free room in one piece behind the bytes held, for somebody to write to; *SIZE says how much.
 * Borrows a block if need be. Tell the queue with buf_added what came, even if it was nothing. */
char *buf_space(struct buf *buf, size_t *size);

/* N bytes were written to buf_space. */
void buf_added(struct buf *buf, size_t n);

/* Appends BYTES, which must fit. */
void buf_append(struct buf *buf, struct span bytes);

/* Drops the first N bytes. Nobody may look at them any more: the block may go to another queue. */
void buf_take(struct buf *buf, size_t n);

/* Is there a block for somebody who can also wait? While memory is short only one that is left, or,
 * if it is URGENT, one of the few that may be made then. */
bool buf_lends(const struct buf_lender *lender, bool urgent);

/* Gives the blocks that nobody borrows back to the system. */
void buf_lender_trim(struct buf_lender *lender);

/* Frees the blocks nobody borrows. */
void buf_lender_fini(struct buf_lender *lender);

#endif
