/* A client's connection, from its beginning to its end, and all that belongs to it: see client.c
 * for the drawing.
 *
 * The steps in client.c, `admission` and `parting` change it; nobody else does.
 */
#ifndef EXCHANGE_STAY_H
#define EXCHANGE_STAY_H

#include "exchange/census.h"
#include "exchange/spares.h"

/* All client connections of a loop. */
struct clients {
    struct exchange_env *env;
    struct ev_loop *loop;
    struct buf_lender *lender;
    struct list idle; /* connections with nothing to do, that which had a request last in front */
    struct list busy; /* the others */
    unsigned count;   /* of both */
    struct census census; /* by address, if there is a limit */
    struct spares spares;
    void (*left)(void *owner); /* a connection has ended */
    void *owner;
};

enum client_state {
    CLIENT_PREFACE,
    CLIENT_IDLE,
    CLIENT_BUSY,
    CLIENT_LEAVING,
    CLIENT_CLOSING,
    CLIENT_LINGERING
};

struct client {
    struct list link;
    struct clients *clients;
    struct stream stream;
    struct addr from; /* who has connected, */
    struct addr at;   /* and where; of no family while that is not known */
    enum client_state state;
    bool late;
    bool shut;                /* it knows that nothing more will come */
    size_t empty_lines;       /* since the last request */
    struct deadline deadline; /* of everything but an exchange */
    double since;             /* when it became idle */
    unsigned requests;        /* so far */
    struct request *request;  /* while BUSY */
    struct census_place place;
};

/* Seconds that a client may go on sending what nobody reads. */
#define STAY_LINGER 2.0

/* C goes on with STATE. */
void stay_enter(struct client *c, enum client_state state);

/* C is late if it does not get on for so many SECONDS. */
void stay_at_most(struct client *c, double seconds);

/* The connection is kept, for the next request. Before it is idle the last answer has to leave. */
void stay_keep(struct client *c);

/* Nothing more is asked of C, which goes on with STATE, CLOSING or LINGERING: it is closed when all
 * that was written has gone. */
void stay_close(struct client *c, enum client_state state);

/* Is C, of whom nothing is wanted but that it takes what is left, late? If it still does, though
 * not too slowly, it has the time for it. */
bool stay_is_late(struct client *c);

/* Is nothing to be expected from C any more? */
bool stay_is_over(const struct client *c);

/* The request of C is over. */
void stay_end_request(struct client *c);

/* Ends C, and its request if there is one, and frees it. */
void stay_end(struct client *c);

#endif
