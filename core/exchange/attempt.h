/* One try at one backend, as the exchange sees it.
 *
 * Who makes the connection lies behind `struct attempts`: in the proxy it is `reach`, over the
 * network; in the tests it is a few sides in memory.
 */
#ifndef EXCHANGE_ATTEMPT_H
#define EXCHANGE_ATTEMPT_H

#include "balance/backend.h"
#include "exchange/side_h1.h"

enum attempt_news {
    ATTEMPT_WAIT,   /* the backend has not accepted yet */
    ATTEMPT_OPEN,   /* attempt->side is there */
    ATTEMPT_FAILED, /* attempt->err says why */
};

struct attempt {
    struct attempts *by;
    struct backend *backend;
    const struct head *request;
    enum config_proxy send_proxy;      /* the header that its connection begins with, and who */
    const struct addr *client, *at;    /* has connected, and where; for that header alone */
    const struct parse_limits *limits; /* of the head of the response */
    struct arena *arena;
    void (*wake)(void *owner); /* to be called when something happens */
    void *owner;

    struct side *side; /* valid from ATTEMPT_OPEN to the end */
    bool reused;       /* over a kept-open connection */
    enum err err;

    struct stream *stream; /* for `reach` */
    struct side_h1 h1;
    uint64_t sent_before;
};

struct attempts {
    /* Starts A, whose first group of fields is set: over a new connection if FRESH, otherwise
     * preferably over a kept-open one. Every attempt that was started must be ended. */
    void (*start)(struct attempt *a, bool fresh);

    /* How far A is with its connection. */
    enum attempt_news (*poll)(struct attempt *a);

    /* May a byte of the request have left? */
    bool (*has_sent)(const struct attempt *a);

    /* Ends A; its connection is kept for others if KEEP and if it is in a state to be kept. */
    void (*end)(struct attempt *a, bool keep);
};

#endif
