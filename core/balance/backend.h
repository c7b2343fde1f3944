/* One server and its facts. The facts are written here and nowhere else; scripts read them. */
#ifndef BALANCE_BACKEND_H
#define BALANCE_BACKEND_H

#include "balance/health.h"
#include "conf/config.h"

struct backend {
    const struct config_backend *config; /* who it is */
    unsigned index;                      /* its place in the pool */
    unsigned inflight;    /* requests it has now; changed by pool_lease, pool_release */
    struct health health; /* changed by pool_judge */
};

/* May requests be given to B, as far as its health is concerned? */
static inline bool backend_is_up(const struct backend *b)
{
    return !b->health.down;
}

#endif
