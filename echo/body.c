/*
 * body: the body of a request, taken out of the bytes that carry it.
 *
 *     SIZE -> (EXTENSION) -> SIZE_LF -> CONTENT -> CONTENT_CR -> CONTENT_LF -> SIZE ...
 *                               |
 *                    size is 0  +-> LINE -> FIELD -> FIELD_LF -> LINE ... -> LAST_LF -> COMPLETE
 *
 * A body with a length is CONTENT and then COMPLETE. Framing is read byte by byte, so it may be cut
 * anywhere, and nothing of it is stored; content is handed out where it lies.
 */
#include "body.h"

void body_init(struct body *b, const struct request *r)
{
    *b = (struct body){ .chunked = r->chunked, .left = r->length };

    if (r->chunked)
        b->place = BODY_SIZE;
    else
        b->place = r->length > 0 ? BODY_CONTENT : BODY_COMPLETE;
}

static enum body_place in_size(struct body *b, char c)
{
    int digit = slice_hex(c);

    if (digit >= 0) {
        b->left = b->left << 4 | (unsigned)digit;
        return ++b->digits < 16 ? BODY_SIZE : BODY_BROKEN;
    }
    if (b->digits == 0)
        return BODY_BROKEN;
    if (c == '\r')
        return BODY_SIZE_LF;
    return c == ';' ? BODY_EXTENSION : BODY_BROKEN;
}

static enum body_place in_extension(struct body *b, char c)
{
    (void)b;
    if (c == '\r')
        return BODY_SIZE_LF;
    return c == '\n' ? BODY_BROKEN : BODY_EXTENSION;
}

static enum body_place in_size_lf(struct body *b, char c)
{
    if (c != '\n')
        return BODY_BROKEN;
    return b->left > 0 ? BODY_CONTENT : BODY_LINE;
}

static enum body_place in_content_cr(struct body *b, char c)
{
    (void)b;
    return c == '\r' ? BODY_CONTENT_LF : BODY_BROKEN;
}

static enum body_place in_content_lf(struct body *b, char c)
{
    b->digits = 0;
    return c == '\n' ? BODY_SIZE : BODY_BROKEN;
}

static enum body_place in_line(struct body *b, char c)
{
    (void)b;
    if (c == '\r')
        return BODY_LAST_LF;
    return c == '\n' ? BODY_BROKEN : BODY_FIELD;
}

static enum body_place in_field(struct body *b, char c)
{
    (void)b;
    if (c == '\r')
        return BODY_FIELD_LF;
    return c == '\n' ? BODY_BROKEN : BODY_FIELD;
}

static enum body_place in_field_lf(struct body *b, char c)
{
    (void)b;
    return c == '\n' ? BODY_LINE : BODY_BROKEN;
}

static enum body_place in_last_lf(struct body *b, char c)
{
    (void)b;
    return c == '\n' ? BODY_COMPLETE : BODY_BROKEN;
}

/* Where the next byte of framing leads. The places that do not read framing have no entry. */
static enum body_place (*const framing[])(struct body *b, char c) = {
    [BODY_SIZE] = in_size,
    [BODY_EXTENSION] = in_extension,
    [BODY_SIZE_LF] = in_size_lf,
    [BODY_CONTENT_CR] = in_content_cr,
    [BODY_CONTENT_LF] = in_content_lf,
    [BODY_LINE] = in_line,
    [BODY_FIELD] = in_field,
    [BODY_FIELD_LF] = in_field_lf,
    [BODY_LAST_LF] = in_last_lf,
    [BODY_COMPLETE] = NULL,
};

static void take_framing(struct body *b, struct inbuf *in)
{
    struct slice rest = inbuf_rest(in);
    size_t n = 0;

    while (n < rest.len && framing[b->place] != NULL)
        b->place = framing[b->place](b, rest.at[n++]);
    inbuf_take(in, n);
}

static enum body_news take_content(struct body *b, struct inbuf *in, size_t max,
                                   struct slice *piece)
{
    *piece = inbuf_rest(in);
    if (piece->len > max)
        piece->len = max;
    if (piece->len > b->left)
        piece->len = b->left;
    if (piece->len == 0)
        return BODY_MORE;

    inbuf_take(in, piece->len);
    b->left -= piece->len;
    if (b->left == 0)
        b->place = b->chunked ? BODY_CONTENT_CR : BODY_COMPLETE;
    return BODY_PIECE;
}

enum body_news body_next(struct body *b, struct inbuf *in, size_t max, struct slice *piece)
{
    take_framing(b, in);

    if (b->place == BODY_CONTENT)
        return take_content(b, in, max, piece);
    if (b->place == BODY_COMPLETE)
        return BODY_END;
    return b->place == BODY_BROKEN ? BODY_BAD : BODY_MORE;
}
