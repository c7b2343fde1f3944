/* Saying the same thing once in a while only, and how often it was left unsaid.
 *
 *     quiet_warn(&failures, now, 1, "it fails: %s", why);
 */
#ifndef BASE_QUIET_H
#define BASE_QUIET_H

/* Embed it, zeroed: then it is said at once. */
struct quiet {
    double until;    /* nothing is said before */
    unsigned unsaid; /* how often it was not, since it was said last */
};

/* Logs a warning at NOW, unless there was one less than LASTS seconds ago: then it is only counted,
 * and the next one tells how many there were. */
void quiet_warn(struct quiet *quiet, double now, double lasts, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
