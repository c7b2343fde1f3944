/* A printed head with a body behind it, as a side writes it, so that a strict reader has a whole
 * message to read. */
#ifndef FUZZ_BODIES_H
#define FUZZ_BODIES_H

#include "http/print.h"

#include "support/strict.h"

#include <assert.h>
#include <string.h>

enum { BODIES_MAX = 300 };

/* What a body consists of, as far as it is looked at. */
static inline struct span bodies_text(size_t len)
{
    static char text[BODIES_MAX];

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"[i % 23];
    return (struct span){ text, len < sizeof text ? len : sizeof text };
}

/* Appends a body of LEN bytes, or the beginning of one that is longer than BODIES_MAX, framed as
 * BODY to OUT. Gives what was appended, without its frame. */
static inline struct span bodies_append(struct buf *out, enum body body, size_t len)
{
    struct span text = bodies_text(len);
    struct span first = { text.at, text.len / 3 };
    struct span pieces[] = { first, span_skip(text, first.len) };
    char size[PRINT_CHUNK_MAX];

    if (body == BODY_NONE)
        return SPAN("");
    for (size_t i = 0; i < 2 && body == BODY_CHUNKED; i++) {
        if (pieces[i].len == 0)
            continue;
        buf_append(out, print_chunk_size(size, pieces[i].len));
        buf_append(out, pieces[i]);
        buf_append(out, PRINT_CHUNK_END);
    }
    if (body == BODY_CHUNKED)
        buf_append(out, PRINT_LAST_CHUNK);
    else
        buf_append(out, text);
    return text;
}

/* S is one message, all there if it is not longer than what bodies_append appends, and BODY is its
 * body. */
static inline void bodies_check(const struct strict *s, struct span body, uint64_t length)
{
    assert(s->why == NULL && s->count == 1);
    assert(s->messages[0].body_len == body.len);
    assert(body.len == 0 || memcmp(s->messages[0].body, body.at, body.len) == 0);
    if (length <= BODIES_MAX)
        assert(s->messages[0].end == STRICT_WHOLE || s->messages[0].end == STRICT_OPEN);
    else
        assert(s->messages[0].end == STRICT_IN_BODY);
}

static inline bool bodies_same(struct strict_text a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

#endif
