/* The time, read once a turn of the loop. */
#include "base/clock.h"

#include "support/test.h"

#include <stdlib.h>

/* The date SECONDS after 1970, by a clock that has shown nothing yet. */
static bool shows(time_t seconds, const char *date)
{
    struct clock clock = { .second = seconds };

    return span_eq(clock_date(&clock), span_of(date));
}

TEST(a_date_is_as_http_wants_it)
{
    ck_assert(shows(784111777, "Sun, 06 Nov 1994 08:49:37 GMT"));
    ck_assert(shows(1769860800, "Sat, 31 Jan 2026 12:00:00 GMT"));
    ck_assert(shows(1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"));
    ck_assert(shows(0, "Thu, 01 Jan 1970 00:00:00 GMT"));
}

TEST(a_date_does_not_depend_on_where_the_proxy_is)
{
    setenv("TZ", "America/New_York", 1);
    tzset();
    ck_assert(shows(784111777, "Sun, 06 Nov 1994 08:49:37 GMT"));
}

TEST(a_date_follows_the_second)
{
    struct clock clock = { .second = 784111777 };

    clock_date(&clock);
    clock.second++;
    ck_assert(span_eq(clock_date(&clock), SPAN("Sun, 06 Nov 1994 08:49:38 GMT")));
    clock.second -= 38;
    ck_assert(span_eq(clock_date(&clock), SPAN("Sun, 06 Nov 1994 08:49:00 GMT")));
}

TEST(a_date_is_printed_once_a_second)
{
    struct clock clock = { .second = 784111777 };

    clock_date(&clock);
    clock.date[0] = '!';
    ck_assert_int_eq(clock_date(&clock).at[0], '!');
}

TEST(a_tick_reads_both_clocks)
{
    struct clock clock = { .now = -1 };
    time_t before = time(NULL);
    double first;

    clock_tick(&clock);
    first = clock.now;
    ck_assert(first > 0);
    ck_assert_int_ge(clock.second, before);
    ck_assert_int_le(clock.second, time(NULL));
    clock_tick(&clock);
    ck_assert(clock.now >= first);
}

TEST(the_calendar_is_looked_at_when_another_second_begins)
{
    struct clock clock = { .now = -1 };

    clock_tick(&clock);
    ck_assert(clock.next > clock.now && clock.next <= clock.now + 1);
    clock.second = 0;
    clock.next = clock.now + 1000;
    clock_tick(&clock);
    ck_assert_int_eq(clock.second, 0);
    clock.next = clock.now;
    clock_tick(&clock);
    ck_assert_int_ge(clock.second, time(NULL) - 1);
}

SUITE(clock, a_date_is_as_http_wants_it, a_date_does_not_depend_on_where_the_proxy_is,
      a_date_follows_the_second, a_date_is_printed_once_a_second, a_tick_reads_both_clocks,
      the_calendar_is_looked_at_when_another_second_begins);
