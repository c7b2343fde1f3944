/* How many retries a pool may have. */
#include "support/test.h"

#include "balance/budget.h"

#include <math.h>
#include <stdlib.h>

enum { FLOOR = BUDGET_FLOOR * BUDGET_SECONDS };

/* Hears of COUNT requests at NOW. */
static void hear(struct budget *budget, unsigned count, double now)
{
    for (unsigned i = 0; i < count; i++)
        budget_hear(budget, now);
}

/* Makes as many retries at NOW as are granted, and gives their number. */
static unsigned spend_all(struct budget *budget, double share, double now)
{
    unsigned count = 0;

    while (budget_allows(budget, share, now)) {
        budget_spend(budget, now);
        count++;
    }
    return count;
}

TEST(who_has_few_requests_has_thirty_retries)
{
    for (unsigned requests = 0; requests <= 150; requests += 50) {
        struct budget budget = { .until = 0 };

        hear(&budget, requests, 1000.5);
        ck_assert_uint_eq(spend_all(&budget, 0.2, 1000.5), FLOOR);
    }
}

TEST(who_has_many_requests_has_a_share_of_them)
{
    struct budget budget = { .until = 0 };

    hear(&budget, 1000, 1000.5);
    ck_assert_uint_eq(spend_all(&budget, 0.2, 1000.5), 200);
    hear(&budget, 4, 1000.6);
    ck_assert(!budget_allows(&budget, 0.2, 1000.6));
    hear(&budget, 1, 1000.6);
    ck_assert_uint_eq(spend_all(&budget, 0.2, 1000.6), 1);
}

TEST(a_share_of_one_grants_as_many_retries_as_requests)
{
    struct budget budget = { .until = 0 };

    hear(&budget, 1000, 1000.5);
    ck_assert_uint_eq(spend_all(&budget, 1, 1000.5), 1000);
}

TEST(a_share_of_nothing_grants_nothing)
{
    struct budget budget = { .until = 0 };

    hear(&budget, 1000, 1000.5);
    ck_assert_uint_eq(spend_all(&budget, 0, 1000.5), 0);
}

TEST(to_ask_costs_nothing)
{
    struct budget budget = { .until = 0 };

    for (int i = 0; i < 100; i++)
        ck_assert(budget_allows(&budget, 0.2, 1000.5));
}

TEST(what_was_ten_seconds_ago_is_forgotten)
{
    struct budget budget = { .until = 0 };

    hear(&budget, 1000, 1000.9);
    ck_assert_uint_eq(spend_all(&budget, 0.2, 1000.9), 200);
    ck_assert_uint_eq(spend_all(&budget, 0.2, 1009.9), 0);
    ck_assert_uint_eq(spend_all(&budget, 0.2, 1010), FLOOR);
    ck_assert_uint_eq(spend_all(&budget, 0.2, 1019.9), 0);
    ck_assert_uint_eq(spend_all(&budget, 0.2, 1020), FLOOR);
}

TEST(a_long_silence_is_as_good_as_ten_seconds)
{
    struct budget budget = { .until = 0 };

    hear(&budget, 1000, 1000);
    spend_all(&budget, 0.2, 1000);
    ck_assert_uint_eq(spend_all(&budget, 0.2, 1e7), FLOOR);
    hear(&budget, 1000, 1e7 + 5);
    ck_assert_uint_eq(spend_all(&budget, 0.2, 1e7 + 5), 200 - FLOOR);
}

/* ---- Any stream of requests and retries ---- */

enum { EVENTS = 4000, STREAMS = 30 };

struct event {
    double at;
    bool is_retry;
};

/* How many of the first COUNT events, retries or not, are in the window that ends at NOW. */
static unsigned count_window(const struct event *events, int count, bool retries, double now)
{
    double first = floor(now) - BUDGET_SECONDS + 1;
    unsigned found = 0;

    for (int i = count - 1; i >= 0 && events[i].at >= first; i--)
        found += events[i].is_retry == retries;
    return found;
}

/* Makes up a stream, at some RATE a second, in which FAILING of 100 requests ask for a retry; then
 * checks each answer against the formula. */
static void check_stream(double share, double rate, int failing)
{
    static struct event events[2 * EVENTS];
    struct budget budget = { .until = 0 };
    double now = 1000;
    int count = 0;

    for (int i = 0; i < EVENTS; i++) {
        double most;

        now += drand48() * 2 / rate * (drand48() < 0.01 ? 100 : 1);
        budget_hear(&budget, now);
        events[count++] = (struct event){ now, false };
        if (drand48() * 100 >= failing)
            continue;
        most = fmax(share * count_window(events, count, false, now), FLOOR);
        ck_assert(budget_allows(&budget, share, now) ==
                  (count_window(events, count, true, now) + 1 <= most));
        if (!budget_allows(&budget, share, now))
            continue;
        budget_spend(&budget, now);
        events[count++] = (struct event){ now, true };
    }
}

TEST(whatever_happens_retries_are_no_more_than_the_formula_says_and_no_fewer)
{
    static const double shares[] = { 0.01, 0.2, 0.5, 1 };
    static const double rates[] = { 1, 10, 100, 1000 };

    srand48(1);
    for (int i = 0; i < STREAMS; i++)
        check_stream(shares[i % 4], rates[i / 4 % 4], i % 3 == 0 ? 100 : 40);
}

SUITE(budget, who_has_few_requests_has_thirty_retries, who_has_many_requests_has_a_share_of_them,
      a_share_of_one_grants_as_many_retries_as_requests, a_share_of_nothing_grants_nothing,
      to_ask_costs_nothing, what_was_ten_seconds_ago_is_forgotten,
      a_long_silence_is_as_good_as_ten_seconds,
      whatever_happens_retries_are_no_more_than_the_formula_says_and_no_fewer);
