/* One moment after which somebody is late, cheap to move.
 *
 * Deadlines move with every request and hardly ever come. So moving one stores a number; a coarse
 * wheel looks at it when its old place comes round, and puts it where it belongs by then. Being
 * late is told up to DEADLINE_GRAIN after the moment, never before.
 */
#ifndef NET_DEADLINE_H
#define NET_DEADLINE_H

#include "base/clock.h"
#include "base/list.h"

#include <ev.h>

#define DEADLINE_GRAIN (1.0 / 64) /* seconds */

enum { DEADLINE_SLOTS = 1024 };

/* All deadlines of a loop. */
struct deadlines {
    struct ev_loop *loop;
    const struct clock *clock;
    struct ev_timer timer; /* for the next slot that is not empty */
    uint64_t looked;       /* the last tick whose slot was looked at */
    bool hesitates;        /* the loop has stalled: it has one more turn */
    uint64_t next;         /* the tick the timer is set for; UINT64_MAX if it is not running */
    struct list slots[DEADLINE_SLOTS];
};

struct deadline {
    struct list link;
    double at;     /* seconds of the clock; INFINITY: never */
    double behind; /* as long as it is behind this moment, its place on the wheel is early enough */
    uint64_t tick; /* where on the wheel it is; UINT64_MAX if it is not */
    void (*late)(struct deadline *deadline);
};

/* CLOCK must be ticked once a turn of LOOP; both must outlive the deadlines. */
void deadlines_init(struct deadlines *deadlines, struct ev_loop *loop, const struct clock *clock);

/* No deadline may be set any more. */
void deadlines_fini(struct deadlines *deadlines);

/* LATE is called once, from the loop, when the deadline has passed. It may free the deadline. */
void deadline_init(struct deadline *deadline, void (*late)(struct deadline *deadline));

/* Moves the deadline to AT, in seconds of the clock. */
void deadline_set(struct deadlines *deadlines, struct deadline *deadline, double at);

/* There is nothing to be late for at the moment. */
void deadline_clear(struct deadline *deadline);

/* Takes it off the wheel: it may be freed. */
void deadline_fini(struct deadline *deadline);

#endif
