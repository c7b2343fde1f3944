/* Accepting, and when to stop. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "base/addr.h"
#include "base/quiet.h"

#include <ev.h>

/* What the owner of a listener does. */
struct listener_ops {
    /* Takes a connection, whose descriptor, non-blocking, is the owner's from then on. Says whether more are welcome in this
     * turn. */
    bool (*accept)(void *owner, int fd, const struct addr *from);

    /* Descriptors have run out: closes one, if there is one that can be done without. */
    bool (*make_room)(void *owner);
};

struct listener {
    struct ev_io io;
    struct ev_timer pause; /* until accepting goes on after descriptors ran out */
    struct ev_loop *loop;
    struct quiet quiet; /* about that */
    bool was_short;     /* it has run out, and somebody may still be waiting */
    const struct listener_ops *ops;
    void *owner;
};

/* Opens a socket that listens at AT, which gets the port if it was 0. On failure nothing is left open and errno says
 * why. */
enum err listener_open(struct listener *l, struct ev_loop *loop, struct addr *at,
                       const struct listener_ops *ops, void *owner);

/* Starts accepting, or goes on. */
void listener_start(struct listener *l);

/* Stops accepting; who connects waits in the queue. */
void listener_stop(struct listener *l);

/* Accepts at once all who are waiting already, as long as they are welcome. */
void listener_empty(struct listener *l);

/* Stops listening. */
void listener_close(struct listener *l);

#endif
