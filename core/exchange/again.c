/* Another attempt: whether, when, and what it needs. */
#include "exchange/again.h"

#include "exchange/lease.h"

#include <stdio.h>

static const struct config_retry *retry_of(const struct exchange *x)
{
    return &x->pool->config->retry;
}

void again_keep_body(struct exchange *x)
{
    size_t most = retry_of(x)->body;

    if (most == 0 || !head_is_idempotent(x->request))
        return;
    if (x->request->body == BODY_LENGTH && x->request->length > most)
        return;
    x->repeat = arena_take(&x->arena, sizeof *x->repeat);
    repeat_init(x->repeat, x->client, most);
    x->up.from = &x->repeat->side;
}

/* Can the body be had from its start? */
static bool is_repeatable(const struct exchange *x)
{
    return x->up.bytes == 0 || (x->repeat != NULL && repeat_can(x->repeat));
}

/* Is there somebody else, now or, unless there is a response, once there is room? */
static bool has_others(const struct exchange *x, enum retry_cause cause)
{
    return pool_has_others(x->pool, x->tried, x->line.tries) ||
           (cause != RETRY_FOR_STATUS && pool_is_full(x->pool, x->tried, x->line.tries));
}

/* ANSWERED: something has come that rules another attempt out. */
static enum retry_news judge(const struct exchange *x, enum retry_cause cause, bool answered)
{
    struct retry_case attempt = {
        .cause = cause,
        .wanted = retry_is_wanted(retry_of(x), cause, x->attempt_status),
        .answered = answered,
        .sent = x->env->attempts->has_sent(&x->attempt),
        .repeatable = is_repeatable(x),
        .idempotent = head_is_idempotent(x->request),
        .reused = x->attempt.reused,
        .others = has_others(x, cause),
        .tries_left = retry_of(x)->tries - x->line.tries,
    };

    return retry_judge(&attempt);
}

enum retry_news again_judge(const struct exchange *x, enum err err)
{
    const struct side *side = x->attempt.side;

    return judge(x, retry_cause_of(err, side != NULL), side != NULL && side->begun);
}

bool again_instead_of(struct exchange *x, struct head *response)
{
    enum { TEXT = 16 };
    char *text;

    if (judge(x, RETRY_FOR_STATUS, x->hinted) != RETRY_OTHER)
        return false;
    text = arena_take(&x->arena, TEXT);
    snprintf(text, TEXT, "status %u", response->status);
    x->blame = text;
    x->response = response;
    x->held = true;
    return true;
}

/* The next attempt gets the body from its start. */
static void rewind_body(struct exchange *x)
{
    if (x->repeat == NULL)
        return;
    repeat_rewind(x->repeat);
    x->up.bytes = 0;
    x->up.ended = false;
}

enum step_news again_with_same(struct exchange *x)
{
    rewind_body(x);
    return lease_again(x);
}

bool again_is_granted(struct exchange *x)
{
    return budget_allows(&x->pool->budget, retry_of(x)->budget, x->env->clock->now);
}

enum step_news again_with_other(struct exchange *x)
{
    double backoff = retry_of(x)->backoff;

    if (backoff == 0 || !again_is_granted(x))
        return course_enter(x, PHASE_PICK);
    x->pause = retry_pause(backoff, x->line.tries + 1, chance_draw(&x->pool->ledger->chance));
    return course_enter(x, PHASE_PAUSE);
}

/* The response that was held is not needed. Its attempt ends now, not later than the next one was
 * chosen for, but it is the last one's number that the policy hears. */
static void drop_held(struct exchange *x)
{
    x->held = false;
    x->reached = true;
    x->visit.attempt = x->line.tries;
    lease_end(x, OK, false);
    x->visit.attempt = x->line.tries + 1;
}

void again_begin(struct exchange *x)
{
    complaint_of_backend(x->env->complaints, x->attempt.backend, x->blame, ", retry");
    counters_add(x->env->counters, COUNTER_RETRIES);
    budget_spend(&x->pool->budget, x->env->clock->now);
    if (x->held)
        drop_held(x);
    rewind_body(x);
}
