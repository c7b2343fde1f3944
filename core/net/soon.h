/* To be done in this turn of the loop, but not within the present call.
 *
 * Who is told of something in the middle of his own work, or of somebody else's, puts off what it
 * leads to until all of that is done.
 */
#ifndef NET_SOON_H
#define NET_SOON_H

#include "base/list.h"

#include <ev.h>

struct soon {
    struct ev_loop *loop;
    struct ev_idle turn; /* runs while something is to be done, so that the loop does not sleep */
    struct list later;
    bool works; /* what is called now can wait for the next turn if it wants to be called again */
};

struct later {
    struct list link;
    void (*call)(struct later *later);
};

/* LOOP must outlive it. */
void soon_init(struct soon *soon, struct ev_loop *loop);

/* Whatever is left is not done any more. */
void soon_fini(struct soon *soon);

/* CALL is called, from the loop, whenever that was asked for. It may free what it is given. */
void soon_later_init(struct later *later, void (*call)(struct later *later));

/* LATER is called as soon as the present callback of the loop has returned, once, however often
 * this is said; in the order in which it was said. If it is said by one who is being called, that
 * is when the loop has looked for other things that have happened. Not to be called from the loop's
 * release callback, behind which the loop sleeps. */
void soon_call(struct soon *soon, struct later *later);

/* LATER is not called; it may be freed. */
void soon_cancel(struct later *later);

#endif
