/* How long an exchange may stay as it is. */
#include "exchange/patience.h"

#include "exchange/ending.h"
#include "exchange/pacing.h"

/* How many seconds X may stay as it is. */
static double patience_of(const struct exchange *x)
{
    const struct config_timeouts *timeouts = course_timeouts(x);
    bool asked = x->up.ended || x->up.to == NULL;
    const double of_phase[] = {
        [PHASE_HEAD] = timeouts->head,
        [PHASE_HOOK] = timeouts->hook,
        [PHASE_HOOK_BACK] = timeouts->hook,
        [PHASE_QUEUE] = timeouts->queue,
        [PHASE_PAUSE] = x->pause,
        [PHASE_DIAL] = timeouts->connect,
        [PHASE_ANSWER] = asked ? timeouts->response : timeouts->stall,
        [PHASE_FORWARD] = timeouts->stall,
        [PHASE_TUNNEL] = timeouts->tunnel,
    };

    return of_phase[x->phase];
}

void patience_begin(struct exchange *x)
{
    x->due = x->since + patience_of(x);
    deadline_set(x->env->deadlines, &x->deadline,
                 pacing_matters(x) ? pacing_bound(x, x->due) : x->due);
}

/* Whose fault is it? */
static enum step_news be_late(struct exchange *x)
{
    bool body_is_late = x->up.to != NULL && !x->up.ended && side_room(x->up.to) > 0;

    if (side_room(x->client) == 0)
        return ending_cut_client(x, "response not taken");
    if (body_is_late)
        return ending_refuse_or_cut(x, 408, "body too late");
    return x->answered ? ending_cut(x, ERR_LATE, err_text(ERR_LATE))
                       : ending_fail(x, ERR_LATE, "response timed out");
}

/* Does the backend take nothing? */
static bool is_backend_deaf(const struct exchange *x)
{
    return x->up.to == NULL || !side_is_heard(x->up.to);
}

/* Is it time, and has nothing moved since, not even just now? */
static bool is_overdue(const struct exchange *x)
{
    return x->env->clock->now >= x->due && course_moved(x) == x->moved;
}

enum step_news patience_wait(struct exchange *x)
{
    bool is_due = is_overdue(x);
    uint64_t heard;

    if (!x->late)
        return STEP_WAIT;
    heard = side_heard(x->client);
    if (is_due || heard > 0)
        x->since = x->env->clock->now;
    if (is_due && heard == 0 && is_backend_deaf(x))
        return be_late(x);
    return pacing_is_out(x, heard) ? pacing_give_up(x) : STEP_WAIT;
}

bool patience_is_over(struct exchange *x)
{
    if (!x->late || !is_overdue(x))
        return false;
    x->since = x->env->clock->now;
    return !side_is_heard(x->client) && is_backend_deaf(x);
}
