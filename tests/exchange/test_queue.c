/* Requests that wait for a backend: one of them, among the requests of others. */
#include "net/heard.h"
#include "support/test.h"
#include "world.h"

/* Did the exchange W take SECONDS? */
#define check_waited(w, seconds) ck_assert_double_eq_tol((w).waited, seconds, 0.1)

TEST(a_request_waits_until_somebody_is_below_its_cap)
{
    struct world w = { .asks = "H",
                       .backends = { { .says = "h1e", .cap = 2, .busy = 2, .frees = 3 } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "a");
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_uint_ge(w.turns, 3);
    ck_assert_uint_eq(w.woken, 1);
    ck_assert_uint_eq(w.counters.n[COUNTER_QUEUED], 1);
}

TEST(nobody_waits_while_somebody_is_below_its_cap)
{
    struct world w = { .asks = "H",
                       .backends = { { .says = "", .cap = 1, .busy = 1 },
                                     { .says = "h1e", .cap = 2, .busy = 1 } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "b");
    ck_assert_uint_eq(w.counters.n[COUNTER_QUEUED], 0);
}

TEST(who_came_before_is_served_before)
{
    struct world w = { .asks = "H",
                       .queued = 2,
                       .backends = { { .says = "h1e", .cap = 1, .busy = 1, .frees = 2 } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.served, "aa");
    ck_assert_uint_ge(w.turns, 6);
}

TEST(who_comes_while_others_wait_does_not_take_the_room_that_was_made_for_them)
{
    struct world w = { .asks = ".H",
                       .queued = 1,
                       .backends = { { .says = "h1e", .cap = 1, .busy = 1, .frees = 1 } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.served, "a");
    ck_assert_uint_eq(w.counters.n[COUNTER_QUEUED], 1);
}

TEST(the_wait_is_not_a_part_of_the_time_to_connect)
{
    struct world w = {
        .asks = "H",
        .backends = { { .says = "h1e", .dial = "...", .cap = 1, .busy = 1, .frees = 5 } },
    };

    ck_assert_str_eq(world_run(&w), "h1e");
    check_waited(w, 0);
}

TEST(a_full_queue_is_503_at_once)
{
    struct heard heard;
    struct world w = {
        .asks = "H", .pending = 2, .queued = 2, .backends = { { .says = "", .cap = 1, .busy = 1 } }
    };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_str_eq(w.tried, "");
    ck_assert_uint_eq(w.counters.n[COUNTER_QUEUED], 0);
    ck_assert_uint_eq(heard_times(&heard, "warn   pool 1: queue is full\n"), 1);
    check_waited(w, 0);
    heard_end(&heard);
}

TEST(without_a_queue_nobody_waits)
{
    struct world w = { .asks = "H",
                       .pending = -1,
                       .backends = { { .says = "", .cap = 1, .busy = 1, .frees = 1 } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    check_waited(w, 0);
}

TEST(who_waits_too_long_is_503)
{
    struct heard heard;
    struct world w = { .asks = "H",
                       .queued = 1,
                       .backends = { { .says = "", .cap = 1, .busy = 1 } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_uint_eq(heard_times(&heard, "warn   pool 1: waited too long for a backend\n"), 1);
    ck_assert_uint_eq(heard_times(&heard, "\" 503 43 - tries=0 "), 1);
    check_waited(w, WAIT_QUEUE);
    heard_end(&heard);
}

TEST(nobody_waits_for_those_who_get_no_requests_anyway)
{
    static const struct world cases[] = {
        { .asks = "H", .backends = { { .says = "", .drains = true } } },
        { .asks = "H",
          .backends = { { .says = "", .drains = true, .cap = 1, .busy = 1, .frees = 1 } } },
        { .asks = "H",
          .backends = { { .says = "", .down = true, .cap = 1, .busy = 1, .frees = 1 } } },
        { .asks = "H",
          .backends = { { .says = "", .down = true }, { .says = "", .drains = true } } },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w = cases[i];

        world_run(&w);
        ck_assert_uint_eq(w.client.status, 503);
        ck_assert_uint_eq(w.counters.n[COUNTER_QUEUED], 0);
        check_waited(w, 0);
    }
}

TEST(whoever_drains_the_others_are_asked)
{
    struct world w = { .asks = "H",
                       .backends = { { .says = "", .drains = true }, { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "b");
}

TEST(a_client_that_goes_leaves_the_queue_at_once)
{
    struct heard heard;
    struct world w = { .asks = "H.x",
                       .queued = 1,
                       .backends = { { .says = "", .cap = 1, .busy = 1 } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_int_eq(w.end, END_CUT);
    ck_assert_uint_eq(heard_times(&heard, "\" 499 0 - tries=0 "), 1);
    check_waited(w, 0);
    heard_end(&heard);
}

TEST(an_exchange_that_is_ended_while_it_waits_leaves_the_queue)
{
    struct world w = {
        .asks = "H", .torn = 1, .queued = 1, .backends = { { .says = "", .cap = 1, .busy = 1 } }
    };

    world_run(&w);
    ck_assert_uint_eq(w.counters.n[COUNTER_QUEUED], 1);
    ck_assert_str_eq(w.client.got, "");
}

TEST(the_body_of_a_request_waits_too)
{
    struct world w = { .asks = "h1.23e",
                       .backends = { { .says = "?h4e", .cap = 1, .busy = 1, .frees = 5 } } };

    ck_assert_str_eq(world_run(&w), "h4e");
    ck_assert_str_eq(w.attempts[0].got, "h123e");
}

/* ---- A second try ---- */

TEST(a_second_try_waits_for_one_that_was_not_tried)
{
    struct heard heard;
    struct world w = {
        .asks = "H",
        .backends = { { .dial = "x", .says = "" },
                      { .says = "h1e", .cap = 1, .busy = 1, .frees = 4 } },
    };

    heard_begin(&heard);
    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "ab");
    ck_assert_uint_eq(w.counters.n[COUNTER_QUEUED], 1);
    ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES], 1);
    ck_assert_uint_eq(heard_times(&heard, "backend a: connection refused, retry"), 1);
    heard_end(&heard);
}

TEST(a_second_try_comes_before_those_who_came_meanwhile)
{
    struct world w = {
        .asks = "H",
        .behind = 2,
        .backends = { { .dial = ".x", .says = "", .cap = 1 },
                      { .says = "..h1e", .cap = 1, .busy = 1, .frees = 4 } },
    };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "ab");
    ck_assert_str_eq(w.served, "a");
}

TEST(a_second_try_that_cannot_wait_any_longer_is_answered_what_has_come_of_the_first)
{
    static const struct {
        int pending;
        double waited;
    } cases[] = { { -1, 0 }, { 0, WAIT_QUEUE } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct heard heard;
        struct world w = {
            .asks = "H",
            .pending = cases[i].pending,
            .backends = { { .dial = "x", .says = "" }, { .says = "", .cap = 1, .busy = 1 } },
        };

        heard_begin(&heard);
        world_run(&w);
        ck_assert_uint_eq(w.client.status, 503);
        ck_assert_str_eq(w.tried, "a");
        ck_assert_uint_eq(heard_times(&heard, "backend a: connection refused\n"), 1);
        ck_assert_uint_eq(heard_times(&heard, "pool 1"), 0);
        check_waited(w, cases[i].waited);
        heard_end(&heard);
    }
}

TEST(a_second_try_does_not_wait_for_those_who_get_no_requests_anyway)
{
    struct world w = {
        .asks = "H",
        .backends = { { .dial = "x", .says = "" },
                      { .says = "", .down = true, .cap = 1, .busy = 1, .frees = 1 },
                      { .says = "", .drains = true } },
    };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_uint_eq(w.counters.n[COUNTER_QUEUED], 0);
}

SUITE(queue, a_request_waits_until_somebody_is_below_its_cap,
      nobody_waits_while_somebody_is_below_its_cap, who_came_before_is_served_before,
      who_comes_while_others_wait_does_not_take_the_room_that_was_made_for_them,
      the_wait_is_not_a_part_of_the_time_to_connect, a_full_queue_is_503_at_once,
      without_a_queue_nobody_waits, who_waits_too_long_is_503,
      nobody_waits_for_those_who_get_no_requests_anyway, whoever_drains_the_others_are_asked,
      a_client_that_goes_leaves_the_queue_at_once,
      an_exchange_that_is_ended_while_it_waits_leaves_the_queue, the_body_of_a_request_waits_too,
      a_second_try_waits_for_one_that_was_not_tried,
      a_second_try_comes_before_those_who_came_meanwhile,
      a_second_try_that_cannot_wait_any_longer_is_answered_what_has_come_of_the_first,
      a_second_try_does_not_wait_for_those_who_get_no_requests_anyway);
