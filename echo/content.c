/*
 * content: the body of an answer, as much of it as there is room for.
 */
#include "content.h"

#include "bytes.h"

/*
 * The line before a chunk has at most 16 digits and its line end; behind the chunk is another one.
 */
enum { CHUNK_LINE_MAX = 18, CHUNK_END = 2 };

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void content_init(struct content *c)
{
    *c = (struct content){ 0 };
}

/* Adds the next N bytes of the body. */
static void put(struct content *c, const struct answer *a, struct outbuf *out, size_t n)
{
    if (a->source == SOURCE_PATTERN) {
        bytes_fill(outbuf_space(out), c->sent, n);
        outbuf_grow(out, n);
    } else {
        outbuf_put(out, (struct slice){ a->text.at + c->sent, n });
    }
    c->sent += n;
}

static void begin_chunk(struct outbuf *out, uint64_t size)
{
    outbuf_hex(out, size);
    outbuf_text(out, "\r\n");
}

/* Sends what fits of one chunk. Its line end is kept room for, so that it never waits alone. */
static enum content_news send_chunk(struct content *c, const struct answer *a, struct outbuf *out)
{
    size_t n;

    if (outbuf_room(out) <= CHUNK_LINE_MAX + CHUNK_END)
        return CONTENT_ROOM;
    if (c->left == 0) {
        c->left = least(a->chunk, a->size - c->sent);
        begin_chunk(out, c->left);
    }

    n = (size_t)least(c->left, a->dripping ? 1 : outbuf_room(out) - CHUNK_END);
    put(c, a, out, n);
    c->left -= n;
    if (c->left == 0)
        outbuf_text(out, "\r\n");
    return CONTENT_END;
}

static enum content_news send_plain(struct content *c, const struct answer *a, struct outbuf *out)
{
    if (outbuf_room(out) == 0)
        return CONTENT_ROOM;
    put(c, a, out, (size_t)least(a->size - c->sent, a->dripping ? 1 : outbuf_room(out)));
    return CONTENT_END;
}

enum content_news content_send(struct content *c, const struct answer *a, struct outbuf *out)
{
    enum content_news news = CONTENT_END;

    while (c->sent < a->size && news == CONTENT_END) {
        if (a->framing == FRAMING_CHUNKED)
            news = send_chunk(c, a, out);
        else
            news = send_plain(c, a, out);
        if (a->dripping && news == CONTENT_END && c->sent < a->size)
            news = CONTENT_PAUSE;
    }
    return news;
}

/* A piece becomes a chunk of its own, however large the chunk was that it came in. */
static void put_piece(const struct answer *a, struct outbuf *out, struct slice piece)
{
    if (a->framing != FRAMING_CHUNKED) {
        outbuf_put(out, piece);
        return;
    }
    begin_chunk(out, piece.len);
    outbuf_put(out, piece);
    outbuf_text(out, "\r\n");
}

enum content_news content_return(const struct answer *a, struct body *b, struct inbuf *in,
                                 struct outbuf *out)
{
    const size_t around = CHUNK_LINE_MAX + CHUNK_END;
    struct slice piece;

    for (;;) {
        if (outbuf_room(out) <= around)
            return CONTENT_ROOM;

        switch (body_next(b, in, outbuf_room(out) - around, &piece)) {
        case BODY_PIECE:
            put_piece(a, out, piece);
            break;
        case BODY_MORE:
            return CONTENT_INPUT;
        case BODY_END:
            return CONTENT_END;
        case BODY_BAD:
            return CONTENT_BAD;
        }
    }
}
