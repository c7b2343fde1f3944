/* The life of one request: from the first byte of its head to the last byte of its response.
 *
 *             +-------------+   malformed 400 · too large 431, 414, 413 · late 408
 *             |    HEAD     |   bad version 505 · unknown coding or method 501
 *             |             |   unknown expectation 417 · meant for the proxy itself 200
 *             +------+------+
 *                    v
 *             +-------------+   nobody usable 503
 *   +-------> |    PICK     |   never waits
 *   |         +------+------+
 *   | retry          v
 *   +<------- +-------------+   refused, unreachable, late: next backend; none left 502, 504
 *   | allowed |    DIAL     |   (a kept-open connection is open at once)
 *   |         +------+------+
 *   |                v
 *   +<------- +-------------+   both relays from here on · gone before its head 502 · late 504
 *             |   ANSWER    |   1xx are passed on
 *             +------+------+
 *                    v
 *             +-------------+   backend gone or late: the response is cut, and the client can tell
 *             |   FORWARD   |
 *             +------+------+
 *                    v
 *             +-------------+   facts released, connection kept or closed, access line written
 *             |    DONE     |
 *             +-------------+
 *
 * Callbacks record and wake; exchange_run alone decides. A reply of the proxy's own is a side like
 * any other: it takes the backend's place in ANSWER.
 */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "balance/pool.h"
#include "base/clock.h"
#include "base/counters.h"
#include "exchange/access.h"
#include "exchange/attempt.h"
#include "exchange/complaint.h"
#include "exchange/relay.h"
#include "exchange/side_reply.h"
#include "net/deadline.h"

/* What all exchanges share. It outlives them. */
struct exchange_env {
    const struct config *config;
    struct pool *pool;
    struct attempts *attempts;
    struct clock *clock;
    struct deadlines *deadlines;
    struct counters *counters;
    struct pipes *pipes; /* for large bodies */
    struct complaints *complaints;
    bool crowded;  /* somebody waits for a place: clients are not kept behind their answers */
    bool draining; /* from now on nobody is kept at all */
};

enum phase { PHASE_HEAD, PHASE_PICK, PHASE_DIAL, PHASE_ANSWER, PHASE_FORWARD, PHASE_DONE };

/* How a client's connection goes on after an exchange. */
enum exchange_end {
    END_KEEP,   /* the next request may come */
    END_CLOSE,  /* close it when all that was written has gone; the request was read to its end */
    END_LINGER, /* the same, but the client may still be sending: let it, for a while */
    END_CUT, /* close it at once, so that the client can tell that the response is not complete */
};

struct exchange {
    const struct exchange_env *env;
    struct side *client;

    enum phase phase;
    struct deadline deadline;
    bool late;
    double began; /* the first byte of the head */
    double since; /* the beginning of the phase, or when something moved in it */

    struct head *request;
    struct relay up;   /* the body of the request */
    struct relay down; /* the body of the response; `from` is the backend or the reply */
    uint64_t moved;    /* what both had moved when last looked at */

    bool leased;        /* the facts of attempt.backend count this exchange */
    const char *blame;  /* why the last one has failed, if another one is looked for */
    bool answered;      /* the head of the final response was written to the client */
    bool backend_keeps; /* what the backend's head has told us */
    struct access line; /* what is known of the access line */
    enum exchange_end end;

    /* What stands here is not cleared for each exchange: it is set before it is looked at. */
    struct arena arena;
    struct backend *tried[CONFIG_TRIES_MAX]; /* line.tries of them */
    struct attempt attempt;
    struct side_reply reply;
};

enum exchange_news {
    EXCHANGE_WAIT, /* it will wake its owner */
    EXCHANGE_DONE, /* exchange->end says how to go on; it is to be given to exchange_fini */
};

/* Starts an exchange with CLIENT at the address FROM, whose request is about to be read. WAKE is
 * called with OWNER whenever exchange_run is to be called: by the deadline and by the backend's
 * stream. Whatever wakes CLIENT has to do so too. The arena may hold a block from before. */
void exchange_init(struct exchange *x, const struct exchange_env *env, struct side *client,
                   const struct addr *from, void (*wake)(void *owner), void *owner);

/* Goes as far as it can, and arranges to be woken when it can go on. */
enum exchange_news exchange_run(struct exchange *x);

/* Ends X, wherever it is: facts are released, the backend's connection is closed. Resets the arena,
 * but leaves it a block. */
void exchange_fini(struct exchange *x);

#endif
