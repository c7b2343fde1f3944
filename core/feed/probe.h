/* Active checks: asks every backend in turn how it is, and tells the pool.
 *
 * A check is a connection, or a GET with an expected status. It fails when it is refused, answered
 * wrongly or takes too long. Lack of descriptors here says nothing about a backend there, and is no
 * verdict.
 */
#ifndef FEED_PROBE_H
#define FEED_PROBE_H

#include "balance/pool.h"
#include "net/deadline.h"
#include "net/stream.h"

struct ev_loop;

struct probes {
    struct probe *list; /* one a backend */
    unsigned unknown;   /* backends no check of which has ended yet */
    struct pool *pool;
    const struct config_health *rule;
    struct ev_loop *loop;
    struct buf_lender *lender;
    struct deadlines *deadlines;
    void (*ready)(void *owner);
    bool (*free_descriptor)(void *owner);
    void *owner;
};

/* Checks all backends of POOL by RULE from now on. READY is called with OWNER once, when each has
 * been checked once (at once if there is nothing to check). FREE_DESCRIPTOR is called when
 * descriptors have run out, and says whether it has closed one. All that is given must outlive the
 * probes. */
void probes_start(struct probes *probes, struct pool *pool, const struct config_health *rule,
                  struct ev_loop *loop, struct buf_lender *lender, struct deadlines *deadlines,
                  void (*ready)(void *owner), bool (*free_descriptor)(void *owner), void *owner);

/* Ends all checks. Needed once after each start; no verdict comes any more. */
void probes_stop(struct probes *probes);

#endif
