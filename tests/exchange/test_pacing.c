/* The life of one request, when the client is too slow with its body, or in taking the response. */
#include "net/heard.h"
#include "support/test.h"
#include "world.h"

/* Did the exchange W take SECONDS? */
#define check_waited(w, seconds) ck_assert_double_eq_tol((w).waited, seconds, 0.1)

TEST(a_body_that_comes_too_slowly_is_408)
{
    struct heard heard;
    struct world w = { .asks = "h1:2:3:4:5:6:7:8:9:0:1:2:e",
                       .stall = 40,
                       .body_rate = 1,
                       .backends = { { .says = "?h1e" } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_uint_eq(w.client.status, 408);
    ck_assert_int_eq(w.end, END_LINGER);
    ck_assert_str_eq(w.kept, "");
    /* Thirty seconds, and one more for each byte that has come by then. */
    check_waited(w, 39);
    ck_assert_uint_eq(heard_times(&heard, "refused 0.0.0.0:0: 408, body too slow"), 1);
    ck_assert_uint_eq(heard_times(&heard, "backend a"), 0);
    heard_end(&heard);
}

TEST(a_body_that_comes_fast_enough_is_never_too_slow)
{
    struct world w = { .asks = "h12:34:56:78:90:12:34:56:78:90:12:34:56:e",
                       .body_rate = 0.5,
                       .backends = { { .says = "?h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    check_waited(w, 52);
}

TEST(a_body_that_comes_too_slowly_is_late_sooner_where_patience_is_short)
{
    struct world w = { .asks = "h1:2:3:4:5:6:7:8:9:0:1:2:e",
                       .body_rate = 1,
                       .backends = { { .says = "?h1e" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 408);
    check_waited(w, WAIT_STALL + 1);
}

TEST(a_body_that_comes_too_slowly_behind_an_early_response_is_cut)
{
    struct heard heard;
    struct world w = { .asks = "h1:2:3:4:5:6:7:8:9:0:1:2:e",
                       .stall = 40,
                       .body_rate = 1,
                       .backends = { { .says = "h1" } } };

    heard_begin(&heard);
    ck_assert_str_eq(world_run(&w), "h1");
    ck_assert_int_eq(w.end, END_CUT);
    check_waited(w, 39);
    ck_assert_uint_eq(heard_times(&heard, "info   cut 0.0.0.0:0: body too slow"), 1);
    ck_assert_uint_eq(heard_times(&heard, " cut\n"), 1);
    heard_end(&heard);
}

TEST(time_in_which_the_backend_takes_nothing_is_not_the_clients)
{
    struct world w = { .asks = "h12:3:4:5:6:7:8:e",
                       .body_rate = 1,
                       .backends = { { .says = "", .takes = 2, .stuck = true, .sips = 20 } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 504);
    ck_assert_double_ge(w.waited, 21 * WAIT_STALL);
}

TEST(who_expects_to_be_told_to_go_on_owes_no_body_before)
{
    struct world told = {
        .asks = "h:1:2:3e", .expects = true, .body_rate = 0.1, .backends = { { .says = "i?h1e" } }
    };
    struct world untold = { .asks = "h", .expects = true, .body_rate = 1e9, .tries = 1 };

    untold.backends[0].says = "..........i..h1e";
    ck_assert_str_eq(world_run(&told), "ih1e");
    ck_assert_uint_eq(untold.client.status, 0);
}

TEST(a_response_that_is_taken_too_slowly_is_cut)
{
    struct heard heard;
    struct world w = { .asks = "H",
                       .takes = 3,
                       .stuck = true,
                       .sips = 9,
                       .read_rate = 1000,
                       .sip = 2000,
                       .backends = { { .says = "h12345e" } } };

    heard_begin(&heard);
    ck_assert_str_eq(world_run(&w), "h12");
    ck_assert_int_eq(w.end, END_CUT);
    /* Five seconds, and two more for each sip. */
    ck_assert_double_ge(w.waited, 23);
    ck_assert_double_lt(w.waited, 24);
    ck_assert_uint_eq(heard_times(&heard, "info   cut 0.0.0.0:0: response taken too slowly"), 1);
    ck_assert_uint_eq(heard_times(&heard, " cut\n"), 1);
    ck_assert_uint_eq(heard_times(&heard, "backend a"), 0);
    heard_end(&heard);
}

TEST(a_response_that_is_taken_fast_enough_is_not_cut_while_it_is)
{
    struct world w = { .asks = "H",
                       .takes = 3,
                       .stuck = true,
                       .sips = 20,
                       .read_rate = 1000,
                       .sip = 5000,
                       .backends = { { .says = "h12345e" } } };

    ck_assert_str_eq(world_run(&w), "h12");
    ck_assert_double_ge(w.waited, 21 * WAIT_STALL);
}

TEST(a_response_that_comes_slowly_is_not_taken_slowly)
{
    struct world w = { .asks = "H",
                       .read_rate = 1e9,
                       .backends = { { .says = "h1:2:3:4:5:6:7:8:9:0:1:2:3:e" } } };

    ck_assert_str_eq(world_run(&w), "h1234567890123e");
    ck_assert_int_eq(w.end, END_KEEP);
    check_waited(w, 52);
}

SUITE(pacing, a_body_that_comes_too_slowly_is_408, a_body_that_comes_fast_enough_is_never_too_slow,
      a_body_that_comes_too_slowly_is_late_sooner_where_patience_is_short,
      a_body_that_comes_too_slowly_behind_an_early_response_is_cut,
      time_in_which_the_backend_takes_nothing_is_not_the_clients,
      who_expects_to_be_told_to_go_on_owes_no_body_before,
      a_response_that_is_taken_too_slowly_is_cut,
      a_response_that_is_taken_fast_enough_is_not_cut_while_it_is,
      a_response_that_comes_slowly_is_not_taken_slowly);
