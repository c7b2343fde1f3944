/*
 * outbuf: what a client is to be sent and the kernel has not taken yet.
 */
#include "outbuf.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

void outbuf_init(struct outbuf *out)
{
    out->start = 0;
    out->end = 0;
}

bool outbuf_is_empty(const struct outbuf *out)
{
    return out->start == out->end;
}

size_t outbuf_room(const struct outbuf *out)
{
    return OUTBUF_SIZE - out->end;
}

char *outbuf_space(struct outbuf *out)
{
    return out->bytes + out->end;
}

void outbuf_grow(struct outbuf *out, size_t n)
{
    assert(n <= outbuf_room(out));

    out->end += n;
}

void outbuf_put(struct outbuf *out, struct slice bytes)
{
    assert(bytes.len <= outbuf_room(out));

    memcpy(outbuf_space(out), bytes.at, bytes.len);
    out->end += bytes.len;
}

void outbuf_text(struct outbuf *out, const char *text)
{
    outbuf_put(out, slice_of(text));
}

/* Digits come out last one first; hence they are written from the end of a small field. */
static void put_digits(struct outbuf *out, uint64_t number, unsigned base)
{
    char digits[20];
    char *end = digits + sizeof digits;
    char *at = end;

    do {
        *--at = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    outbuf_put(out, (struct slice){ at, (size_t)(end - at) });
}

void outbuf_number(struct outbuf *out, uint64_t number)
{
    put_digits(out, number, 10);
}

void outbuf_hex(struct outbuf *out, uint64_t number)
{
    put_digits(out, number, 16);
}

bool outbuf_write(struct outbuf *out, int fd)
{
    ssize_t n;

    if (outbuf_is_empty(out))
        return true;

    n = write(fd, out->bytes + out->start, out->end - out->start);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    out->start += (size_t)n;
    if (outbuf_is_empty(out))
        outbuf_init(out);
    return true;
}
