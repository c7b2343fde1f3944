/* How fast somebody is who is waited for. */
#include "base/pace.h"

#include <math.h>

/* Seconds, and the share of his credit below which somebody has none. */
static const double MOST = 30, LITTLE = 1.0 / 30;

double pace_most(double stall)
{
    return fmin(stall, MOST);
}

void pace_begin(struct pace *pace, double now, double most)
{
    *pace = (struct pace){ .most = most, .credit = most, .since = now };
}

void pace_note(struct pace *pace, double now, uint64_t bytes, double rate, bool waits)
{
    /* There are no debts: perhaps it was us who stood still. */
    if (pace->waits)
        pace->credit = fmax(pace->credit - (now - pace->since), 0);
    if (bytes > pace->bytes) {
        pace->credit = fmin(pace->credit + (double)(bytes - pace->bytes) / rate, pace->most);
        pace->bytes = bytes;
    }
    pace->since = now;
    pace->waits = waits;
}

double pace_end(const struct pace *pace)
{
    return pace->waits ? pace->since + pace->credit : INFINITY;
}

bool pace_is_out(const struct pace *pace)
{
    return pace->waits && pace->credit < pace->most * LITTLE;
}

double pace_grant(uint64_t count, double rate, double most)
{
    double seconds = rate > 0 ? fmin((double)count / rate, most) : most;

    return count > 0 && seconds >= most * LITTLE ? seconds : 0;
}
