/* When a function of the script that keeps failing is not called any more. */
#include "support/test.h"

#include "script/trip.h"

/* COUNT failures, a second apart, from the moment 100 on, of calls that had to be stopped if
 * STOPPED. Says whether any of them was too much. */
static bool fail_times(struct trip *trip, int count, bool stopped)
{
    bool tripped = false;

    for (int i = 0; i < count; i++)
        tripped = trip_failed(trip, stopped, 100 + i) || tripped;
    return tripped;
}

TEST(ten_failures_running_are_too_many)
{
    struct trip trip = { .tripped = false };

    ck_assert(!fail_times(&trip, 9, false));
    ck_assert(!trip.tripped);
    ck_assert(fail_times(&trip, 1, false));
    ck_assert(trip.tripped);
}

TEST(it_is_said_the_first_time_only)
{
    struct trip trip = { .tripped = false };

    fail_times(&trip, 10, false);
    ck_assert(!fail_times(&trip, 20, false));
    ck_assert(!fail_times(&trip, 20, true));
    ck_assert(trip.tripped);
}

TEST(a_call_that_ends_well_has_failures_counted_anew)
{
    struct trip trip = { .tripped = false };

    fail_times(&trip, 9, false);
    trip_ok(&trip);
    ck_assert(!fail_times(&trip, 9, false));
    ck_assert(fail_times(&trip, 1, false));
}

TEST(three_calls_that_were_stopped_are_too_many)
{
    struct trip trip = { .tripped = false };

    ck_assert(!fail_times(&trip, 2, true));
    ck_assert(fail_times(&trip, 1, true));
}

TEST(calls_that_end_well_excuse_none_that_was_stopped)
{
    struct trip trip = { .tripped = false };

    for (int i = 0; i < 2; i++) {
        fail_times(&trip, 1, true);
        trip_ok(&trip);
    }
    ck_assert(fail_times(&trip, 1, true));
}

TEST(those_that_were_stopped_long_ago_do_not_count)
{
    struct trip trip = { .tripped = false };

    ck_assert(!trip_failed(&trip, true, 100));
    ck_assert(!trip_failed(&trip, true, 100));
    trip_ok(&trip);
    ck_assert(!trip_failed(&trip, true, 100 + TRIP_STOPS_WITHIN + 0.1));
    trip_ok(&trip);
    ck_assert(!trip_failed(&trip, true, 110.2));
    trip_ok(&trip);
    ck_assert(trip_failed(&trip, true, 120));
}

TEST(what_is_forgiven_may_be_stopped_three_times_again)
{
    struct trip trip = { .tripped = false };

    fail_times(&trip, 3, true);
    trip_forgive(&trip, 100 + TRIP_STOPS_WITHIN);
    ck_assert(trip.tripped);
    trip_forgive(&trip, 100 + TRIP_STOPS_WITHIN + 0.1);
    ck_assert(!trip.tripped);
    ck_assert(!fail_times(&trip, 2, true));
    ck_assert(fail_times(&trip, 1, true));
}

SUITE(trip, ten_failures_running_are_too_many, it_is_said_the_first_time_only,
      a_call_that_ends_well_has_failures_counted_anew, three_calls_that_were_stopped_are_too_many,
      calls_that_end_well_excuse_none_that_was_stopped,
      those_that_were_stopped_long_ago_do_not_count,
      what_is_forgiven_may_be_stopped_three_times_again);
