/* The time, read once a turn of the loop. */
#include "base/clock.h"

void clock_tick(struct clock *clock)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    clock->now = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    if (clock->now < clock->next)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    clock->second = now.tv_sec;
    clock->next = clock->now + 1 - (double)now.tv_nsec * 1e-9;
}

struct span clock_date(struct clock *clock)
{
    if (clock->shown != clock->second || clock->date[0] == '\0') {
        struct tm tm;

        gmtime_r(&clock->second, &tm);
        strftime(clock->date, sizeof clock->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        clock->shown = clock->second;
    }
    return (struct span){ clock->date, 29 };
}
