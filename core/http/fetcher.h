/* The interface to whoever makes HTTP requests of the proxy's own, for scripts and the like.
 *
 * A request that is under way is answered exactly once, from the loop, unless it is cancelled
 * before; never while it is being started.
 */
#ifndef HTTP_FETCHER_H
#define HTTP_FETCHER_H

#include "http/head.h"

/* What came of it. All of it belongs to the fetcher and lives as long as the call. */
struct fetcher_answer {
    const char *why;         /* why there is no response; NULL if there is one */
    const struct head *head; /* of the response */
    struct span body;        /* of it, whole */
};

/* What is asked for. All of it belongs to the caller and lives as long as the call. */
struct fetcher_ask {
    struct span method;
    struct span url;
    const struct field *fields; /* to be sent; of each, name and value are looked at */
    unsigned field_count;
    struct span body; /* at == NULL: none */
    double timeout;   /* seconds until the whole response must have come */
    size_t most;      /* bytes that its body may have */
    void (*answered)(void *owner, const struct fetcher_answer *answer);
    void *owner;
};

struct fetch; /* a request that is under way; the fetcher's */
struct fetcher;

struct fetcher_ops {
    struct fetch *(*start)(struct fetcher *fetcher, const struct fetcher_ask *ask,
                           const char **why);
    void (*cancel)(struct fetcher *fetcher, struct fetch *fetch);
};

struct fetcher {
    const struct fetcher_ops *ops;
};

/* Starts a request. NULL if that cannot be done: *WHY, which is valid until the next call, says
 * why, and ask->answered is not called. */
static inline struct fetch *fetcher_start(struct fetcher *fetcher, const struct fetcher_ask *ask,
                                          const char **why)
{
    return fetcher->ops->start(fetcher, ask, why);
}

/* Ends FETCH, which has not been answered. */
static inline void fetcher_cancel(struct fetcher *fetcher, struct fetch *fetch)
{
    fetcher->ops->cancel(fetcher, fetch);
}

#endif
