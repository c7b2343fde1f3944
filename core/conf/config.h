/* What the script asked for: plain data, checked, with nothing live in it.
 *
 * Durations are seconds, sizes bytes. Texts belong to the config and end with NUL.
 */
#ifndef CONF_CONFIG_H
#define CONF_CONFIG_H

#include "base/addr.h"
#include "base/net.h"

#include <stdbool.h>
#include <stdint.h>

struct config_listen {
    struct addr at;
    char *text;        /* as the script wrote it: ":8080" */
    bool accept_proxy; /* who is trusted says first, in a PROXY header, whom he speaks for */
};

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
    double budget; /* retries as a share of the requests */
    double
        backoff; /* before the second attempt, doubled for each one after; half of it is chance */
    size_t body; /* bytes of a request's body that are kept to be sent again */
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

struct config_limits {
    size_t line;          /* bytes of a request line */
    size_t field;         /* bytes of one field, its name included */
    size_t head;          /* bytes of a head */
    unsigned fields;      /* fields of a head */
    uint64_t body;        /* bytes of a request's body; UINT64_MAX: any */
    unsigned connections; /* clients at once, */
    unsigned per_address; /* and from one address */
    unsigned requests;    /* on one connection */
    double body_rate;     /* bytes a second that a client must send of a body, on average, */
    double read_rate;     /* and take of a response; 0: any */
    double call;          /* of CPU that one call into the script may take */
    size_t memory;        /* bytes that the script may have */
};

/* Which PROXY header a connection to a backend begins with. */
enum config_proxy { PROXY_NONE, PROXY_V1, PROXY_V2 };

/* What clients may ask for that is not for everybody. */
struct config_allow {
    bool trace;
    bool connect;
    bool any_upgrade;
    char **upgrades; /* protocols, unless any may be upgraded to */
    unsigned upgrade_count;
};

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

/* Which Host a backend is told. */
enum config_host { HOST_KEEP, HOST_BACKEND };

/* A hook of the script's: is there one, and may it wait? */
enum config_hook { HOOK_NONE, HOOK_CALLED, HOOK_WAITS };

struct config {
    struct config_listen *listens;
    unsigned listen_count;
    struct config_pool *pools;
    unsigned pool_count;
    struct config_health health;     /* of pools that have none of their own */
    struct config_timeouts timeouts; /* the same */
    struct config_retry retry;       /* the same */
    struct config_outlier outlier;   /* the same */
    enum config_proxy send_proxy;    /* the same */
    unsigned inflight, pending;      /* the same */
    struct config_limits limits;
    struct config_allow allow;
    struct net *trusted; /* who may say whom he speaks for */
    unsigned trusted_count;
    bool has_pools; /* the script names its pools, */
    bool routes;    /* and says which of them gets a request */
    unsigned tasks; /* that the script has done every so often */
    enum config_hook request;
    enum config_hook response;
    enum config_host host;
    bool log_access;
};

/* What limits.head and limits.fields may be raised to, so that any head fits a buffer together with
 * what is added. */
enum { CONFIG_HEAD_MAX = 49152, CONFIG_FIELDS_MAX = 1000 };

/* What retry.tries may be raised to, so that there is room for those that were tried. */
enum { CONFIG_TRIES_MAX = 10 };

/* What retry.body may be raised to. */
enum { CONFIG_RETRY_BODY_MAX = 16 << 20 };

/* How backends are checked if nobody says otherwise. */
extern const struct config_health config_health;

/* How they are judged by what requests meet, if nobody says otherwise. */
extern const struct config_outlier config_outlier;

/* Do A and B check in the same way? */
bool config_health_eq(const struct config_health *a, const struct config_health *b);

/* All defaults, no listener, no backend. */
void config_init(struct config *config);

/* One more listener, zeroed, to be filled in by the caller. */
struct config_listen *config_add_listen(struct config *config);

/* One more pool called NAME, with what CONFIG says for all of them, without backends. */
struct config_pool *config_add_pool(struct config *config, const char *name);

/* One more backend, zeroed, to be filled in by the caller. */
struct config_backend *config_add_backend(struct config_pool *pool);

/* One more protocol that may be upgraded to. */
void config_add_upgrade(struct config *config, struct span name);

/* One more network that is trusted. */
void config_add_trusted(struct config *config, const struct net *net);

/* Is who is at AT trusted? */
bool config_trusts(const struct config *config, const struct addr *at);

/* Frees what the config owns. */
void config_fini(struct config *config);

#endif
