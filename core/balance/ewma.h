/* The latency of a backend as peak EWMA: it believes bad news at once, and good news by and by.
 *
 * After Finagle's PeakEwma. With a value v after a time dt since the last one:
 *
 *     cost = v                          if v > cost
 *     cost = v * (1 - w) + cost * w     else, w = exp(-dt / EWMA_MEMORY)
 *
 * Who reads it has it decay until now: cost * exp(-dt / EWMA_MEMORY), as if nothing had taken any
 * time since. So a backend that was slow once is tried again some day.
 */
#ifndef BALANCE_EWMA_H
#define BALANCE_EWMA_H

#include <stdbool.h>

#define EWMA_MEMORY 10.0 /* seconds */

/* What a failure counts as, in seconds, at a backend of which nothing is known yet. */
#define EWMA_FAILURE 1.0

/* Embed it, zeroed: nothing is known. */
struct ewma {
    bool known;
    double cost; /* seconds */
    double at;   /* the moment of the last value */
};

/* A response began after SECONDS, at NOW. */
void ewma_observe(struct ewma *ewma, double seconds, double now);

/* An attempt failed after SECONDS, at NOW. However quick that was, it does not make the backend
 * look quicker than before. */
void ewma_observe_failure(struct ewma *ewma, double seconds, double now);

/* What it is at NOW, as if nothing had taken any time since the last value. */
double ewma_read(const struct ewma *ewma, double now);

#endif
