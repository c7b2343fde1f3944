/* Who of a pool is out for what requests have met at him, and for how long: balance/outlier's rule,
 * applied to a pool.
 *
 * What is known of a server is one, whatever pools it is in, and so it is out for all of them. It
 * is judged by the rule of the pool whose attempt has just ended, and only that pool's share counts
 * then; in another pool more than its share may be out, for which there is panic.
 */
#ifndef BALANCE_EJECTOR_H
#define BALANCE_EJECTOR_H

#include "balance/backend.h"
#include "base/chance.h"

struct ejector {
    const struct config_outlier *rule;
    bool watches; /* is anybody to be told bad? */
    struct backend *backends;
    unsigned count;
    struct chance *chance;
    double returns; /* the earliest moment at which somebody comes back; INFINITY: nobody is out */
    double slow_until; /* from then on nobody is in slow start */
};

/* Nobody is out as far as these COUNT BACKENDS are concerned, by RULE. All that is given must
 * outlive the ejector. */
void ejector_init(struct ejector *e, const struct config_outlier *rule, struct backend *backends,
                  unsigned count, struct chance *chance);

/* Looks at who is out, and who is in slow start: that has changed. */
void ejector_survey(struct ejector *e);

/* NEWS have come of an attempt at B that has ended at NOW. If B is out by that, which is logged, it
 * is true, and whoever lists backends has to be told. */
bool ejector_judge(struct ejector *e, const struct backend *b, enum outlier_news news, double now);

/* Somebody whose time is over by NOW, and who is back by that, which is logged; NULL: nobody else.
 * The lists have to be told before this is asked again. */
struct facts *ejector_return(struct ejector *e, double now);

/* Is anybody out, or in slow start at NOW? */
bool ejector_is_busy(const struct ejector *e, double now);

/* May B, which was chosen, have a request at NOW? Chance decides while it is in slow start. */
bool ejector_admits(const struct ejector *e, const struct backend *b, double now);

#endif
