/* What becomes of requests when backends fail: what is understood of it. */
#include "reading.h"
#include "support/test.h"

/* Reads a script whose table has the keys REST besides the usual ones, and says what was
 * complained of. */
static const char *complaints(struct reading *r, const char *rest)
{
    char text[2000];

    snprintf(text, sizeof text, "return { listen = ':0', backends = { '10.0.0.1:80' }, %s }", rest);
    reading_begin(r, text);
    return r->complaints;
}

TEST(retry_says_how_often_and_for_what)
{
    struct reading r;
    const struct config_retry *retry;

    ck_assert_str_eq(complaints(&r, "retry = { tries = 3, on = { 'connect', 503, 599, 400 },"
                                    "budget = 0.1, backoff = 0.5, body = 1000 }"),
                     "");
    retry = &r.config.pools[0].retry;
    ck_assert_uint_eq(retry->tries, 3);
    ck_assert(retry->on_connect && !retry->on_reset && !retry->on_timeout);
    ck_assert(retry->on_status[503 - CONFIG_RETRY_FIRST] && retry->on_status[199]);
    ck_assert(retry->on_status[0] && !retry->on_status[502 - CONFIG_RETRY_FIRST]);
    ck_assert_double_eq(retry->budget, 0.1);
    ck_assert_double_eq(retry->backoff, 0.5);
    ck_assert_uint_eq(retry->body, 1000);
    reading_end(&r);
}

TEST(retry_on_nothing_is_on_nothing)
{
    struct reading r;

    ck_assert_str_eq(complaints(&r, "retry = { on = {} }"), "");
    ck_assert(!r.config.pools[0].retry.on_connect && !r.config.pools[0].retry.on_reset);
    reading_end(&r);
}

TEST(other_reasons_to_retry_are_refused)
{
    static const char *const on[] = { "'late'", "200", "600", "399", "503.5", "true", "{}" };

    for (size_t i = 0; i < sizeof on / sizeof on[0]; i++) {
        struct reading r;
        char rest[100];

        snprintf(rest, sizeof rest, "retry = { on = { %s } }", on[i]);
        ck_assert_ptr_nonnull(strstr(complaints(&r, rest), "on must be a list of \"connect\""));
        reading_end(&r);
    }
}

TEST(an_outlier_can_be_told_otherwise_or_not_at_all)
{
    struct reading r;

    ck_assert_str_eq(complaints(&r, "outlier = false"), "");
    ck_assert(!r.config.pools[0].outlier.watches);
    reading_end(&r);
    ck_assert_str_eq(complaints(&r, "outlier = { errors = 7, share = 0.3 }"), "");
    ck_assert(r.config.pools[0].outlier.watches);
    ck_assert_uint_eq(r.config.pools[0].outlier.errors, 7);
    ck_assert_double_eq(r.config.pools[0].outlier.share, 0.3);
    ck_assert_double_eq(r.config.pools[0].outlier.eject, config_outlier.eject);
    reading_end(&r);
    ck_assert_ptr_nonnull(strstr(complaints(&r, "outlier = { share = 2 }"), "from 0 to 1"));
    reading_end(&r);
    ck_assert_ptr_nonnull(strstr(complaints(&r, "outlier = true"), "must be a table"));
    reading_end(&r);
}

SUITE(lua_failover, retry_says_how_often_and_for_what, retry_on_nothing_is_on_nothing,
      other_reasons_to_retry_are_refused, an_outlier_can_be_told_otherwise_or_not_at_all);
