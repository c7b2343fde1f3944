/*
 * talk: what is said on one connection, request and answer in turn.
 *
 * A talk is a row of steps. talk_run takes as many as it can and says what must happen before the
 * next; when that is, and who wakes it, is the business of whoever holds it. It knows no loop and
 * no clock: a moment that has come is a fact like any other.
 *
 *      HEAD ----> TAKE ----> PAUSE ----> ANSWER ----> BODY ----> END ----> HEAD ...
 *     a head    the body    ?delay      the head    the body      |
 *     comes in  comes in                goes out    goes out      +--> HOLD
 *       |         |                       ^                       +--> RESET
 *       +---------+-------- refused ------+                       +--> CLOSE --> LINGER
 *
 * /echo skips TAKE, because its BODY is the request's; /early skips it too, and hears nothing more.
 */
#ifndef ECHO_TALK_H
#define ECHO_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "answer.h"
#include "body.h"
#include "content.h"
#include "counts.h"
#include "digest.h"
#include "inbuf.h"
#include "outbuf.h"
#include "request.h"
#include "settings.h"

enum talk_phase {
    PHASE_HEAD,
    PHASE_TAKE,
    PHASE_PAUSE,
    PHASE_ANSWER,
    PHASE_BODY,
    PHASE_END,
    PHASE_HOLD,
    PHASE_RESET,
    PHASE_CLOSE,
    PHASE_LINGER,
};

/* What the next step needs. */
enum talk_need {
    NEED_NOTHING,
    NEED_INPUT, /* more from the client */
    NEED_ROOM,  /* fewer bytes in the buffer */
    NEED_FLUSH, /* no bytes in the buffer */
    NEED_TIME,  /* the pause to be over */
    NEED_END,   /* there is no next step; close the connection */
};

struct talk {
    int fd;
    const struct settings *settings;
    struct counts *counts;

    enum talk_phase phase;
    enum talk_need need;
    double pause; /* if not 0: wake me after so many seconds at the latest */
    bool rung;    /* the pause is over */

    size_t searched; /* bytes of an incomplete head that have been looked through */
    struct request request;
    struct body body;
    struct digest digest;
    struct answer answer;
    struct content content;
    struct inbuf in;
    struct outbuf out;
};

/* A talk on FD, which stays the caller's. SETTINGS and COUNTS are borrowed. */
void talk_init(struct talk *t, int fd, const struct settings *settings, struct counts *counts);
void talk_fini(struct talk *t);

/* The socket can be read. False if the connection is broken. */
bool talk_read(struct talk *t);

/* Takes steps and writes. False if the talk is over and the socket to be closed. */
bool talk_run(struct talk *t);

/* What to wait for. Beside these there is the pause. */
bool talk_wants_to_read(const struct talk *t);
bool talk_wants_to_write(const struct talk *t);

#endif
