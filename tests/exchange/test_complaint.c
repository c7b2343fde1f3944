/* What is said of a backend that fails. */
#include "exchange/complaint.h"

#include "net/heard.h"
#include "support/test.h"

TEST(the_first_failure_is_told_at_once)
{
    struct config_backend config = { .id = "b1" };
    struct backend b = { .config = &config };
    struct heard heard;

    heard_begin(&heard);
    complaint_log(&b, 5, "connection refused", ", retry");
    ck_assert_uint_eq(heard_times(&heard, "warn   backend b1: connection refused, retry\n"), 1);
    heard_end(&heard);
}

TEST(a_thousand_failures_of_a_second_are_one_line)
{
    struct config_backend config = { .id = "b1" };
    struct backend b = { .config = &config };
    struct heard heard;

    heard_begin(&heard);
    for (int i = 0; i < 1000; i++)
        complaint_log(&b, 5 + i / 1000.0, "connection refused", "");
    ck_assert_uint_eq(heard_times(&heard, "backend b1"), 1);
    complaint_log(&b, 6.5, "connection reset", "");
    ck_assert_uint_eq(heard_times(&heard, "connection reset; 999 more since the last line\n"), 1);
    complaint_log(&b, 8, "connection reset", "");
    ck_assert_uint_eq(heard_times(&heard, "connection reset\n"), 1);
    heard_end(&heard);
}

TEST(each_backend_has_its_own_second)
{
    struct config_backend configs[] = { { .id = "b1" }, { .id = "b2" } };
    struct backend b1 = { .config = &configs[0] };
    struct backend b2 = { .config = &configs[1] };
    struct heard heard;

    heard_begin(&heard);
    complaint_log(&b1, 5, "connection refused", "");
    complaint_log(&b2, 5, "connection refused", "");
    ck_assert_uint_eq(heard_times(&heard, "connection refused\n"), 2);
    heard_end(&heard);
}

SUITE(complaint, the_first_failure_is_told_at_once, a_thousand_failures_of_a_second_are_one_line,
      each_backend_has_its_own_second);
