/*
 * request: the head of a request, read strictly.
 *
 * The strictness is the purpose. A proxy forwards to this server; whatever it should have refused
 * or put right and did not is answered here with a status and the reason in words.
 */
#ifndef ECHO_REQUEST_H
#define ECHO_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

/* Every slice points into the bytes that request_read was given. */
struct request {
    struct slice head; /* all of it, the empty line included */
    struct slice method;
    struct slice path;         /* as sent; what follows the host, if the target is absolute */
    struct slice query;        /* what follows the question mark, or empty */
    struct slice content_type; /* or empty */
    int minor;                 /* of HTTP/1.minor */
    bool chunked;
    uint64_t length;       /* of the body, unless it is chunked */
    bool keep_alive;       /* the client would like to send another request */
    bool expects_continue; /* it waits for "100 Continue" before it sends the body */

    int status; /* if it is refused: with what status and why */
    const char *why;

    unsigned seen; /* which fields have been read; for request.c alone */
};

enum request_news {
    REQUEST_MORE,  /* the head is not complete */
    REQUEST_READY, /* it is; its length is head.len */
    REQUEST_BAD,   /* refuse it with status and why, read no further; nothing else is valid */
};

/*
 * Reads the head at the beginning of BYTES. KNOWN counts bytes that have been searched for its end
 * before, in vain; zero is always right.
 */
enum request_news request_read(struct request *r, struct slice bytes, size_t known);

#endif
