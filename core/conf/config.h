/* What the script asked for: plain data, checked, with nothing live in it.
 *
 * Durations are seconds, sizes bytes. Texts belong to the config and end with NUL.
 */
#ifndef CONF_CONFIG_H
#define CONF_CONFIG_H

#include "base/addr.h"

#include <stdbool.h>
#include <stdint.h>

struct config_listen {
    struct addr at;
    char *text; /* as the script wrote it: ":8080" */
};

struct config_backend {
    struct addr at;
    char *id;        /* unique; the address as written if the script gives none */
    char *authority; /* "host:port" as written */
    char *host;      /* what a Host field of its own says: the same without a port 80 */
    unsigned weight; /* 1 if not given */
    unsigned tier;   /* 1 if not given */
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

struct config_timeouts {
    double idle;     /* a kept-open connection without a request */
    double head;     /* from the first byte of a head to its last */
    double connect;  /* until a backend has accepted */
    double response; /* from the end of a request to the head of its response */
    double stall;    /* a body that does not move */
    double hook;     /* a hook that waits */
    double drain;    /* from SIGTERM to the end of the process */
};

struct config_limits {
    size_t head;          /* bytes of a head */
    unsigned fields;      /* fields of a head */
    uint64_t body;        /* bytes of a request's body; UINT64_MAX: any */
    unsigned connections; /* clients at once */
    double call;          /* of CPU that one call into the script may take */
    size_t memory;        /* bytes that the script may have */
};

/* What a request may be given to, and how. */
struct config_pool {
    char *name; /* CONFIG_POOL if the script has no pools of its own */
    struct config_backend *backends;
    unsigned backend_count;
    struct config_health health;
    struct config_timeouts timeouts; /* connect, response and stall are the pool's */
    bool picks;                      /* does the script choose? Otherwise round robin does */
    unsigned tries;                  /* attempts for one request, the first one included */
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
    unsigned tries;                  /* the same */
    struct config_limits limits;
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

/* How backends are checked if nobody says otherwise. */
extern const struct config_health config_health;

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

/* Frees what the config owns. */
void config_fini(struct config *config);

#endif
