/* A queue of bytes in a borrowed block.
 *
 *   block:  [ taken | held ........ | free ............ ]
 *                   ^start          ^end
 */
#include "base/buf.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Blocks kept for the next borrower; more are given back to the system. */
enum { IDLE_MAX = 64 };

/* Blocks to be made while memory is short for what is urgent: a third of the reserve. */
enum { GROWN_MAX = 16 };

struct buf_block {
    struct buf_block *next;
};

static char *borrow(struct buf_lender *lender)
{
    struct buf_block *block = lender->idle;

    lender->lent++;
    if (block == NULL) {
        block = mem_resize(NULL, BUF_SIZE);
        lender->grown += mem_is_short();
        return (char *)block;
    }
    lender->idle = block->next;
    lender->idle_count--;
    return (char *)block;
}

static void give_back(struct buf *buf)
{
    struct buf_lender *lender = buf->lender;
    struct buf_block *block = (struct buf_block *)(void *)buf->block;

    buf->block = NULL;
    buf->start = 0;
    buf->end = 0;
    lender->lent--;
    if (lender->idle_count == IDLE_MAX) {
        mem_free(block);
        return;
    }
    block->next = lender->idle;
    lender->idle = block;
    lender->idle_count++;
}

void buf_init(struct buf *buf, struct buf_lender *lender)
{
    *buf = (struct buf){ .lender = lender };
}

void buf_fini(struct buf *buf)
{
    if (buf->block != NULL)
        give_back(buf);
}

char *buf_space(struct buf *buf, size_t *size)
{
    if (buf->block == NULL)
        buf->block = borrow(buf->lender);
    if (buf->start > 0) {
        memmove(buf->block, buf->block + buf->start, buf_len(buf));
        buf->end -= buf->start;
        buf->start = 0;
    }
    *size = BUF_SIZE - buf->end;
    return buf->block + buf->end;
}

void buf_added(struct buf *buf, size_t n)
{
    assert(n <= BUF_SIZE - buf->end);
    buf->end += (unsigned)n;
    if (buf->end == buf->start && buf->block != NULL)
        give_back(buf);
}

void buf_append(struct buf *buf, struct span bytes)
{
    size_t size;
    char *space;

    if (bytes.len == 0)
        return;
    space = buf_space(buf, &size);
    assert(bytes.len <= size);
    memcpy(space, bytes.at, bytes.len);
    buf_added(buf, bytes.len);
}

void buf_take(struct buf *buf, size_t n)
{
    assert(n <= buf_len(buf));
    buf->start += (unsigned)n;
    if (buf->start == buf->end && buf->block != NULL)
        give_back(buf);
}

bool buf_lends(const struct buf_lender *lender, bool urgent)
{
    return !mem_is_short() || lender->idle != NULL || (urgent && lender->grown < GROWN_MAX);
}

void buf_lender_trim(struct buf_lender *lender)
{
    lender->grown -= lender->grown < lender->idle_count ? lender->grown : lender->idle_count;
    while (lender->idle != NULL) {
        struct buf_block *block = lender->idle;

        lender->idle = block->next;
        mem_free(block);
    }
    lender->idle_count = 0;
}

void buf_lender_fini(struct buf_lender *lender)
{
    assert(lender->lent == 0);
    buf_lender_trim(lender);
}
