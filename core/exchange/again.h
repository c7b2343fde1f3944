/* Another attempt: whether, when, and what it needs.
 *
 *   ANSWER, DIAL: the attempt fails          again_judge
 *                 or its status is a reason  again_instead_of; the response is held meanwhile
 *   PAUSE         if there is a backoff      again_with_other
 *   PICK          within the budget          again_is_granted
 *                 somebody is found          again_begin
 *                 nobody is                  the client hears of the last attempt: see ending.h
 */
#ifndef EXCHANGE_AGAIN_H
#define EXCHANGE_AGAIN_H

#include "balance/retry.h"
#include "exchange/course.h"

/* The body of X's request is kept from now on, if another attempt could need it. */
void again_keep_body(struct exchange *x);

/* The first backend was found for X. */
static inline void again_prepare(struct exchange *x)
{
    if (x->pool->config->retry.tries == 1)
        return;
    budget_hear(&x->pool->budget, x->env->clock->now);
    if (!x->up.ended)
        again_keep_body(x);
}

/* The attempt that is under way has failed with ERR: can there be another one? */
enum retry_news again_judge(const struct exchange *x, enum err err);

/* X goes on with the same backend, over a new connection. */
enum step_news again_with_same(struct exchange *x);

/* X goes on to look for another backend, at once or after a pause. */
enum step_news again_with_other(struct exchange *x);

/* Is the status of RESPONSE, the final one, which has just come, a reason to try somebody else? If
 * so RESPONSE is held: it is what the client gets if nobody is found. */
bool again_instead_of(struct exchange *x, struct head *response);

/* Is a retry of X within the budget? */
bool again_is_granted(struct exchange *x);

/* Another backend was found for X: the last attempt is over, and the body begins anew. */
void again_begin(struct exchange *x);

#endif
