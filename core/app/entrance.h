/* Who is let in: the listeners, and how many clients there may be at once.
 *
 * Each client may need a second descriptor, for a backend, so there are at most half as many as descriptors, and at most
 * limits.connections. When all places are taken, the client that has been idle longest has to go; if all are busy, who
 * comes waits in the queue.
 */
#ifndef APP_ENTRANCE_H
#define APP_ENTRANCE_H

#include "exchange/client.h"
#include "exchange/idle.h"
#include "net/listen.h"

struct entrance {
    const struct config *config;
    struct deadlines *deadlines;
    struct clients *clients;
    struct idle *idle;
    struct listener *listeners;
    unsigned count;       /* of listeners */
    unsigned places;      /* clients for whom there are descriptors */
    unsigned most;        /* clients at once */
    bool full;            /* nobody is accepted */
    struct deadline look; /* while it is full: whether somebody can be done without by now */
    struct quiet said_full, said_idle;
};

/* Opens all listeners of CONFIG, or none and says why: ERR_SYSTEM. Nobody is accepted yet. CLIENTS get who comes; when
 * descriptors run out, IDLE gives up kept-open backend connections. All that is given must outlive the entrance. */
enum err entrance_open(struct entrance *e, struct config *config, struct deadlines *deadlines,
                       struct clients *clients, struct idle *idle);

/* Starts accepting. */
void entrance_start(struct entrance *e);

/* A client has left: there is room for another. */
void entrance_has_room(struct entrance *e);

/* Lets in at once who is waiting already, limits.connections or not: they could only be turned away. */
void entrance_empty(struct entrance *e);

/* Closes all listeners. Needed once; doing it again does no harm. */
void entrance_close(struct entrance *e);

#endif
