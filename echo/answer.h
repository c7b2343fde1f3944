/*
 * answer: what a request is to be answered with, as plain data.
 *
 * Deciding touches no socket and no clock. Whatever this server can do, right or wrong, is a value
 * of struct answer; the talk carries it out without knowing any path.
 */
#ifndef ECHO_ANSWER_H
#define ECHO_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts.h"
#include "digest.h"
#include "request.h"
#include "settings.h"
#include "slice.h"

/* What the body consists of. */
enum answer_source {
    SOURCE_GREETING,
    SOURCE_COUNTS,  /* how many requests and connections there were */
    SOURCE_SUM,     /* length and checksum of the request's body */
    SOURCE_REPORT,  /* the request as it came */
    SOURCE_TEXT,    /* the text that is there already */
    SOURCE_PATTERN, /* predictable bytes */
    SOURCE_REQUEST, /* the request's body, while it comes in */
};

/* How the client learns where the body ends. */
enum answer_framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

/* What follows. */
enum answer_after {
    AFTER_NEXT,    /* the next request */
    AFTER_CLOSE,   /* the connection is closed */
    AFTER_RESET,   /* the connection is reset */
    AFTER_SILENCE, /* nothing, until the client goes away */
};

struct answer {
    int status;
    enum answer_source source;
    enum answer_framing framing;
    enum answer_after after;

    struct slice text; /* the body, unless it is SOURCE_PATTERN or SOURCE_REQUEST */
    uint64_t size;     /* so many bytes of body are sent, unless it is SOURCE_REQUEST */
    uint64_t promised; /* so many the head announces */
    uint64_t chunk;    /* content of a chunk */
    double delay;      /* pause before the head */
    double every;      /* pause before each byte of the body; 0: no pauses */

    bool headless;        /* there is no head */
    bool hints;           /* "103 Early Hints" comes first */
    bool halved;          /* twice as much is promised as is sent */
    bool dripping;        /* the body comes byte by byte */
    bool deaf;            /* the request's body is not read */
    bool bodiless;        /* HEAD, or a status that forbids a body */
    bool says_close;      /* "Connection: close" */
    bool says_keep_alive; /* "Connection: keep-alive", which HTTP/1.0 wants to hear */
    const char *junk;     /* follows the answer, or NULL */
    char note[96];        /* where a short text is made */
};

/* Decides how to answer R. For the sources that depend on the body, answer_compose comes later. */
void answer_decide(struct answer *a, const struct request *r, const struct settings *s);

/* Makes A the refusal of a request that is not well-formed. The connection closes after it. */
void answer_refuse(struct answer *a, int status, const char *why);

/*
 * Sets text and size, now that the body of the request is taken. The text is borrowed from A
 * itself, S or D.
 */
void answer_compose(struct answer *a, const struct settings *s, const struct counts *counts,
                    const struct digest *d);

/* What has to be kept of the request's body for A, as digest_init wants to hear it. */
unsigned answer_wants(const struct answer *a);

/* May an answer with STATUS never have a body? */
bool answer_forbids_body(int status);

#endif
