/* The time, read once a turn of the loop, and settable, so that a test can be anywhere in it. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/span.h"

#include <time.h>

struct clock {
    double now;    /* seconds of a clock that never jumps: for deadlines and durations */
    time_t second; /* since 1970 */
    double next;   /* when another one begins, by `now` */
    time_t shown;  /* the second that DATE shows */
    char date[32]; /* "Sat, 31 Jan 2026 12:00:00 GMT" */
};

/* Reads the system's clocks. */
void clock_tick(struct clock *clock);

/* The date for a Date field. Valid until the next clock_tick. */
struct span clock_date(struct clock *clock);

#endif
