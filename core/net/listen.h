/* Accepting, and when to stop. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "base/addr.h"
#include "base/clock.h"
#include "base/quiet.h"

#include <ev.h>

struct listener;

/* What the owner of a listener does. */
struct listener_ops {
    /* Is there a place for one more? */
    bool (*has_place)(void *owner);

    /* Somebody waits for whom there is no place. True if there is one now; otherwise the owner has
     * stopped the listener. */
    bool (*make_place)(void *owner);

    /* Takes a connection, whose descriptor, non-blocking, is the owner's from then on. */
    void (*accept)(void *owner, int fd, const struct addr *from);

    /* Descriptors have run out. True if one was closed that could be done without. */
    bool (*free_descriptor)(void *owner);

    /* A listener that was to end has closed. */
    void (*closed)(void *owner);
};

struct listener {
    struct ev_io io;
    struct ev_timer pause; /* until accepting goes on after descriptors ran out */
    struct ev_loop *loop;
    const struct clock *clock;
    struct quiet quiet; /* about that */
    bool was_short;     /* they have run out, and somebody may still be waiting */
    bool ending;        /* it is closed when nobody waits any more */
    const struct listener_ops *ops;
    void *owner;
};

/* Opens a socket that listens at AT, which gets the port if it was 0. On failure nothing is left
 * open and errno says why. CLOCK must outlive the listener. */
enum err listener_open(struct listener *l, struct ev_loop *loop, const struct clock *clock,
                       struct addr *at, const struct listener_ops *ops, void *owner);

/* Starts accepting, or goes on. */
void listener_start(struct listener *l);

/* Stops accepting; who connects waits in the queue. */
void listener_stop(struct listener *l);

/* Accepts who is waiting already, as there are places, and then closes. Nobody new is let into the
 * queue. */
void listener_end(struct listener *l);

/* Has it been closed? */
static inline bool listener_is_closed(const struct listener *l)
{
    return l->io.fd < 0;
}

/* Stops listening at once, if that is not done already. */
void listener_close(struct listener *l);

#endif
