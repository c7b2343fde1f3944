/* One loaded script and all that was made of it, as exchanges see it.
 *
 * An exchange ends with the generation it began with, whatever is loaded meanwhile. Who made a
 * generation frees it when it is no longer the current one and nobody holds it.
 */
#ifndef EXCHANGE_GENERATION_H
#define EXCHANGE_GENERATION_H

#include "balance/hooks.h"
#include "balance/router.h"
#include "http/parse.h"

struct generation {
    const struct config *config;
    struct parse_limits limits; /* of heads, as the config says */
    struct pool *pools;         /* one for each of the config's, in the same order */
    struct router *router;      /* NULL: all requests are for the first pool */
    struct hooks *hooks;        /* NULL: nobody keeps anything for a request; else as config says */
    bool sends_proxy;           /* is some backend told whom a connection speaks for? */
    unsigned held;              /* exchanges that began with it and have not ended */
};

#endif
