/* Named numbers that only grow. */
#include "base/counters.h"

#include "support/test.h"

#include <string.h>

TEST(a_counter_counts_for_itself_alone)
{
    struct counters counters = { { 0 } };

    counters_add(&counters, COUNTER_RETRIES);
    counters_add(&counters, COUNTER_RETRIES);
    for (int i = 0; i < COUNTER_COUNT; i++)
        ck_assert_uint_eq(counters.n[i], i == COUNTER_RETRIES ? 2 : 0);
}

TEST(all_counters_stand_in_one_line)
{
    struct counters counters = { { 0 } };
    char text[256];

    counters.n[COUNTER_REQUESTS] = UINT64_MAX;
    counters_add(&counters, COUNTER_CONNECTIONS);
    counters_print(&counters, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "18446744073709551615 requests, 1 connections, 0 "));
    ck_assert_ptr_null(strchr(text, '\n'));
}

TEST(a_line_that_does_not_fit_is_cut)
{
    struct counters counters = { { 0 } };
    char whole[256];

    counters_print(&counters, whole, sizeof whole);
    for (unsigned size = 1; size <= sizeof whole; size++) {
        char text[sizeof whole + 1];
        size_t length = strlen(whole) < size ? strlen(whole) : size - 1;

        memset(text, '#', sizeof text);
        counters_print(&counters, text, size);
        ck_assert_uint_eq(strlen(text), length);
        ck_assert_int_eq(memcmp(text, whole, length), 0);
        ck_assert_int_eq(text[size], '#');
    }
}

SUITE(counters, a_counter_counts_for_itself_alone, all_counters_stand_in_one_line,
      a_line_that_does_not_fit_is_cut);
