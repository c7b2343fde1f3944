/*
 * content: the body of an answer, as much of it as there is room for.
 */
#ifndef ECHO_CONTENT_H
#define ECHO_CONTENT_H

#include <stdint.h>

#include "answer.h"
#include "body.h"
#include "inbuf.h"
#include "outbuf.h"

enum content_news {
    CONTENT_ROOM,  /* there is more to send than room */
    CONTENT_INPUT, /* more of the request's body must come first */
    CONTENT_PAUSE, /* a byte was sent; the next one is due after answer.every */
    CONTENT_END,   /* all of it is in the buffer */
    CONTENT_BAD,   /* the request's body is not well-formed, so this one cannot be completed */
};

struct content {
    uint64_t sent; /* bytes of the body that are in the buffer or beyond */
    uint64_t left; /* bytes missing in the current chunk */
};

void content_init(struct content *c);

/* Sends what A says, text or pattern. */
enum content_news content_send(struct content *c, const struct answer *a, struct outbuf *out);

/* Sends the body B of the request, as it comes from IN. */
enum content_news content_return(const struct answer *a, struct body *b, struct inbuf *in,
                                 struct outbuf *out);

#endif
