/* What a status is called. */
#include "http/reason.h"

#include "support/test.h"

TEST(usual_statuses_have_a_name)
{
    ck_assert(span_eq(reason_of(200), SPAN("OK")));
    ck_assert(span_eq(reason_of(304), SPAN("Not Modified")));
    ck_assert(span_eq(reason_of(429), SPAN("Too Many Requests")));
    ck_assert(span_eq(reason_of(511), SPAN("Network Authentication Required")));
}

TEST(other_statuses_have_none)
{
    static const unsigned others[] = { 0, 99, 199, 299, 306, 418, 499, 512, 599, 600, 4000000000 };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct span reason = reason_of(others[i]);

        ck_assert_uint_eq(reason.len, 0);
        ck_assert_ptr_nonnull(reason.at);
    }
}

SUITE(reason, usual_statuses_have_a_name, other_statuses_have_none);
