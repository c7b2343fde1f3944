/* Saying the same thing once in a while only, and how often it was left unsaid.
 *
 *     if (quiet_is_over(&failures, now, 1, &unsaid))
 *         log_warn("it fails: %s; %u more since the last line", why, unsaid);
 */
#ifndef BASE_QUIET_H
#define BASE_QUIET_H

#include <stdbool.h>

/* Embed it, zeroed: then it is said at once. */
struct quiet {
    double until;    /* nothing is said before */
    unsigned unsaid; /* how often it was not, since it was said last */
};

/* May it be said at NOW? Then it is quiet for the next LASTS seconds, and *UNSAID is how often it was not said since
 * the last time; otherwise that is counted. */
static inline bool quiet_is_over(struct quiet *quiet, double now, double lasts, unsigned *unsaid)
{
    if (now < quiet->until) {
        quiet->unsaid++;
        return false;
    }
    *unsaid = quiet->unsaid;
    *quiet = (struct quiet){ .until = now + lasts };
    return true;
}

#endif
