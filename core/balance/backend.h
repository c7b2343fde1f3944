/* A server: its facts, whoever asks for them, and its place in a pool.
 *
 * Facts belong to the id and the address, not to what a script says of the server: they outlive a
 * reload, and all pools with this server share them. They are written by `facts` and nowhere else;
 * scripts read them.
 */
#ifndef BALANCE_BACKEND_H
#define BALANCE_BACKEND_H

#include "balance/ewma.h"
#include "balance/health.h"
#include "balance/outlier.h"
#include "base/list.h"
#include "base/quiet.h"
#include "conf/config.h"

struct probe;

/* What is known of a server. */
struct facts {
    char *id;
    struct addr at;
    unsigned inflight; /* requests it has now */
    struct health health;
    struct outlier outlier;
    struct ewma ewma;  /* of the time to the head of its responses */
    unsigned fails;    /* attempts running without a response below 500 */
    double since;      /* the moment it went up or down last, or became known */
    struct list users; /* the backends, of whatever pool and generation, that have these facts */
    unsigned cap;      /* the least of theirs */

    /* What others keep with it. */
    struct list link;    /* of the ledger */
    unsigned held;       /* pools that have it; the ledger's */
    struct list idle;    /* its kept-open connections, the newest first; exchange/idle's */
    struct quiet said;   /* when something was last said of it; exchange/complaint's */
    struct probe *probe; /* who checks it, or NULL; feed/probe's */
};

/* A server as one pool has it. */
struct backend {
    const struct config_backend *config; /* who it is */
    unsigned index;                      /* its place in the pool */
    bool listed;                         /* it is in the pool's list `up` */
    struct pool *pool;
    struct facts *facts;
    struct list of_facts; /* among the users of its facts */
    unsigned cap;         /* requests in flight at which it gets no more; UINT_MAX: none */
    bool drains;          /* it gets no new requests */
    bool serves;          /* it may be given requests, as long as it is below its cap */
};

/* May requests be given to B, as far as its health is concerned? */
static inline bool backend_is_up(const struct backend *b)
{
    return !b->facts->health.down;
}

/* May requests be given to B now? */
static inline bool backend_is_usable(const struct backend *b)
{
    return b->serves && b->facts->inflight < b->cap;
}

/* Is B one of the COUNT backends in LIST? */
static inline bool backend_is_in(struct backend *const *list, unsigned count,
                                 const struct backend *b)
{
    for (unsigned i = 0; i < count; i++)
        if (list[i] == b)
            return true;
    return false;
}

/* The same, as far as what requests have met is concerned, too. */
static inline bool backend_is_fit(const struct backend *b)
{
    return backend_is_up(b) && !b->facts->outlier.out;
}

#endif
