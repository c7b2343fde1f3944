/* When a function of the script that keeps failing is not called any more. */
#include "script/trip.h"

static void count_stop(struct trip *trip, double now)
{
    if (trip->stops == 0 || now - trip->since > TRIP_STOPS_WITHIN) {
        trip->since = now;
        trip->stops = 0;
    }
    trip->stops++;
}

bool trip_failed(struct trip *trip, bool stopped, double now)
{
    if (trip->tripped)
        return false;
    trip->failures++;
    if (stopped)
        count_stop(trip, now);
    trip->tripped = trip->failures >= TRIP_FAILURES || trip->stops >= TRIP_STOPS;
    return trip->tripped;
}

void trip_forgive(struct trip *trip, double now)
{
    if (trip->tripped && now - trip->since > TRIP_STOPS_WITHIN)
        *trip = (struct trip){ .tripped = false };
}
