/* Passive health: who is told bad by what requests meet, though his checks may be fine. A rule
 * without sockets; time and chance are arguments.
 *
 * An attempt *fails* here if nobody has answered it, or if who answers is a gateway that could not
 * do its work: 502, 503, 504. Other errors of an application are none: a client that knows how to
 * provoke them must not be able to take servers out. Three things tell somebody bad:
 *
 *   - `errors` failures running;
 *   - in a window, at least `rate` of `samples` or more attempts have failed;
 *   - in a window, `samples` or more responses below 500 took, to their heads, more than `latency`
 *     times as long on average as the median of the others in the pool, and OUTLIER_APART more: it
 *     works, but is sick (gray). At least two others must have been measured.
 *
 * A window begins with the first attempt that ends after the last one, and lasts `every` seconds.
 * The first attempt that ends later closes it. No timer is needed: without attempts there is
 * nothing to judge. The rate is judged with each failure, and when the window is closed; latency
 * when it is closed.
 *
 * Who is told bad is out for `eject` seconds times the number of times running, OUTLIER_LONGEST at
 * most (or `eject`, if that is longer), and up to OUTLIER_JITTER more, by chance, so that those who
 * went together do not come back together. Meanwhile nothing is judged. Back again, it gets a
 * growing share of what it would get, for `slow_start` seconds; and the number of times falls by
 * one for each window without a failure, or `every` without an attempt, once it is seen that it was
 * not told bad for its latency then.
 */
#ifndef BALANCE_OUTLIER_H
#define BALANCE_OUTLIER_H

#include "conf/config.h"

#define OUTLIER_APART   0.05  /* seconds */
#define OUTLIER_LONGEST 300.0 /* seconds */
#define OUTLIER_JITTER  0.1   /* as a share */
#define OUTLIER_LEAST   0.1   /* the share with which who is back begins */

/* Embed it, zeroed: nothing is known, and nobody is out. */
struct outlier {
    bool out;
    unsigned times; /* it was told bad, running */
    double until;   /* if it is out: when it comes back */
    double back;    /* if it is not: when it came back last; 0: never */
    unsigned run;   /* failures running */
    bool fine;      /* the window before this one is to be forgiven an ejection for */
    double ends;    /* the window; 0: none has begun */
    unsigned failed, timed, untimed; /* attempts in it: those that failed, those with a response */
    double seconds;                  /* below 500, which took so long together, and others */
    double mean;                     /* of the last window in which enough were measured, */
    double mean_at;                  /* which was closed then; 0: there is none */
};

/* How an attempt has ended. */
enum outlier_kind {
    OUTLIER_ANSWERED, /* below 500 */
    OUTLIER_ERROR,    /* with an error of the application's */
    OUTLIER_FAILED,   /* not, or by a gateway */
};

enum outlier_news {
    OUTLIER_NOTHING,
    OUTLIER_ERRORS, /* bad: too many failures running */
    OUTLIER_RATE,   /* bad: too many failures in a window */
    OUTLIER_MEAN,   /* there is a new mean, to be compared with those of others */
};

/* The same as outlier_hear, for where that has to look at more than a number. */
enum outlier_news outlier_consider(struct outlier *o, const struct config_outlier *rule,
                                   enum outlier_kind kind, double seconds, double now);

/* An attempt has ended so at NOW, SECONDS to the head of its response after it began. Says what
 * that means by RULE. Nothing is done about it: see outlier_eject. */
static inline enum outlier_news outlier_hear(struct outlier *o, const struct config_outlier *rule,
                                             enum outlier_kind kind, double seconds, double now)
{
    if (kind != OUTLIER_ANSWERED || now >= o->ends)
        return outlier_consider(o, rule, kind, seconds, now);
    o->run = 0;
    o->timed++;
    o->seconds += seconds;
    return OUTLIER_NOTHING;
}

/* The mean time to a head by NOW: in this window, if enough was measured in it, or in the last one.
 * Negative if it is not known, or not any more: it is forgotten after two windows. */
double outlier_mean(const struct outlier *o, const struct config_outlier *rule, double now);

/* The median of the means of COUNT others, in MEANS, which are put in order; INFINITY if they are
 * too few to be compared with. */
double outlier_median(double *means, unsigned count);

/* Is MEAN out of all proportion to MEDIAN? */
bool outlier_is_slow(double mean, double median, const struct config_outlier *rule);

/* How many of a pool of COUNT may be out at once: one if there is another, however small the share
 * is; but never all. */
unsigned outlier_most(unsigned count, const struct config_outlier *rule);

/* It is out from NOW on. CHANCE is a number from 0 to 1. */
void outlier_eject(struct outlier *o, const struct config_outlier *rule, double chance, double now);

/* It is back since AT, and nothing is held against it but how often it was out. It gets little at
 * first if it is on PROBATION. */
void outlier_return(struct outlier *o, bool probation, double at);

/* The share it gets at NOW of what it would get. */
double outlier_share(const struct outlier *o, const struct config_outlier *rule, double now);

#endif
