/* Is a client too slow: with the body of its request, or in taking its response?
 *
 * It owes limits.body_rate while it is waited for with some of the body, and limits.read_rate while
 * its response is held up by it: see base/pace.h. Its credit is as long as timeouts.stall, thirty
 * seconds at most. Who is fast enough is never late, and costs nothing but a look whenever its
 * exchange waits.
 */
#ifndef EXCHANGE_PACING_H
#define EXCHANGE_PACING_H

#include "exchange/course.h"

/* Is there a reason to look at how fast the client of X is? */
static inline bool pacing_matters(const struct exchange *x)
{
    return x->paced || x->phase == PHASE_FORWARD || (x->up.to != NULL && !x->up.ended);
}

/* X is going to wait. When is its client too slow, if nothing moves until then? DUE if it is not
 * waited for, or at DUE everybody is late. */
double pacing_bound(struct exchange *x, double due);

/* Is it too slow by now, though HEARD bytes were heard to have been taken since that was asked
 * last? */
bool pacing_is_out(struct exchange *x, uint64_t heard);

/* Who is too slow is told 408, or cut where the response has begun, and the log says so. */
enum step_news pacing_give_up(struct exchange *x);

#endif
