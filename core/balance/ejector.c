/* Who of a pool is out for what requests have met at him. */
#include "balance/ejector.h"

#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>

enum { REASON_TEXT = 100 };

void ejector_init(struct ejector *e, const struct config_outlier *rule, struct backend *backends,
                  unsigned count, struct chance *chance)
{
    *e = (struct ejector){
        .rule = rule,
        .watches = rule->watches && count > 1,
        .backends = backends,
        .count = count,
        .chance = chance,
        .returns = INFINITY,
    };
}

void ejector_survey(struct ejector *e)
{
    e->returns = INFINITY;
    e->slow_until = 0;
    for (unsigned i = 0; i < e->count; i++) {
        const struct outlier *o = &e->backends[i].facts->outlier;

        if (o->out)
            e->returns = fmin(e->returns, o->until);
        else if (o->back > 0)
            e->slow_until = fmax(e->slow_until, o->back + e->rule->slow_start);
    }
}

static unsigned count_out(const struct ejector *e)
{
    unsigned out = 0;

    for (unsigned i = 0; i < e->count; i++)
        out += e->backends[i].facts->outlier.out;
    return out;
}

/* The median of the means of all but B that have one by NOW. */
static double median_without(const struct ejector *e, const struct backend *b, double now)
{
    double *means = mem_new(e->count * sizeof *means);
    unsigned count = 0;
    double median;

    for (unsigned i = 0; i < e->count; i++) {
        const struct outlier *o = &e->backends[i].facts->outlier;
        double mean = outlier_mean(o, e->rule, now);

        if (&e->backends[i] != b && !o->out && mean >= 0)
            means[count++] = mean;
    }
    median = outlier_median(means, count);
    mem_free(means);
    return median;
}

/* Is the latest mean of B out of all proportion? Then WHY says it. */
static bool is_slow(const struct ejector *e, const struct backend *b, double now,
                    char why[REASON_TEXT])
{
    double mean = b->facts->outlier.mean;
    double median = median_without(e, b, now);

    snprintf(why, REASON_TEXT, "it takes %.4g s on average, others %.4g s", mean, median);
    return outlier_is_slow(mean, median, e->rule);
}

/* Is B bad by NEWS? Then WHY says it. */
static bool is_bad(const struct ejector *e, const struct backend *b, enum outlier_news news,
                   double now, char why[REASON_TEXT])
{
    switch (news) {
    case OUTLIER_NOTHING:
        break;
    case OUTLIER_ERRORS:
        snprintf(why, REASON_TEXT, "%u failures running", b->facts->outlier.run);
        return true;
    case OUTLIER_RATE:
        snprintf(why, REASON_TEXT, "too many of its attempts have failed");
        return true;
    case OUTLIER_MEAN:
        return is_slow(e, b, now, why);
    }
    return false;
}

bool ejector_judge(struct ejector *e, const struct backend *b, enum outlier_news news, double now)
{
    struct outlier *o = &b->facts->outlier;
    char why[REASON_TEXT];

    if (o->out || count_out(e) >= outlier_most(e->count, e->rule) || !is_bad(e, b, news, now, why))
        return false;
    outlier_eject(o, e->rule, chance_draw(e->chance), now);
    log_warn("backend %s is out for %.1f s: %s", b->config->id, o->until - now, why);
    return true;
}

struct facts *ejector_return(struct ejector *e, double now)
{
    for (unsigned i = 0; now >= e->returns && i < e->count; i++) {
        struct facts *facts = e->backends[i].facts;
        struct outlier *o = &facts->outlier;

        if (!o->out || now < o->until)
            continue;
        outlier_return(o, true, o->until);
        log_info("backend %s is back", facts->id);
        return facts;
    }
    return NULL;
}

bool ejector_is_busy(const struct ejector *e, double now)
{
    return isfinite(e->returns) || now < e->slow_until;
}

bool ejector_admits(const struct ejector *e, const struct backend *b, double now)
{
    double share;

    if (now >= e->slow_until)
        return true;
    share = outlier_share(&b->facts->outlier, e->rule, now);
    return share >= 1 || chance_draw(e->chance) < share;
}
