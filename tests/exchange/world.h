/* A whole exchange in memory: a client, some backends, and time, which passes when nobody has
 * anything left to do. What a side says is written as in memory_side.h.
 *
 *     struct world w = { .asks = "H", .backends = { { .dial = "x" }, { .says = "h12e" } } };
 *
 *     ck_assert_str_eq(world_run(&w), "h12e");
 *     ck_assert_str_eq(w.tried, "ab");
 */
#ifndef TESTS_EXCHANGE_WORLD_H
#define TESTS_EXCHANGE_WORLD_H

#include "memory_side.h"

#include "exchange/exchange.h"

enum { WORLD_BACKENDS = 3, WORLD_ATTEMPTS = 24, WORLD_OTHERS = 4 };

/* How long one may wait for what; each is another number, so that a test can tell them apart. */
enum { WAIT_HEAD = 10, WAIT_CONNECT = 2, WAIT_RESPONSE = 30, WAIT_STALL = 5, WAIT_HOOK = 20 };
enum { WAIT_QUEUE = 7 };

enum { WAIT_TUNNEL = 60 };

/* What a hook does when it is called; a letter is something that happens.
 *
 *   .   it waits until the next turn
 *   ~   it waits for ever
 *   r   it replies
 *   x   it fails
 *   k   it keeps something for the request, if nothing is kept yet
 *
 * At the end it passes. */
struct world_hook {
    const char *does; /* NULL: there is no such hook */
    unsigned called;  /* so often it was begun, */
    unsigned asked;   /* and so often asked how far it is */
};

struct world_backend {
    /* How connecting goes: "." takes a turn, "x" is refused, "d" lacks a descriptor, "~" never
     * ends. */
    const char *dial;
    const char *says; /* NULL: there is no such backend */
    const char
        *kept;     /* what is said over the one connection that is kept open; NULL: there is none */
    size_t takes;  /* bytes a turn; 0: any */
    bool stuck;    /* it takes so many, and no more, */
    unsigned sips; /* but is still heard to take something so often */
    unsigned status; /* of its responses; 0: 200 */
    bool closes;     /* it announces that it is going to close */
    bool deaf;       /* nothing that is written to it leaves */
    bool down;
    bool drains;
    unsigned cap;   /* requests in flight at most; 0: any */
    unsigned busy;  /* others have so many there, */
    unsigned frees; /* of which one ends every so many turns; 0: never */
};

struct world {
    /* What is arranged; zero is a usual world. */
    const char *asks;
    const char *method; /* NULL: GET */
    uint64_t length;    /* of the request's body, if it is announced */
    size_t takes;       /* bytes the client takes in a turn; 0: any */
    bool stuck;         /* it takes so many, and no more, */
    unsigned sips;      /* but is still heard to take something so often, */
    unsigned sip;       /* namely so many bytes; 0: one */
    bool closes;        /* the client does not want its connection kept */
    bool expects;       /* it wants to be told to go on before it sends the body */
    bool is_last;       /* it has no further request on this connection */
    double stall;       /* how long a body may stand still; 0: WAIT_STALL */
    double body_rate;   /* bytes a second that it must send of a body, */
    double read_rate;   /* and take of a response; 0: any */
    enum err refused;   /* why '!' is not understood; 0: ERR_MALFORMED */
    struct world_backend backends[WORLD_BACKENDS];
    unsigned tries;      /* 0: 2 */
    unsigned retried;    /* a status that is tried elsewhere; 0: none */
    bool contented;      /* nothing else is */
    bool poor;           /* there is no budget for it */
    double backoff;      /* seconds */
    size_t body_kept;    /* bytes that are sent again at most; 0: any */
    bool keeps_no_body;  /* not even one */
    uint64_t body_limit; /* 0: none */
    enum config_host host;
    bool draining;
    bool unlogged; /* no access lines are wanted */
    unsigned torn; /* it is ended from outside after so many turns; 0: never */
    struct world_hook hook;
    struct world_hook hook_back;
    unsigned first_pool; /* so many backends are the first pool's, the others another's; 0: all */
    int pending;         /* requests that may wait for a backend; 0: any, -1: none */
    unsigned queued;     /* others that wait for the first pool before this one comes, */
    unsigned behind;     /* and that come when this one tries its first backend */
    const char *route;   /* "1", "2": to that pool, "-": to none, "x": it fails, "x1": the same, but
                            that pool is to serve; NULL: nobody routes */

    /* What has come of it. */
    struct memory_side client;
    unsigned tried_count;
    char tried[WORLD_ATTEMPTS +
               1]; /* the backends in order; "Ab": the first over a kept connection */
    char kept[WORLD_ATTEMPTS + 1]; /* those whose connections were kept, in order */
    struct memory_side attempts[WORLD_ATTEMPTS];
    char host_told[64]; /* the Host that the last backend was told */
    enum exchange_end end;
    double waited; /* seconds */
    unsigned turns;
    struct counters counters;
    unsigned routed;        /* so often the router was asked */
    unsigned cancelled;     /* hooks that waited */
    unsigned forgotten;     /* so often what was kept for the request was dropped */
    char told[64];          /* the ends of attempts as the policy hears them: "a502 b- " */
    struct outcome outcome; /* of the last */
    char served[64];        /* others who had waited, by the backends that they got: "aab" */

    /* Inside. */
    struct attempts by;
    struct hooks hooks;
    struct router router;
    struct policy policy;
    struct pool pools[2];
    struct hook_call *waits; /* of the hook that waits */
    struct head reply;
    const char *dials[WORLD_ATTEMPTS];
    bool is_kept_taken[WORLD_BACKENDS];
    unsigned ended_count;
    struct exchange *exchange;
    enum exchange_news news; /* of it, */
    bool runs;               /* which is being run */
    unsigned woken;
    unsigned busy[WORLD_BACKENDS]; /* others have so many requests there now */
    struct usher usher;
    bool due;    /* the usher is to work, */
    bool ushers; /* or does */
    struct world_other {
        struct waiter waiter;
        struct world *world;
    } others[WORLD_OTHERS];
};

/* Runs the exchange to its end and gives what the client got. Fails if it does not end, or leaves
 * anything behind: a lease, a deadline, memory, an attempt. */
const char *world_run(struct world *w);

#endif
