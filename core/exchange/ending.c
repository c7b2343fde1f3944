/* What becomes of an exchange that does not go the usual way. */
#include "exchange/ending.h"

#include "balance/retry.h"
#include "exchange/lease.h"
#include "http/canned.h"

/* The reply takes the backend's place. */
static enum step_news go_on_with_reply(struct exchange *x)
{
    lease_end(x, ERR_ABANDONED, false);
    x->line.backend = NULL;
    x->down.from = &x->reply.side;
    x->up.to = NULL;
    return course_enter(x, PHASE_ANSWER);
}

enum step_news ending_reply(struct exchange *x, unsigned status)
{
    side_reply_init(&x->reply, &x->arena, status, clock_date(x->env->clock), x->request);
    return go_on_with_reply(x);
}

enum step_news ending_reply_of_hook(struct exchange *x)
{
    side_reply_init_with(&x->reply, x->call.reply, x->call.body, clock_date(x->env->clock),
                         x->request);
    return go_on_with_reply(x);
}

enum step_news ending_refuse(struct exchange *x, unsigned status, const char *why)
{
    complaint_of_client(x->env->complaints, x->line.client, status, why);
    counters_add(x->env->counters, COUNTER_REFUSED);
    return ending_reply(x, status);
}

enum step_news ending_break_off(struct exchange *x, enum err err)
{
    x->end = END_CUT;
    lease_end(x, err, false);
    return course_enter(x, PHASE_DONE);
}

enum step_news ending_abandon(struct exchange *x)
{
    x->line.status = 499;
    return ending_break_off(x, ERR_ABANDONED);
}

enum step_news ending_refuse_or_cut(struct exchange *x, unsigned status, const char *why)
{
    if (!x->answered)
        return ending_refuse(x, status, why);
    complaint_of_cut(x->env->complaints, x->line.client, why);
    return ending_break_off(x, ERR_ABANDONED);
}

enum step_news ending_cut_client(struct exchange *x, const char *why)
{
    complaint_of_cut(x->env->complaints, x->line.client, why);
    return ending_abandon(x);
}

enum step_news ending_cut(struct exchange *x, enum err err, const char *why)
{
    if (x->leased)
        complaint_of_backend(x->env->complaints, x->attempt.backend, why, ", response cut short");
    return ending_break_off(x, err);
}

enum step_news ending_lose_client(struct exchange *x)
{
    if (x->client->why == NULL || x->answered)
        return ending_abandon(x);
    return ending_refuse(x, canned_status(x->client->err), x->client->why);
}

enum step_news ending_give_up(struct exchange *x)
{
    if (x->line.tries == 0) {
        complaint_of_pool(x->request->target);
        return ending_reply(x, 503);
    }
    complaint_of_backend(x->env->complaints, x->attempt.backend, x->blame, "");
    return ending_reply(x, x->line.status);
}

enum step_news ending_fail(struct exchange *x, enum err err, const char *why)
{
    struct retry_case attempt = {
        .answered = x->attempt.side != NULL && x->attempt.side->begun,
        .sent = x->env->attempts->has_sent(&x->attempt),
        .body_moved = x->up.bytes > 0,
        .idempotent = head_is_idempotent(x->request),
        .reused = x->attempt.reused && err != ERR_LATE,
        .tries_left = x->pool->config->retry.tries - x->line.tries,
    };
    enum retry_news news = retry_judge(&attempt);

    if (news == RETRY_SAME)
        return lease_again(x);
    lease_end(x, err, false);
    if (err == ERR_EXHAUSTED) {
        complaint_of_shortage(x->env->complaints);
        return ending_reply(x, 503);
    }
    x->blame = why;
    x->line.status = err == ERR_LATE ? 504 : 502;
    return news == RETRY_OTHER ? course_enter(x, PHASE_PICK) : ending_give_up(x);
}
