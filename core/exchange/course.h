/* Where an exchange is on its course, and all that belongs to it: see exchange.h for the drawing.
 *
 * The steps in exchange.c, `lease` and `ending` change it; nobody else does.
 */
#ifndef EXCHANGE_COURSE_H
#define EXCHANGE_COURSE_H

#include "balance/usher.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/pace.h"
#include "exchange/access.h"
#include "exchange/attempt.h"
#include "exchange/complaint.h"
#include "exchange/generation.h"
#include "exchange/relay.h"
#include "exchange/repeat.h"
#include "exchange/side_reply.h"
#include "http/hop.h"
#include "net/deadline.h"

/* What all exchanges share. It outlives them. */
struct exchange_env {
    struct generation *generation; /* the current one: of exchanges that begin */
    struct attempts *attempts;
    struct clock *clock;
    struct deadlines *deadlines;
    struct counters *counters;
    struct pipes *pipes; /* for large bodies */
    struct complaints *complaints;
    struct usher *usher; /* who calls those that wait for a backend */
    uint64_t salt;       /* makes the numbers of requests different from those before a restart */
    bool crowded;        /* somebody waits for a place: clients are not kept behind their answers */
    bool draining;       /* from now on nobody is kept at all */
};

enum phase {
    PHASE_HEAD,
    PHASE_HOOK,
    PHASE_PAUSE,
    PHASE_PICK,
    PHASE_QUEUE,
    PHASE_DIAL,
    PHASE_ANSWER,
    PHASE_HOOK_BACK,
    PHASE_FORWARD,
    PHASE_TUNNEL,
    PHASE_DONE
};

/* How a client's connection goes on after an exchange. */
enum exchange_end {
    END_KEEP,   /* the next request may come */
    END_CLOSE,  /* close it when all that was written has gone; the request was read to its end */
    END_LINGER, /* the same, but the client may still be sending: let it, for a while */
    END_CUT, /* close it at once, so that the client can tell that the response is not complete */
};

struct exchange {
    const struct exchange_env *env;
    struct generation *generation; /* the one it began with */
    struct side *client;

    enum phase phase;
    struct deadline deadline;
    bool late;
    bool is_last; /* its connection ends with it: it has had as many as it may */
    double began; /* the first byte of the head */
    double since; /* the beginning of the phase, or when something moved in it */
    double due;   /* when it is late, if nothing moves until then */

    struct head *request;
    struct hop hop;     /* who has brought it */
    struct visit visit; /* the same, for hooks, router and policy */
    struct pool *pool;  /* who may be asked; NULL until that is known */
    struct relay up;    /* the body of the request */
    struct relay down;  /* the body of the response; `from` is the backend or the reply */
    uint64_t moved;     /* what both had moved when last looked at */
    bool paced;         /* it has taken long enough to look at how fast the client is */

    bool called;           /* it has waited, and there is room for it */
    bool leased;           /* the facts of attempt.backend count this exchange */
    bool reached;          /* there was a connection for one of the attempts that have failed */
    const char *blame;     /* why the last one has failed, if another one is looked for */
    bool hinted;           /* a 1xx was passed on */
    bool held;             /* the response of the last one waits, until another one is found */
    double pause;          /* seconds until another one is looked for */
    struct repeat *repeat; /* keeps the body of the request; NULL: it is not kept */
    bool answered;         /* the head of the final response was written to the client */
    bool backend_keeps;    /* what the backend's head has told us */
    struct access line;    /* what is known of the access line */
    struct hook_call call; /* of a hook that waits */
    enum exchange_end end;

    /* What stands here is not cleared for each exchange: it is set before it is looked at. */
    struct arena arena;
    struct waiter waiter;                    /* in PHASE_QUEUE */
    struct pace sending, taking;             /* of the client, if `paced` */
    struct backend *tried[CONFIG_TRIES_MAX]; /* line.tries of them */
    struct attempt attempt;
    double attempt_began, attempt_first; /* and the head of its response; negative: not yet */
    unsigned attempt_status;             /* of its response; 0: none yet */
    struct head *response;               /* in PHASE_HOOK_BACK, or while it is held */
    struct side_reply reply;
};

enum step_news { STEP_MORE, STEP_WAIT };

/* X goes on with PHASE, whose time begins now. */
static inline enum step_news course_enter(struct exchange *x, enum phase phase)
{
    x->phase = phase;
    x->since = x->env->clock->now;
    x->late = false;
    return STEP_MORE;
}

/* How much the bodies of X have moved in all, and their ends. */
static inline uint64_t course_moved(const struct exchange *x)
{
    return x->up.bytes + x->down.bytes + x->up.ended;
}

/* What is valid for X of what can be set for a pool. */
static inline const struct config_timeouts *course_timeouts(const struct exchange *x)
{
    return x->pool != NULL ? &x->pool->config->timeouts : &x->generation->config->timeouts;
}

#endif
