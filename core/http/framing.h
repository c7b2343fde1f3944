/* Where a body ends.
 *
 * The framing of a message is decided once, from our own strict reading, after RFC 9112 section 6;
 * whatever another recipient could read differently is refused. Chunks are decoded here and written
 * anew by `print`; nothing of the sender's framing is ever passed on.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "base/err.h"
#include "http/head.h"

/* Decides on head->body and head->length. ERR_MALFORMED for whatever is ambiguous, ERR_CODING
 * for a transfer coding other than chunked; head->why says why. */
enum err framing_of_request(struct head *request);

/* The same for the response to REQUEST, which may have led to a tunnel. */
enum err framing_of_response(struct head *response, const struct head *request);

/* A body being taken apart. Embed it. */
struct framing {
    enum body body;
    uint64_t left;     /* bytes left of the body, or of this chunk */
    unsigned state;    /* of the chunk decoder */
    unsigned digits;   /* of this chunk's size */
    unsigned overhead; /* bytes of extensions and trailers so far, in the whole body */
    unsigned trailers; /* complete lines of them */
    unsigned line;     /* bytes of this trailer line so far */
    bool named;        /* this trailer line has had its colon */
};

enum framing_news {
    FRAMING_WAIT, /* more bytes are needed */
    FRAMING_DATA, /* *DATA is a piece of the body */
    FRAMING_END,  /* the body is complete; what follows belongs to the next message */
    FRAMING_BAD,  /* no valid body */
};

/* Starts with the body that HEAD announces. */
void framing_begin(struct framing *framing, const struct head *head);

/* Takes *INPUT apart from its front. Moves *INPUT past what was taken; gives at most MAX bytes of
 * the body a call. A body until the close, and a tunnel, never end here: their end is that of the
 * connection. */
enum framing_news framing_read(struct framing *framing, struct span *input, size_t max,
                               struct span *data);

#endif
