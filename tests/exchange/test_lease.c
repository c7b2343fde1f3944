/* What the policy hears of attempts, and what is learnt of backends by them. */
#include "support/test.h"
#include "world.h"

TEST(an_attempt_that_ended_well_is_told_with_all_that_came_of_it)
{
    struct world w = { .asks = "H", .backends = { { .says = "?:h1:234e" } } };

    ck_assert_str_eq(world_run(&w), "h1234e");
    ck_assert_str_eq(w.told, "a200 ");
    ck_assert_int_eq(w.outcome.err, OK);
    ck_assert_double_eq(w.outcome.first, 4);
    ck_assert_double_eq(w.outcome.took, 8);
    ck_assert_uint_eq(w.outcome.bytes, 4);
}

TEST(each_attempt_is_told_by_itself)
{
    struct world w = { .asks = "H",
                       .tries = 3,
                       .backends = { { .dial = "x", .says = "" },
                                     { .says = "h12e", .status = 404 },
                                     { .dial = "~", .says = "" } } };

    world_run(&w);
    ck_assert_str_eq(w.told, "a0! c0! b404 ");
    ck_assert_uint_eq(w.outcome.bytes, 2);
    ck_assert_double_eq(w.outcome.first, 0);
}

TEST(why_there_was_no_response_is_told)
{
    static const struct {
        struct world_backend backend;
        enum err err;
        bool unreached;
    } cases[] = {
        { { .dial = "x", .says = "" }, ERR_REFUSED, true },
        { { .dial = "d", .says = "" }, ERR_EXHAUSTED, true },
        { { .dial = "~", .says = "" }, ERR_LATE, true },
        { { .says = "" }, ERR_LATE, false },
        { { .says = "?-" }, ERR_CLOSED, false },
        { { .says = "?!" }, ERR_MALFORMED, false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w = { .asks = "H", .tries = 1, .backends = { cases[i].backend } };

        world_run(&w);
        ck_assert_str_eq(w.told, "a0! ");
        ck_assert_int_eq(w.outcome.err, cases[i].err);
        ck_assert_int_eq(w.outcome.unreached, cases[i].unreached);
        ck_assert_double_lt(w.outcome.first, 0);
        ck_assert_uint_eq(w.outcome.bytes, 0);
    }
}

TEST(a_response_that_was_cut_is_told_with_what_came_of_it)
{
    struct world w = { .asks = "H", .backends = { { .says = "?h123.-" } } };

    ck_assert_str_eq(world_run(&w), "h123");
    ck_assert_str_eq(w.told, "a200! ");
    ck_assert_int_eq(w.outcome.err, ERR_CLOSED);
    ck_assert_uint_eq(w.outcome.bytes, 3);
}

TEST(that_the_client_has_left_is_told_as_that)
{
    struct world w = { .asks = "H...x", .backends = { { .says = "" } } };

    world_run(&w);
    ck_assert_str_eq(w.told, "a0! ");
    ck_assert_int_eq(w.outcome.err, ERR_ABANDONED);
}

TEST(an_exchange_that_is_torn_is_told_as_if_the_client_had_left)
{
    struct world w = { .asks = "H", .torn = 1, .backends = { { .says = "" } } };

    world_run(&w);
    ck_assert_str_eq(w.told, "a0! ");
    ck_assert_int_eq(w.outcome.err, ERR_ABANDONED);
}

TEST(a_kept_connection_that_was_being_closed_is_no_attempt_of_its_own)
{
    struct world w = { .asks = "H", .backends = { { .kept = "-", .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "Aa");
    ck_assert_str_eq(w.told, "a200 ");
}

TEST(a_request_that_nobody_was_asked_for_is_not_told)
{
    struct world w = { .asks = "H", .backends = { { .says = "", .down = true } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_str_eq(w.told, "");
}

SUITE(lease, an_attempt_that_ended_well_is_told_with_all_that_came_of_it,
      each_attempt_is_told_by_itself, why_there_was_no_response_is_told,
      a_response_that_was_cut_is_told_with_what_came_of_it,
      that_the_client_has_left_is_told_as_that,
      an_exchange_that_is_torn_is_told_as_if_the_client_had_left,
      a_kept_connection_that_was_being_closed_is_no_attempt_of_its_own,
      a_request_that_nobody_was_asked_for_is_not_told);
