/* The life of one request, when somebody takes too long: each phase has its own patience. */
#include "net/heard.h"
#include "support/test.h"
#include "world.h"

/* Did the exchange W take SECONDS? */
#define check_waited(w, seconds) ck_assert_double_eq_tol((w).waited, seconds, 0.1)

/* ---- The client ---- */

TEST(a_late_head_is_408)
{
    struct world w = { .asks = "" };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 408);
    ck_assert_int_eq(w.end, END_LINGER);
    check_waited(w, WAIT_HEAD);
}

TEST(a_late_body_is_408)
{
    struct world w = { .asks = "h12", .backends = { { .says = "?h1e" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 408);
    ck_assert_int_eq(w.end, END_LINGER);
    ck_assert_str_eq(w.kept, "");
    check_waited(w, WAIT_STALL);
}

TEST(a_body_that_moves_is_never_late)
{
    struct world w = { .asks = "h1:2:3:4:5e", .backends = { { .says = "?h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    check_waited(w, 16);
}

TEST(a_client_that_does_not_take_the_head_of_its_response_is_given_up)
{
    struct world w = { .asks = "H", .takes = 1, .stuck = true, .backends = { { .says = "iH" } } };

    ck_assert_str_eq(world_run(&w), "i");
    ck_assert_int_eq(w.end, END_CUT);
    check_waited(w, WAIT_RESPONSE);
}

TEST(a_client_that_does_not_take_its_response_is_given_up)
{
    struct heard heard;
    struct world w = {
        .asks = "H", .takes = 3, .stuck = true, .backends = { { .says = "h12345e" } }
    };

    heard_begin(&heard);
    ck_assert_str_eq(world_run(&w), "h12");
    ck_assert_int_eq(w.end, END_CUT);
    check_waited(w, WAIT_STALL);
    ck_assert_uint_eq(heard_times(&heard, "backend a"), 0);
    heard_end(&heard);
}

TEST(a_client_that_does_not_take_a_reply_of_our_own_is_given_up)
{
    struct world w = { .asks = "H", .takes = 3, .stuck = true };

    ck_assert_str_eq(world_run(&w), "h50");
    ck_assert_int_eq(w.end, END_CUT);
    check_waited(w, WAIT_STALL);
}

TEST(a_client_that_takes_its_response_slowly_has_the_time_for_it)
{
    struct world head = {
        .asks = "H", .takes = 1, .stuck = true, .sips = 3, .backends = { { .says = "iH" } }
    };
    struct world body = {
        .asks = "H", .takes = 3, .stuck = true, .sips = 3, .backends = { { .says = "h12345e" } }
    };

    world_run(&head);
    check_waited(head, 4 * WAIT_RESPONSE);
    world_run(&body);
    check_waited(body, 4 * WAIT_STALL);
    ck_assert_int_eq(body.end, END_CUT);
}

/* ---- The backend ---- */

TEST(a_late_connection_is_tried_elsewhere)
{
    struct world w = { .asks = "H",
                       .method = "POST",
                       .backends = { { .dial = "~", .says = "" }, { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "ab");
    check_waited(w, WAIT_CONNECT);
}

TEST(late_connections_everywhere_are_504)
{
    struct world w = { .asks = "H",
                       .backends = { { .dial = "~", .says = "" }, { .dial = "~", .says = "" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 504);
    ck_assert_str_eq(w.tried, "ab");
    check_waited(w, 2 * WAIT_CONNECT);
}

TEST(a_refusal_behind_a_late_connection_is_503)
{
    struct world w = { .asks = "H",
                       .backends = { { .dial = "~", .says = "" }, { .dial = "x", .says = "" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
}

TEST(a_late_response_is_504_if_it_must_not_be_asked_for_twice)
{
    struct world w = { .asks = "H",
                       .method = "POST",
                       .backends = { { .says = "" }, { .says = "H" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 504);
    ck_assert_str_eq(w.tried, "a");
    ck_assert_int_eq(w.end, END_KEEP);
    check_waited(w, WAIT_RESPONSE);
}

TEST(a_late_response_is_asked_for_elsewhere_if_that_does_no_harm)
{
    struct world w = { .asks = "H", .backends = { { .says = "" }, { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "ab");
    check_waited(w, WAIT_RESPONSE);
}

TEST(a_late_response_over_a_kept_connection_counts_as_a_try)
{
    struct world w = { .asks = "H", .tries = 1, .backends = { { .kept = "", .says = "H" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 504);
    ck_assert_str_eq(w.tried, "A");
}

TEST(the_time_for_a_response_begins_with_the_end_of_the_request)
{
    struct world w = { .asks = "h1:2:3:e", .tries = 1, .backends = { { .says = "" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 504);
    check_waited(w, 12 + WAIT_RESPONSE);
}

TEST(what_comes_before_a_response_does_not_make_it_less_late)
{
    struct world w = { .asks = "H", .backends = { { .says = "i:i:i:i:i:i:i:i:i:i:i:i:h1e" } } };

    world_run(&w);
    ck_assert_uint_eq(strspn(w.client.got, "i"), 8);
    ck_assert_uint_eq(w.client.status, 504);
    check_waited(w, WAIT_RESPONSE);
}

TEST(a_backend_that_does_not_take_the_request_is_late_itself)
{
    struct world w = { .asks = "h12345e",
                       .backends = { { .says = "", .takes = 3, .stuck = true } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 504);
    ck_assert_str_eq(w.attempts[0].got, "h12");
    ck_assert_int_eq(w.end, END_LINGER);
    check_waited(w, WAIT_STALL);
}

TEST(a_backend_that_takes_the_request_slowly_has_the_time_for_it)
{
    struct world w = { .asks = "h12345e",
                       .backends = { { .says = "", .takes = 3, .stuck = true, .sips = 2 } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 504);
    check_waited(w, 3 * WAIT_STALL);
}

TEST(a_backend_that_takes_the_request_slowly_has_the_time_for_it_behind_an_early_response)
{
    struct heard heard;
    struct world w = { .asks = "h12345e",
                       .backends = { { .says = "h1", .takes = 3, .stuck = true, .sips = 2 } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_int_eq(w.end, END_CUT);
    check_waited(w, 3 * WAIT_STALL);
    ck_assert_uint_eq(heard_times(&heard, "backend a: timed out, response cut short"), 1);
    heard_end(&heard);
}

TEST(a_late_body_behind_an_early_response_is_not_the_backends_fault)
{
    struct heard heard;
    struct world w = { .asks = "h12", .backends = { { .says = "h1" } } };

    heard_begin(&heard);
    ck_assert_str_eq(world_run(&w), "h1");
    ck_assert_int_eq(w.end, END_CUT);
    check_waited(w, WAIT_STALL);
    ck_assert_uint_eq(heard_times(&heard, "backend a"), 0);
    heard_end(&heard);
}

TEST(a_response_that_stalls_is_cut)
{
    struct heard heard;
    struct world w = { .asks = "H", .backends = { { .says = "h12" } } };

    heard_begin(&heard);
    ck_assert_str_eq(world_run(&w), "h12");
    ck_assert_int_eq(w.end, END_CUT);
    check_waited(w, WAIT_STALL);
    ck_assert_uint_eq(heard_times(&heard, "backend a: timed out, response cut short"), 1);
    heard_end(&heard);
}

TEST(a_response_that_moves_is_never_late)
{
    struct world w = { .asks = "H", .backends = { { .says = "h:1:2:3:4:5:e" } } };

    ck_assert_str_eq(world_run(&w), "h12345e");
    ck_assert_int_eq(w.end, END_KEEP);
    check_waited(w, 24);
}

/* ---- The client goes ---- */

TEST(a_client_that_goes_ends_whatever_was_going_on)
{
    static const struct world cases[] = {
        { .asks = "-" },
        { .asks = "x" },
        { .asks = ".x" },
        /* while connecting */
        { .asks = "H.x", .backends = { { .dial = "~", .says = "" } } },
        /* while a response is awaited */
        { .asks = "H.x", .backends = { { .says = "" } } },
        { .asks = "H...x", .backends = { { .says = "i" } } },
        /* in the body */
        { .asks = "h1-", .backends = { { .says = "?h1e" } } },
        { .asks = "h1x", .backends = { { .says = "?h1e" } } },
        { .asks = "h1.x", .backends = { { .says = "", .takes = 2, .stuck = true } } },
        /* while a response is passed on */
        { .asks = "H..x", .backends = { { .says = "h1" } } },
        { .asks = "h1...-", .backends = { { .says = "h1" } } },
        { .asks = "H..x", .takes = 2, .stuck = true, .backends = { { .says = "h12345e" } } },
        /* while it is told that nobody is there */
        { .asks = "H..x", .takes = 2, .stuck = true },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w = cases[i];

        world_run(&w);
        ck_assert_int_eq(w.end, END_CUT);
        ck_assert_uint_le(w.tried_count, 1);
        ck_assert_str_eq(w.kept, "");
        check_waited(w, 0);
    }
}

TEST(a_client_that_has_gone_is_logged_as_499)
{
    struct heard heard;
    struct world w = { .asks = "H.x", .backends = { { .says = "" } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_uint_eq(heard_times(&heard, "\" 499 0 a tries=1 "), 1);
    heard_end(&heard);
}

TEST(a_client_that_has_ended_its_request_and_closed_its_half_is_answered)
{
    struct world w = { .asks = "H.-", .backends = { { .says = "..h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
}

SUITE(exchange_late, a_late_head_is_408, a_late_body_is_408, a_body_that_moves_is_never_late,
      a_client_that_does_not_take_the_head_of_its_response_is_given_up,
      a_client_that_does_not_take_its_response_is_given_up,
      a_client_that_does_not_take_a_reply_of_our_own_is_given_up,
      a_client_that_takes_its_response_slowly_has_the_time_for_it,
      a_backend_that_takes_the_request_slowly_has_the_time_for_it,
      a_backend_that_takes_the_request_slowly_has_the_time_for_it_behind_an_early_response,
      a_late_body_behind_an_early_response_is_not_the_backends_fault,
      a_late_connection_is_tried_elsewhere, late_connections_everywhere_are_504,
      a_refusal_behind_a_late_connection_is_503,
      a_late_response_is_504_if_it_must_not_be_asked_for_twice,
      a_late_response_is_asked_for_elsewhere_if_that_does_no_harm,
      a_late_response_over_a_kept_connection_counts_as_a_try,
      the_time_for_a_response_begins_with_the_end_of_the_request,
      what_comes_before_a_response_does_not_make_it_less_late,
      a_backend_that_does_not_take_the_request_is_late_itself, a_response_that_stalls_is_cut,
      a_response_that_moves_is_never_late, a_client_that_goes_ends_whatever_was_going_on,
      a_client_that_has_gone_is_logged_as_499,
      a_client_that_has_ended_its_request_and_closed_its_half_is_answered);
