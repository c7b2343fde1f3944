/*
 * body: the body of a request, taken out of the bytes that carry it.
 */
#ifndef ECHO_BODY_H
#define ECHO_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbuf.h"
#include "request.h"
#include "slice.h"

/* Where in a body we are. All but the first two and the last are places in chunked framing. */
enum body_place {
    BODY_BROKEN,     /* it was not well-formed */
    BODY_CONTENT,    /* before `left` bytes of content */
    BODY_SIZE,       /* within the size of a chunk */
    BODY_EXTENSION,  /* within what may follow the size */
    BODY_SIZE_LF,    /* before the line feed of that line */
    BODY_CONTENT_CR, /* before the line end that follows the content of a chunk */
    BODY_CONTENT_LF,
    BODY_LINE,  /* at the beginning of a line of the trailer */
    BODY_FIELD, /* within such a line */
    BODY_FIELD_LF,
    BODY_LAST_LF, /* before the line feed that ends everything */
    BODY_COMPLETE,
};

struct body {
    enum body_place place;
    bool chunked;
    uint64_t left; /* content until the end of the chunk, or of the body */
    int digits;    /* of the size of a chunk */
};

enum body_news {
    BODY_PIECE, /* some content */
    BODY_MORE,  /* what there was is taken, and the body is not complete */
    BODY_END,   /* it is complete */
    BODY_BAD,   /* its framing is wrong */
};

/* The body that R announces. */
void body_init(struct body *b, const struct request *r);

/*
 * Takes framing, and then at most MAX bytes of content, from IN. If that gives a piece it stays
 * where it is until IN is read into again.
 */
enum body_news body_next(struct body *b, struct inbuf *in, size_t max, struct slice *piece);

#endif
