/* What becomes of an exchange that does not go the usual way. */
#include "exchange/ending.h"

#include "exchange/again.h"
#include "exchange/lease.h"
#include "http/canned.h"
#include "http/mirror.h"

/* The reply takes the backend's place. */
static enum step_news go_on_with_reply(struct exchange *x)
{
    lease_end(x, ERR_ABANDONED, false);
    x->line.backend = NULL;
    x->down.from = &x->reply.side;
    x->up.to = NULL;
    return course_enter(x, PHASE_ANSWER);
}

/* What is answered: if it was not understood, perhaps it can be told that no body is wanted. */
static const struct head *asked(const struct exchange *x)
{
    static const struct head head = { .method = { "HEAD", 4 } };

    return x->request == NULL && x->client->for_head ? &head : x->request;
}

enum step_news ending_reply(struct exchange *x, unsigned status)
{
    side_reply_init(&x->reply, &x->arena, status, clock_date(x->env->clock), asked(x));
    return go_on_with_reply(x);
}

enum step_news ending_turn_away(struct exchange *x)
{
    enum step_news news = ending_reply(x, 503);

    counters_add(x->env->counters, COUNTER_REFUSED);
    side_reply_come_again(&x->reply);
    return news;
}

enum step_news ending_reply_of_hook(struct exchange *x)
{
    side_reply_init_with(&x->reply, x->call.reply, x->call.body, clock_date(x->env->clock),
                         x->request);
    return go_on_with_reply(x);
}

enum step_news ending_mirror(struct exchange *x)
{
    struct head reply;
    struct span body;

    mirror_reply(&reply, &body, x->request);
    side_reply_init_with(&x->reply, &reply, body, clock_date(x->env->clock), x->request);
    return go_on_with_reply(x);
}

enum step_news ending_refuse(struct exchange *x, unsigned status, const char *why)
{
    complaint_of_client(x->env->complaints, x->line.client, status, why);
    counters_add(x->env->counters, COUNTER_REFUSED);
    return ending_reply(x, status);
}

/* The connection of the client is closed at once, whatever is missing of the response. ERR is what
 * the attempt has ended with. */
static enum step_news break_off(struct exchange *x, enum err err)
{
    x->end = END_CUT;
    lease_end(x, err, false);
    return course_enter(x, PHASE_DONE);
}

enum step_news ending_abandon(struct exchange *x)
{
    x->line.status = 499;
    return break_off(x, ERR_ABANDONED);
}

enum step_news ending_refuse_or_cut(struct exchange *x, unsigned status, const char *why)
{
    if (!x->answered)
        return ending_refuse(x, status, why);
    complaint_of_cut(x->env->complaints, x->line.client, why);
    return break_off(x, ERR_ABANDONED);
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
    return break_off(x, err);
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
    if (x->held) {
        x->held = false;
        x->visit.attempt = x->line.tries; /* there is no further one */
        return course_enter(x, PHASE_HOOK_BACK);
    }
    complaint_of_backend(x->env->complaints, x->attempt.backend, x->blame, "");
    return ending_reply(x, x->line.status);
}

enum step_news ending_deny(struct exchange *x)
{
    complaint_of_budget(x->env->complaints, x->pool);
    counters_add(x->env->counters, COUNTER_RETRIES_DENIED);
    return ending_give_up(x);
}

enum step_news ending_fail(struct exchange *x, enum err err, const char *why)
{
    enum retry_news news = again_judge(x, err);

    if (news == RETRY_SAME)
        return again_with_same(x);
    x->reached = x->reached || x->attempt.side != NULL;
    lease_end(x, err, false);
    if (err_is_shortage(err)) {
        complaint_of_shortage(x->env->complaints, err);
        return ending_reply(x, 503);
    }
    x->blame = why;
    x->line.status = err == ERR_LATE ? 504 : x->reached ? 502 : 503;
    return news == RETRY_OTHER ? again_with_other(x) : ending_give_up(x);
}
