/* Is a client too slow? */
#include "exchange/pacing.h"

#include "exchange/ending.h"

#include <math.h>

/* Is X at a point where bodies move? */
static bool is_moving(const struct exchange *x)
{
    return x->phase == PHASE_ANSWER || x->phase == PHASE_FORWARD;
}

/* Is the client waited for with more of the body? Not before it was told to go on, if it has asked
 * for that. */
static bool owes_body(struct exchange *x)
{
    if (!is_moving(x) || x->up.to == NULL || x->up.ended)
        return false;
    if (x->up.bytes == 0 && head_has(x->request, FIELD_EXPECT))
        return false;
    return side_room(x->up.to) > 0;
}

/* Does the client hold its response up? */
static bool holds_up(struct exchange *x)
{
    return is_moving(x) && side_room(x->client) == 0;
}

static void begin(struct exchange *x)
{
    double most = pace_most(course_timeouts(x)->stall);

    x->paced = true;
    pace_begin(&x->sending, x->env->clock->now, most);
    pace_begin(&x->taking, x->env->clock->now, most);
}

/* Brings both up to date. */
static void look(struct exchange *x)
{
    const struct config_limits *limits = &x->generation->config->limits;
    double now = x->env->clock->now;

    if (!x->paced)
        begin(x);
    if (limits->body_rate > 0)
        pace_note(&x->sending, now, x->up.bytes, limits->body_rate, owes_body(x));
    if (limits->read_rate > 0)
        pace_note(&x->taking, now, x->down.bytes, limits->read_rate, holds_up(x));
}

double pacing_bound(struct exchange *x, double due)
{
    look(x);
    return fmin(due, fmin(pace_end(&x->sending), pace_end(&x->taking)));
}

bool pacing_is_out(struct exchange *x, uint64_t heard)
{
    double rate = x->generation->config->limits.read_rate;

    if (!pacing_matters(x))
        return false;
    look(x);
    /* What leaves our buffers later to take the place of these bytes is not counted again. */
    if (rate > 0 && heard > 0)
        pace_note(&x->taking, x->taking.since, x->taking.bytes + heard, rate, x->taking.waits);
    return pace_is_out(&x->sending) || pace_is_out(&x->taking);
}

enum step_news pacing_give_up(struct exchange *x)
{
    if (!pace_is_out(&x->taking))
        return ending_refuse_or_cut(x, 408, "body too slow");
    return ending_cut_client(x, "response taken too slowly");
}
