/* The interface to whoever routes: which pool gets a request. It never waits. */
#ifndef BALANCE_ROUTER_H
#define BALANCE_ROUTER_H

#include "balance/pool.h"

enum router_news {
    ROUTER_CHOSE,  /* *POOL is one of the generation's */
    ROUTER_NONE,   /* there is none for this request: 404 */
    ROUTER_FAILED, /* no valid choice; why is in the log */
};

struct router;

struct router_ops {
    enum router_news (*route)(struct router *router, struct visit *visit, struct pool **pool);
};

struct router {
    const struct router_ops *ops;
};

/* Asks ROUTER: see the results above. */
static inline enum router_news router_route(struct router *router, struct visit *visit,
                                            struct pool **pool)
{
    return router->ops->route(router, visit, pool);
}

#endif
