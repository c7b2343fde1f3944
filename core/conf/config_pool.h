/* What the script asked for of a pool: its backends, how they are checked and judged, how long they
 * may take, and what is tried again. Most of it can be said for all pools at once.
 */
#ifndef CONF_CONFIG_POOL_H
#define CONF_CONFIG_POOL_H

#include "base/addr.h"

#include <stdbool.h>
#include <stdint.h>

struct config_backend {
    struct addr at;
    char *id;        /* unique; the address as written if the script gives none */
    char *authority; /* "host:port" as written */
    char *host;      /* what a Host field of its own says: the same without a port 80 */
    unsigned weight; /* 1 if not given */
    unsigned tier;   /* 1 if not given */
    unsigned cap;    /* requests in flight at most; 0: what its pool says */
    bool drain;      /* it gets no new requests */
};

enum config_check { CHECK_TCP, CHECK_HTTP, CHECK_NONE };

struct config_health {
    enum config_check type;
    char *path;      /* of the GET, for CHECK_HTTP */
    unsigned status; /* the status expected; 0: any 2xx or 3xx */
    double every;
    double timeout;
    unsigned rise; /* successes running until a backend that is down counts as up */
    unsigned fall; /* failures running until one that is up counts as down */
};

/* How one is told bad by what requests meet: see balance/outlier.h. */
struct config_outlier {
    bool watches;      /* is anybody? */
    unsigned errors;   /* failures running */
    double rate;       /* share of failures in a window, 0 to 1 */
    double latency;    /* so many times the median of the pool; 0: it does not matter */
    unsigned samples;  /* responses in a window below which nothing is made of the two above */
    double every;      /* length of the window */
    double eject;      /* seconds out at first; longer each time */
    double share;      /* of the pool that may be out at once; one may be out in any case */
    double slow_start; /* seconds until one who is back has his full share */
};

/* Statuses that a request can be tried again for: CONFIG_RETRY_FIRST and those above it. */
enum { CONFIG_RETRY_FIRST = 400, CONFIG_RETRY_STATUSES = 200 };

struct config_retry {
    unsigned tries; /* attempts for one request, the first one included */
    bool on_connect, on_reset, on_timeout;
    bool on_status[CONFIG_RETRY_STATUSES];
    double budget;  /* retries as a share of the requests */
    double backoff; /* before the second attempt, doubled for each one after; half is chance */
    size_t body;    /* bytes of a request's body that are kept to be sent again */
};

struct config_timeouts {
    double idle;     /* a kept-open connection without a request */
    double head;     /* from the first byte of a head to its last */
    double connect;  /* until a backend has accepted */
    double response; /* from the end of a request to the head of its response */
    double stall;    /* a body that does not move */
    double hook;     /* a hook that waits */
    double queue;    /* for a backend that is below its cap */
    double tunnel;   /* a tunnel in which nothing moves */
    double drain;    /* from SIGTERM to the end of the process */
};

/* Which PROXY header a connection to a backend begins with. */
enum config_proxy { PROXY_NONE, PROXY_V1, PROXY_V2 };

/* What a request may be given to, and how. */
struct config_pool {
    char *name; /* CONFIG_POOL if the script has no pools of its own */
    struct config_backend *backends;
    unsigned backend_count;
    struct config_health health;
    struct config_timeouts timeouts; /* connect, response, stall, queue and tunnel are the pool's */
    struct config_retry retry;
    struct config_outlier outlier;
    enum config_proxy send_proxy;
    unsigned inflight; /* requests at a backend that says nothing else */
    unsigned pending;  /* requests that wait for a backend */
    bool picks;        /* does the script choose? Otherwise round robin does */
};

/* What the pool is called that a script has without naming it, and that gets what could not be
 * routed. */
#define CONFIG_POOL "default"

/* What retry.tries may be raised to, so that there is room for those that were tried. */
enum { CONFIG_TRIES_MAX = 10 };

/* What retry.body may be raised to. */
enum { CONFIG_RETRY_BODY_MAX = 16 << 20 };

#endif
