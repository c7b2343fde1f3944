/* What the script is asked about a request and its response. */
#include "exchange/consult.h"

#include "exchange/ending.h"

/* A hook that waits has waited too long: nobody needs it any more. */
static void give_up(struct exchange *x, const char *name, const char *then)
{
    hooks_cancel(x->generation->hooks, &x->call);
    complaint_of_hook(x->env->complaints, name, then);
    counters_add(x->env->counters, COUNTER_HOOK_ERRORS);
}

enum step_news consult_request(struct exchange *x)
{
    x->visit.now = x->env->clock->now;
    switch (hooks_request(x->generation->hooks, &x->visit, &x->call)) {
    case HOOK_PASSED:
        return course_enter(x, PHASE_PICK);
    case HOOK_REPLIED:
        return ending_reply_of_hook(x);
    case HOOK_WAITING:
        if (!x->late)
            return STEP_WAIT;
        give_up(x, "request", "answered 504");
        return ending_reply(x, 504);
    case HOOK_FAILED:
        break;
    }
    counters_add(x->env->counters, COUNTER_HOOK_ERRORS);
    return ending_reply(x, 500);
}

bool consult_router(struct exchange *x)
{
    struct router *router = x->generation->router;

    if (router == NULL) {
        x->pool = x->generation->pools;
        return true;
    }
    x->visit.now = x->env->clock->now;
    switch (router_route(router, &x->visit, &x->pool)) {
    case ROUTER_CHOSE:
        return true;
    case ROUTER_NONE:
        ending_reply(x, 404);
        return false;
    case ROUTER_FAILED:
        break;
    }
    counters_add(x->env->counters, COUNTER_ROUTE_ERRORS);
    if (x->pool == NULL)
        ending_reply(x, 500);
    return x->pool != NULL;
}

bool consult_response(struct exchange *x)
{
    struct hooks *hooks = x->generation->hooks;

    x->visit.now = x->env->clock->now;
    switch (hooks_response(hooks, &x->visit, x->response, x->attempt.backend, &x->call)) {
    case HOOK_PASSED:
    case HOOK_REPLIED:
        return true;
    case HOOK_WAITING:
        if (!x->late)
            return false;
        give_up(x, "response", "the response goes on as it is");
        return true;
    case HOOK_FAILED:
        break;
    }
    counters_add(x->env->counters, COUNTER_HOOK_ERRORS);
    return true;
}

void consult_end(struct exchange *x)
{
    struct hooks *hooks = x->generation->hooks;

    if (hooks == NULL)
        return;
    hooks_cancel(hooks, &x->call);
    hooks_forget(hooks, &x->visit);
}
