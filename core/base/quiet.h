/* Saying the same thing once in a while only, and how often it was left unsaid.
 *
 *     quiet_warn(&failures, now, 1, "it fails: %s", why);
 */
#ifndef BASE_QUIET_H
#define BASE_QUIET_H

#include "base/log.h"

/* Embed it, zeroed: then it is said at once. */
struct quiet {
    double until;    /* nothing is said before */
    unsigned unsaid; /* how often it was not, since it was said last */
};

/* Logs a line of LEVEL at NOW, unless there was one less than LASTS seconds ago: then it is only
 * counted, and the next one tells how many there were. */
void quiet_line(struct quiet *quiet, enum log_level level, double now, double lasts,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

#define quiet_warn(quiet, ...) quiet_line(quiet, LOG_WARN, __VA_ARGS__)
#define quiet_info(quiet, ...) quiet_line(quiet, LOG_INFO, __VA_ARGS__)

#endif
