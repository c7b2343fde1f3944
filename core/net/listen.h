/* Accepting, and when to stop. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "base/addr.h"

#include <ev.h>

struct listener {
    struct ev_io io;
    struct ev_timer pause; /* until accepting goes on after descriptors ran out */
    struct ev_loop *loop;
    bool paused; /* out of descriptors; said once */
    bool (*accept)(void *owner, int fd, const struct addr *from);
    void *owner;
};

/* Opens a socket that listens at AT, which gets the port if it was 0. ACCEPT is given every connection,
 * whose descriptor, non-blocking, is the owner's from then on; it says whether more are welcome in this turn.
 * On failure nothing is left open and errno says why. */
enum err listener_open(struct listener *l, struct ev_loop *loop, struct addr *at,
                       bool (*accept)(void *owner, int fd, const struct addr *from), void *owner);

/* Starts accepting, or goes on. */
void listener_start(struct listener *l);

/* Stops accepting; who connects waits in the queue. */
void listener_stop(struct listener *l);

/* Stops listening. */
void listener_close(struct listener *l);

#endif
