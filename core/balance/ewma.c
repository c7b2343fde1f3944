/* The latency of a backend as peak EWMA. */
#include "balance/ewma.h"

#include <math.h>

/* What is left of something after the time from AT to NOW. */
static double left_of(double at, double now)
{
    return exp((at - now) / EWMA_MEMORY);
}

void ewma_observe(struct ewma *ewma, double seconds, double now)
{
    if (!ewma->known || seconds > ewma->cost) {
        *ewma = (struct ewma){ true, seconds, now };
        return;
    }
    ewma->cost = seconds + (ewma->cost - seconds) * left_of(ewma->at, now);
    ewma->at = now;
}

void ewma_observe_failure(struct ewma *ewma, double seconds, double now)
{
    double least = ewma->known ? ewma->cost : EWMA_FAILURE;

    *ewma = (struct ewma){ true, seconds > least ? seconds : least, now };
}

double ewma_read(const struct ewma *ewma, double now)
{
    return ewma->cost * left_of(ewma->at, now);
}
