/* An attempt and the lease of its backend. */
#include "exchange/lease.h"

#include "balance/facts.h"

enum step_news lease_begin(struct exchange *x, struct backend *b, bool fresh)
{
    x->attempt.backend = b;
    x->attempt.request = x->request;
    x->attempt.send_proxy = b->pool->config->send_proxy;
    x->attempt_began = x->env->clock->now;
    x->attempt_first = -1;
    x->attempt_status = 0;
    x->line.backend = b->config->id;
    facts_lease(b);
    x->leased = true;
    x->env->attempts->start(&x->attempt, fresh);
    return course_enter(x, PHASE_DIAL);
}

enum step_news lease_again(struct exchange *x)
{
    x->env->attempts->end(&x->attempt, false);
    x->env->attempts->start(&x->attempt, true);
    return course_enter(x, PHASE_DIAL);
}

void lease_hear(struct exchange *x, unsigned status)
{
    double now = x->env->clock->now;

    x->attempt_first = now - x->attempt_began;
    x->attempt_status = status;
    facts_hear_head(x->attempt.backend, status, x->attempt_first, now);
}

void lease_end(struct exchange *x, enum err err, bool keep)
{
    struct outcome outcome = { .err = err };

    if (!x->leased)
        return;
    outcome.unreached = x->attempt.side == NULL;
    x->env->attempts->end(&x->attempt, keep);
    outcome.status = x->attempt_status;
    outcome.took = x->env->clock->now - x->attempt_began;
    outcome.first = x->attempt_first;
    outcome.bytes = x->down.bytes;
    x->visit.now = x->env->clock->now;
    facts_release(x->attempt.backend);
    x->leased = false;
    facts_hear(x->attempt.backend, &x->visit, &outcome);
}
