/* A side made of memory: what is read from it is a text, and what is written to it becomes one.
 *
 * A letter is something that happens:
 *
 *   H      a head with nothing behind it
 *   h      a head with a body
 *   i      a head that comes before the final one, a 1xx
 *   U      a request that asks for another protocol, or a response that agrees: what is behind it,
 *          up to its end, comes through a tunnel
 *   0-9    a byte of the body
 *   e      the end of the body
 *   E      the same, come together with the bytes in front of it
 *   .      nothing until the next turn
 *   :      nothing for four seconds
 *   ?      nothing until all of a message was written to this side
 *   -      the other end is gone: closed
 *   x      the other end is gone: an error of the connection, which is noticed without reading
 *   !      what comes is malformed
 *
 * Behind the last one nothing happens any more.
 */
#ifndef TESTS_EXCHANGE_MEMORY_SIDE_H
#define TESTS_EXCHANGE_MEMORY_SIDE_H

#include "exchange/side.h"

struct memory_side {
    struct side side;
    const char *says;    /* what is left to be read */
    size_t takes;        /* bytes it takes in a turn; a head counts as one. 0: any */
    bool stuck;          /* it takes so many once, and no more */
    unsigned sips;       /* so often it is still heard to take something, though it has no room: */
    unsigned sip;        /* so many bytes; 0: one */
    bool expects;        /* heads that are read have an Expect */
    struct arena *arena; /* of the heads that are read */
    struct head like;    /* what they are like */
    enum err malformed;  /* what '!' is; 0: ERR_MALFORMED */

    char got[256];   /* what was written, with 'e' for every kind of end */
    unsigned status; /* of the final head written */
    bool keeps;      /* what that head said about the connection */
    size_t taken;    /* in this turn */
    bool wrote_head; /* the final one */
    bool wrote_all;  /* the last part */
    bool wrote_end;  /* the last part, behind the head */
    bool may_tunnel; /* the head of a request that asks for it was written */
    bool asked;      /* all of a message was read from it, */
    bool tunnels;    /* but what is read or written now is no HTTP any more */
    bool armed;      /* since the last turn */
    char host[64];   /* of the last head written */
    bool gone;
    bool closed; /* it may not be used any more */
};

/* Fails with WHAT unless it HOLDS. Cheaper than ck_assert, which writes a note every time. */
void must(bool holds, const char *what);

/* A side that says what SAYS says. */
void memory_side_init(struct memory_side *m, const char *says, size_t takes, struct arena *arena);

/* A turn of the loop: what was written leaves, and the next thing can happen. Says whether that
 * wakes the owner, who has armed the side. */
bool memory_side_turn(struct memory_side *m);

/* Four seconds have passed in which nothing happened. Says whether something does now. */
bool memory_side_later(struct memory_side *m);

#endif
