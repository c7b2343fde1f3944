/* Active checks: asks every backend in turn how it is, and tells the pool.
 *
 * A check is a connection, or a GET with an expected status. It fails when it is refused, answered
 * wrongly or takes too long. Where nobody has accepted in all that time, or refused to, nobody is
 * there at all. Lack of descriptors here says nothing about a backend there, and is no verdict.
 */
#ifndef FEED_PROBE_H
#define FEED_PROBE_H

#include "balance/pool.h"
#include "net/deadline.h"
#include "net/stream.h"

#define PROBE_HURRY 0.1 /* seconds */

struct ev_loop;

struct probes {
    struct list all;  /* one a server that is checked */
    unsigned count;   /* of them */
    unsigned unknown; /* of them, no check of which has ended yet */
    unsigned round;   /* counts probes_watch */
    struct ev_loop *loop;
    struct buf_lender *lender;
    struct deadlines *deadlines;
    bool (*free_descriptor)(void *owner);
    void (*on_ready)(void *owner);
    void (*ready)(void *owner); /* the same; NULL: it need not be called any more */
    void *owner;
};

/* Nobody is checked yet. READY and FREE_DESCRIPTOR get OWNER. The latter is called when descriptors
 * have run out, and says whether it has closed one. All that is given must outlive the probes. */
void probes_init(struct probes *probes, struct ev_loop *loop, struct buf_lender *lender,
                 struct deadlines *deadlines, void (*ready)(void *owner),
                 bool (*free_descriptor)(void *owner), void *owner);

/* From now on all backends of the COUNT pools in POOLS are checked, by the rules of their pools,
 * besides those that are checked already. `ready` is called once, when each of these has been
 * checked once: at once if there is nothing to wait for. The pools must live until they have been
 * replaced: by another probes_watch and probes_prune. */
void probes_watch(struct probes *probes, struct pool *pools, unsigned count);

/* Who was not in the last probes_watch is checked no more. */
void probes_prune(struct probes *probes);

/* Nobody could be reached where FACTS say: who checks them, if anybody does, does so now rather
 * than when it is his turn; every PROBE_HURRY seconds at most. There may be a verdict before this
 * is back. */
void probe_hurry(struct facts *facts);

/* Ends all checks; no verdict comes any more. */
void probes_stop(struct probes *probes);

#endif
