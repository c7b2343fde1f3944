/* Passive health. */
#include "balance/outlier.h"

#include <math.h>
#include <stdlib.h>

static unsigned attempts_in(const struct outlier *o)
{
    return o->failed + o->timed + o->untimed;
}

static bool is_rate_bad(const struct outlier *o, const struct config_outlier *rule)
{
    unsigned count = attempts_in(o);

    return o->failed > 0 && count >= rule->samples && o->failed >= rule->rate * count;
}

/* Forgets an ejection for each time `every` without an attempt since the window, which is being
 * closed, and for the window before that if it was fine. */
static void forgive(struct outlier *o, const struct config_outlier *rule, double now)
{
    double times = floor((now - o->ends) / rule->every) + o->fine;

    o->times = times < o->times ? o->times - (unsigned)times : 0;
    o->fine = o->failed == 0 && attempts_in(o) > 0;
}

static void begin_window(struct outlier *o, const struct config_outlier *rule, double now)
{
    o->ends = now + rule->every;
    o->failed = o->timed = o->untimed = 0;
    o->seconds = 0;
}

/* The window is over. */
static enum outlier_news close_window(struct outlier *o, const struct config_outlier *rule,
                                      double now)
{
    enum outlier_news news = OUTLIER_NOTHING;

    if (o->ends == 0)
        return news;
    if (is_rate_bad(o, rule))
        news = OUTLIER_RATE;
    forgive(o, rule, now);
    if (rule->latency == 0 || o->timed < rule->samples || now >= o->ends + rule->every)
        return news;
    o->mean = o->seconds / o->timed;
    o->mean_at = now;
    return news == OUTLIER_NOTHING ? OUTLIER_MEAN : news;
}

enum outlier_news outlier_consider(struct outlier *o, const struct config_outlier *rule,
                                   enum outlier_kind kind, double seconds, double now)
{
    enum outlier_news news = OUTLIER_NOTHING;

    if (o->out)
        return news;
    if (now >= o->ends) {
        news = close_window(o, rule, now);
        begin_window(o, rule, now);
    }
    o->run = kind == OUTLIER_FAILED ? o->run + 1 : 0;
    o->failed += kind == OUTLIER_FAILED;
    o->untimed += kind == OUTLIER_ERROR;
    if (kind == OUTLIER_ANSWERED) {
        o->timed++;
        o->seconds += seconds;
    }
    if (o->run >= rule->errors)
        return OUTLIER_ERRORS;
    if (kind == OUTLIER_FAILED && is_rate_bad(o, rule))
        return OUTLIER_RATE;
    return news;
}

double outlier_mean(const struct outlier *o, const struct config_outlier *rule, double now)
{
    if (o->timed >= rule->samples && now < o->ends + rule->every)
        return o->seconds / o->timed;
    return o->mean_at > 0 && now < o->mean_at + 2 * rule->every ? o->mean : -1;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

double outlier_median(double *means, unsigned count)
{
    if (count < 2)
        return INFINITY;
    qsort(means, count, sizeof *means, compare);
    return (means[(count - 1) / 2] + means[count / 2]) / 2;
}

bool outlier_is_slow(double mean, double median, const struct config_outlier *rule)
{
    return mean > rule->latency * median && mean >= median + OUTLIER_APART;
}

unsigned outlier_most(unsigned count, const struct config_outlier *rule)
{
    unsigned most = (unsigned)(rule->share * count);

    if (count < 2)
        return 0;
    return most < 1 ? 1 : most < count ? most : count - 1;
}

void outlier_eject(struct outlier *o, const struct config_outlier *rule, double chance, double now)
{
    double longest = fmax(OUTLIER_LONGEST, rule->eject);

    o->times++;
    o->out = true;
    o->fine = false;
    o->until = now + fmin(rule->eject * o->times, longest) * (1 + OUTLIER_JITTER * chance);
    o->ends = 0; /* outlier_hear looks closer, and finds it out */
}

/* A window without attempts is over as it comes back: what follows is time without any. */
void outlier_return(struct outlier *o, bool probation, double at)
{
    *o = (struct outlier){ .times = o->times, .back = probation ? at : 0, .ends = at };
}

double outlier_share(const struct outlier *o, const struct config_outlier *rule, double now)
{
    if (o->back == 0 || now - o->back >= rule->slow_start)
        return 1;
    return fmax(OUTLIER_LEAST, (now - o->back) / rule->slow_start);
}
