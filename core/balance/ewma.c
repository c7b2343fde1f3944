/* The latency of a backend as peak EWMA. */
#include "balance/ewma.h"

#include <math.h>

void ewma_observe(struct ewma *ewma, double seconds, double now)
{
    if (!ewma->known || seconds > ewma->cost) {
        *ewma = (struct ewma){ true, seconds, now };
        return;
    }
    ewma->cost = seconds + (ewma->cost - seconds) * exp((ewma->at - now) / EWMA_MEMORY);
    ewma->at = now;
}

void ewma_observe_failure(struct ewma *ewma, double seconds, double now)
{
    double least = ewma->known ? ewma->cost : EWMA_FAILURE;

    *ewma = (struct ewma){ true, seconds > least ? seconds : least, now };
}
