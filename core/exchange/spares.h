/* What a request needs, lent to a client while it lasts.
 */
#ifndef EXCHANGE_SPARES_H
#define EXCHANGE_SPARES_H

#include "exchange/exchange.h"
#include "exchange/side_h1.h"

struct request {
    struct list link; /* of the spare ones */
    struct side_h1 side;
    struct exchange exchange;
};

/* Those that are not lent. */
struct spares {
    struct list list;
    unsigned count;
};

/* None yet. */
void spares_init(struct spares *spares);

/* Frees all that were given back. */
void spares_fini(struct spares *spares);

/* One that was given back, or a new one. */
struct request *spares_take(struct spares *spares);

/* REQUEST is kept for the next one, if there are not enough of them. */
void spares_give(struct spares *spares, struct request *request);

#endif
