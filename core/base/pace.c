/* How fast somebody is who is waited for. */
#include "base/pace.h"

#include <math.h>

void pace_begin(struct pace *pace, double now)
{
    *pace = (struct pace){ .credit = PACE_MOST, .since = now };
}

void pace_note(struct pace *pace, double now, uint64_t bytes, double rate, bool waits)
{
    /* There are no debts: perhaps it was us who stood still. */
    if (pace->waits)
        pace->credit = fmax(pace->credit - (now - pace->since), 0);
    if (bytes > pace->bytes) {
        pace->credit = fmin(pace->credit + (double)(bytes - pace->bytes) / rate, PACE_MOST);
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
    return pace->waits && pace->credit < PACE_LEAST;
}

double pace_patience(double rate, double seconds)
{
    return rate > 0 ? fmin(seconds, PACE_MOST) : seconds;
}

double pace_grant(uint64_t count, double rate, double most)
{
    double seconds = rate > 0 ? (double)count / rate : most;

    if (count == 0 || (rate > 0 && seconds < PACE_LEAST))
        return 0;
    return fmin(seconds, most);
}
