/* The life of one request, of which the script's hooks and its router have a say. */
#include "net/heard.h"
#include "support/test.h"
#include "world.h"

/* ---- The hook of the request ---- */

TEST(a_request_that_its_hook_passes_goes_on)
{
    struct world w = { .asks = "h12e",
                       .hook = { .does = "" },
                       .backends = { { .says = "?h34e" } } };

    ck_assert_str_eq(world_run(&w), "h34e");
    ck_assert_uint_eq(w.client.status, 200);
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_str_eq(w.attempts[0].got, "h12e");
    ck_assert_uint_eq(w.hook.called, 1);
    ck_assert_uint_eq(w.forgotten, 0);
}

TEST(a_hook_is_called_once_however_many_are_tried)
{
    struct world w = { .asks = "H",
                       .hook = { .does = "" },
                       .backends = { { .dial = "x", .says = "" }, { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "ab");
    ck_assert_uint_eq(w.hook.called, 1);
}

TEST(a_hook_may_answer_itself)
{
    struct world w = { .asks = "H", .hook = { .does = "r" }, .backends = { { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "hnoe");
    ck_assert_uint_eq(w.client.status, 403);
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_str_eq(w.tried, "");
    ck_assert_uint_eq(w.counters.n[COUNTER_REQUESTS], 1);
    ck_assert_uint_eq(w.counters.n[COUNTER_REFUSED], 0);
}

TEST(the_answer_of_a_hook_to_head_has_no_body)
{
    struct world w = {
        .asks = "H", .method = "HEAD", .hook = { .does = "r" }, .backends = { { .says = "" } }
    };

    ck_assert_str_eq(world_run(&w), "H");
    ck_assert_uint_eq(w.client.status, 403);
    ck_assert_int_eq(w.end, END_KEEP);
}

TEST(a_client_that_is_answered_in_the_middle_of_its_body_may_finish_it)
{
    struct world w = { .asks = "h1....2e",
                       .hook = { .does = "r" },
                       .backends = { { .says = "" } } };

    ck_assert_str_eq(world_run(&w), "hnoe");
    ck_assert_int_eq(w.end, END_LINGER);
    ck_assert(!w.client.keeps);
}

TEST(a_hook_that_waits_is_asked_again_when_it_is_woken)
{
    struct world w = { .asks = "H", .hook = { .does = "..." }, .backends = { { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_uint_eq(w.hook.called, 1);
    ck_assert_uint_eq(w.hook.asked, 4);
    ck_assert_uint_eq(w.cancelled, 0);
    ck_assert_double_eq(w.waited, 0);
}

TEST(a_hook_that_has_waited_may_answer)
{
    struct world w = { .asks = "H", .hook = { .does = ".r" }, .backends = { { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "hnoe");
    ck_assert_str_eq(w.tried, "");
}

TEST(the_body_is_not_read_while_a_hook_waits_and_nothing_of_it_is_lost)
{
    struct world w = { .asks = "h123e",
                       .hook = { .does = "...." },
                       .backends = { { .says = "?h4e" } } };

    ck_assert_str_eq(world_run(&w), "h4e");
    ck_assert_str_eq(w.attempts[0].got, "h123e");
}

TEST(a_hook_that_waits_too_long_is_504)
{
    struct heard heard;
    struct world w = { .asks = "H", .hook = { .does = "k~" }, .backends = { { .says = "h1e" } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_uint_eq(w.client.status, 504);
    ck_assert_str_eq(w.tried, "");
    ck_assert_double_ge(w.waited, WAIT_HOOK);
    ck_assert_double_lt(w.waited, WAIT_HOOK + 1);
    ck_assert_uint_eq(w.cancelled, 1);
    ck_assert_uint_eq(w.forgotten, 1);
    ck_assert_uint_eq(w.counters.n[COUNTER_HOOK_ERRORS], 1);
    ck_assert_uint_eq(heard_times(&heard, "warn   request is late, answered 504"), 1);
    heard_end(&heard);
}

TEST(a_hook_that_fails_is_500)
{
    static const char *const does[] = { "x", ".x" };

    for (int i = 0; i < 2; i++) {
        struct world w = { .asks = "H",
                           .hook = { .does = does[i] },
                           .backends = { { .says = "h1e" } } };

        world_run(&w);
        ck_assert_uint_eq(w.client.status, 500);
        ck_assert_str_eq(w.tried, "");
        ck_assert_uint_eq(w.counters.n[COUNTER_HOOK_ERRORS], 1);
        ck_assert_int_eq(w.end, END_KEEP);
    }
}

TEST(a_hook_is_cancelled_when_its_client_leaves)
{
    struct world w = { .asks = "H..x", .hook = { .does = "k~" }, .backends = { { .says = "" } } };

    ck_assert_str_eq(world_run(&w), "");
    ck_assert_int_eq(w.end, END_CUT);
    ck_assert_double_eq(w.waited, 0);
    ck_assert_uint_eq(w.cancelled, 1);
    ck_assert_uint_eq(w.forgotten, 1);
    ck_assert_str_eq(w.tried, "");
}

TEST(a_request_that_is_not_understood_does_not_come_to_its_hook)
{
    struct world w = { .asks = "!", .hook = { .does = "" }, .backends = { { .says = "" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 400);
    ck_assert_uint_eq(w.hook.called, 0);
}

/* ---- The hook of the response ---- */

TEST(a_response_that_its_hook_passes_goes_on)
{
    struct world w = { .asks = "H",
                       .hook_back = { .does = "" },
                       .backends = { { .says = "?h12e" } } };

    ck_assert_str_eq(world_run(&w), "h12e");
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_str_eq(w.kept, "a");
    ck_assert_uint_eq(w.hook_back.called, 1);
}

TEST(responses_before_the_final_one_are_passed_on_without_a_hook)
{
    struct world w = { .asks = "H",
                       .hook_back = { .does = "." },
                       .backends = { { .says = "?iih1e" } } };

    ck_assert_str_eq(world_run(&w), "iih1e");
    ck_assert_uint_eq(w.hook_back.called, 1);
}

TEST(a_response_waits_for_its_hook_and_nothing_of_it_is_lost)
{
    struct world w = { .asks = "H",
                       .hook_back = { .does = "...." },
                       .backends = { { .says = "?h123e" } } };

    ck_assert_str_eq(world_run(&w), "h123e");
    ck_assert_uint_eq(w.hook_back.asked, 5);
    ck_assert_str_eq(w.kept, "a");
}

TEST(a_response_goes_on_as_it_is_when_its_hook_fails)
{
    struct world w = { .asks = "H",
                       .hook_back = { .does = ".x" },
                       .backends = { { .says = "?h12e" } } };

    ck_assert_str_eq(world_run(&w), "h12e");
    ck_assert_uint_eq(w.client.status, 200);
    ck_assert_uint_eq(w.counters.n[COUNTER_HOOK_ERRORS], 1);
}

TEST(a_response_goes_on_as_it_is_when_its_hook_waits_too_long)
{
    struct world w = { .asks = "H",
                       .hook_back = { .does = "k~" },
                       .backends = { { .says = "?h12e" } } };

    ck_assert_str_eq(world_run(&w), "h12e");
    ck_assert_double_ge(w.waited, WAIT_HOOK);
    ck_assert_double_lt(w.waited, WAIT_HOOK + 1);
    ck_assert_uint_eq(w.counters.n[COUNTER_HOOK_ERRORS], 1);
    ck_assert_uint_eq(w.cancelled, 1);
    ck_assert_uint_eq(w.forgotten, 1);
}

TEST(the_hook_of_a_response_is_cancelled_when_the_client_leaves)
{
    struct world w = { .asks = "H.....x",
                       .hook_back = { .does = "k~" },
                       .backends = { { .says = "?h1e" } } };

    ck_assert_str_eq(world_run(&w), "");
    ck_assert_int_eq(w.end, END_CUT);
    ck_assert_uint_eq(w.cancelled, 1);
    ck_assert_uint_eq(w.forgotten, 1);
    ck_assert_str_eq(w.kept, "");
    ck_assert_str_eq(w.told, "a200! ");
    ck_assert_int_eq(w.outcome.err, ERR_ABANDONED);
}

TEST(what_the_proxy_says_itself_comes_to_no_hook)
{
    struct world nobody = { .asks = "H",
                            .hook_back = { .does = "" },
                            .backends = { { .says = NULL } } };
    struct world refused = { .asks = "H",
                             .hook_back = { .does = "" },
                             .backends = { { .dial = "x", .says = "" } } };

    world_run(&nobody);
    ck_assert_uint_eq(nobody.client.status, 503);
    ck_assert_uint_eq(nobody.hook_back.called, 0);
    world_run(&refused);
    ck_assert_uint_eq(refused.client.status, 503);
    ck_assert_uint_eq(refused.hook_back.called, 0);
}

TEST(what_is_kept_for_a_request_is_dropped_once_whenever_it_is_torn)
{
    for (unsigned turns = 1, torn = 1; torn == turns; turns++) {
        struct world w = { .asks = "h1.2.e",
                           .torn = turns,
                           .hook = { .does = "k.." },
                           .hook_back = { .does = ".." },
                           .backends = { { .dial = ".", .says = "?.h1.2e" } } };

        world_run(&w);
        torn = w.turns;
        ck_assert_uint_eq(w.forgotten, 1);
        ck_assert_uint_le(w.cancelled, 1);
    }
}

/* ---- The router ---- */

TEST(a_request_goes_to_the_pool_that_the_router_chooses)
{
    struct world w = { .asks = "H",
                       .route = "2",
                       .first_pool = 1,
                       .backends = { { .says = "h1e" }, { .says = "h2e" } } };

    ck_assert_str_eq(world_run(&w), "h2e");
    ck_assert_str_eq(w.tried, "b");
    w = (struct world){ .asks = "H",
                        .route = "1",
                        .first_pool = 1,
                        .backends = { { .says = "h1e" }, { .says = "h2e" } } };
    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "a");
}

TEST(who_is_tried_next_is_of_the_same_pool_which_is_asked_for_once)
{
    struct world w = {
        .asks = "H",
        .tries = 3,
        .route = "2",
        .first_pool = 1,
        .backends = { { .says = "h1e" }, { .dial = "x", .says = "" }, { .dial = "x", .says = "" } }
    };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_str_eq(w.tried, "bc");
    ck_assert_uint_eq(w.routed, 1);
}

TEST(a_request_without_a_pool_is_404)
{
    struct world w = { .asks = "H", .route = "-", .backends = { { .says = "h1e" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 404);
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_str_eq(w.tried, "");
    ck_assert_uint_eq(w.counters.n[COUNTER_ROUTE_ERRORS], 0);
}

TEST(a_router_that_fails_is_500)
{
    struct world w = { .asks = "H", .route = "x", .backends = { { .says = "h1e" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 500);
    ck_assert_str_eq(w.tried, "");
    ck_assert_uint_eq(w.counters.n[COUNTER_ROUTE_ERRORS], 1);
}

TEST(a_router_that_fails_may_name_the_pool_for_such_cases)
{
    struct world w = { .asks = "H",
                       .route = "x2",
                       .first_pool = 1,
                       .backends = { { .says = "h1e" }, { .says = "h2e" } } };

    ck_assert_str_eq(world_run(&w), "h2e");
    ck_assert_uint_eq(w.counters.n[COUNTER_ROUTE_ERRORS], 1);
}

TEST(the_hook_has_its_say_before_the_router)
{
    struct world w = {
        .asks = "H", .route = "1", .hook = { .does = "r" }, .backends = { { .says = "h1e" } }
    };

    ck_assert_str_eq(world_run(&w), "hnoe");
    ck_assert_uint_eq(w.routed, 0);
}

SUITE(exchange_hooks, a_request_that_its_hook_passes_goes_on,
      a_hook_is_called_once_however_many_are_tried, a_hook_may_answer_itself,
      the_answer_of_a_hook_to_head_has_no_body,
      a_client_that_is_answered_in_the_middle_of_its_body_may_finish_it,
      a_hook_that_waits_is_asked_again_when_it_is_woken, a_hook_that_has_waited_may_answer,
      the_body_is_not_read_while_a_hook_waits_and_nothing_of_it_is_lost,
      a_hook_that_waits_too_long_is_504, a_hook_that_fails_is_500,
      a_hook_is_cancelled_when_its_client_leaves,
      a_request_that_is_not_understood_does_not_come_to_its_hook,
      a_response_that_its_hook_passes_goes_on,
      responses_before_the_final_one_are_passed_on_without_a_hook,
      a_response_waits_for_its_hook_and_nothing_of_it_is_lost,
      a_response_goes_on_as_it_is_when_its_hook_fails,
      a_response_goes_on_as_it_is_when_its_hook_waits_too_long,
      the_hook_of_a_response_is_cancelled_when_the_client_leaves,
      what_the_proxy_says_itself_comes_to_no_hook,
      what_is_kept_for_a_request_is_dropped_once_whenever_it_is_torn,
      a_request_goes_to_the_pool_that_the_router_chooses,
      who_is_tried_next_is_of_the_same_pool_which_is_asked_for_once,
      a_request_without_a_pool_is_404, a_router_that_fails_is_500,
      a_router_that_fails_may_name_the_pool_for_such_cases, the_hook_has_its_say_before_the_router);
