/*
 * inbuf: what a client has sent and nobody has taken yet.
 */
#include "inbuf.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

void inbuf_init(struct inbuf *in)
{
    in->floor = 0;
    in->start = 0;
    in->end = 0;
    in->ended = false;
}

size_t inbuf_room(const struct inbuf *in)
{
    return INBUF_SIZE - in->end;
}

struct slice inbuf_rest(const struct inbuf *in)
{
    return (struct slice){ in->bytes + in->start, in->end - in->start };
}

bool inbuf_read(struct inbuf *in, int fd)
{
    ssize_t n;

    if (inbuf_room(in) == 0)
        return true;

    n = read(fd, in->bytes + in->end, inbuf_room(in));
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        in->ended = true;
    in->end += (size_t)n;
    return true;
}

static void fall_back(struct inbuf *in)
{
    if (in->start == in->end) {
        in->start = in->floor;
        in->end = in->floor;
    }
}

void inbuf_take(struct inbuf *in, size_t n)
{
    assert(n <= in->end - in->start);

    in->start += n;
    fall_back(in);
}

void inbuf_pin(struct inbuf *in, size_t n)
{
    assert(n <= in->end - in->start);

    in->start += n;
    in->floor = in->start;
}

void inbuf_unpin(struct inbuf *in)
{
    in->floor = 0;
    fall_back(in);
}

void inbuf_tidy(struct inbuf *in)
{
    assert(in->floor == 0);

    if (in->start <= INBUF_HEAD_MAX)
        return;
    in->end -= in->start;
    memmove(in->bytes, in->bytes + in->start, in->end);
    in->start = 0;
}
