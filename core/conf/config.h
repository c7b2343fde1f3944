/* What the script asked for: plain data, checked, with nothing live in it.
 *
 * Durations are seconds, sizes bytes. Texts belong to the config and end with NUL.
 */
#ifndef CONF_CONFIG_H
#define CONF_CONFIG_H

#include "base/net.h"
#include "conf/config_pool.h"

struct config_listen {
    struct addr at;
    char *text;        /* as the script wrote it: ":8080" */
    bool accept_proxy; /* who is trusted says first, in a PROXY header, whom he speaks for */
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

/* What clients may ask for that is not for everybody. */
struct config_allow {
    bool trace;
    bool connect;
    bool any_upgrade;
    char **upgrades; /* protocols, unless any may be upgraded to */
    unsigned upgrade_count;
};

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
