/* When a function of the script that keeps failing is not called any more: a rule without clock.
 *
 * Ten failures running are too many, and so are three calls within ten seconds that had to be
 * stopped, for taking too long or too much memory: each of those has held everybody up. What is
 * tripped remains so, unless its owner has it forgiven.
 */
#ifndef SCRIPT_TRIP_H
#define SCRIPT_TRIP_H

#include <stdbool.h>

enum { TRIP_FAILURES = 10, TRIP_STOPS = 3 };

#define TRIP_STOPS_WITHIN 10.0 /* seconds */

/* Embed it, zeroed: nothing has failed. */
struct trip {
    bool tripped;
    unsigned failures; /* running */
    unsigned stops;    /* since */
    double since;      /* the first of the stops that count */
};

/* A call has come to a proper end. */
static inline void trip_ok(struct trip *trip)
{
    trip->failures = 0;
}

/* A call has failed at NOW; STOPPED says whether it had to be stopped. Says whether that was too
 * much: the first time only. */
bool trip_failed(struct trip *trip, bool stopped, double now);

/* Forgives what is tripped if its stops are long ago at NOW: so there are three within ten seconds
 * and no more, but for ever. */
void trip_forgive(struct trip *trip, double now);

#endif
