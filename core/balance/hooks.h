/* The interface to whoever looks at requests and responses on their way, and may change them,
 * answer in place of a backend, or let them wait.
 */
#ifndef BALANCE_HOOKS_H
#define BALANCE_HOOKS_H

#include "balance/backend.h"
#include "balance/visit.h"
#include "base/span.h"

struct head;
struct hook_task;

/* One call of a hook; the exchange's. */
struct hook_call {
    void (*wake)(void *owner); /* to be called when a hook that waits has come further */
    void *owner;
    struct hook_task *task; /* while it waits; NULL: it has not begun, or is over */
    struct head *reply;     /* of HOOK_REPLIED, with its length and without a date, */
    struct span body;       /* and its body: both in the arena of the request */
};

enum hook_news {
    HOOK_PASSED,  /* go on, with what the hook may have changed */
    HOOK_REPLIED, /* this is the answer; of `request` alone */
    HOOK_WAITING, /* ask again when woken */
    HOOK_FAILED,  /* it did not come to a proper end; why is in the log */
};

struct hooks;

struct hooks_ops {
    /* The request of VISIT is about to be routed. Asked again with the same CALL while it waits. */
    enum hook_news (*request)(struct hooks *hooks, struct visit *visit, struct hook_call *call);

    /* RESPONSE, the head of what B has answered, is about to go to the client. */
    enum hook_news (*response)(struct hooks *hooks, struct visit *visit, struct head *response,
                               const struct backend *b, struct hook_call *call);

    /* Ends CALL, which waits: nobody needs it any more. */
    void (*cancel)(struct hooks *hooks, struct hook_call *call);

    /* Drops what was kept for VISIT, which ends. */
    void (*forget)(struct hooks *hooks, struct visit *visit);
};

struct hooks {
    const struct hooks_ops *ops;
};

/* The same as functions: see above. */
static inline enum hook_news hooks_request(struct hooks *hooks, struct visit *visit,
                                           struct hook_call *call)
{
    return hooks->ops->request(hooks, visit, call);
}

/* Has the hook look at RESPONSE. */
static inline enum hook_news hooks_response(struct hooks *hooks, struct visit *visit,
                                            struct head *response, const struct backend *b,
                                            struct hook_call *call)
{
    return hooks->ops->response(hooks, visit, response, b, call);
}

/* Ends CALL if it waits. */
static inline void hooks_cancel(struct hooks *hooks, struct hook_call *call)
{
    if (call->task != NULL)
        hooks->ops->cancel(hooks, call);
}

/* Drops what was kept for VISIT, if anything was. */
static inline void hooks_forget(struct hooks *hooks, struct visit *visit)
{
    if (visit->kept != 0)
        hooks->ops->forget(hooks, visit);
}

#endif
