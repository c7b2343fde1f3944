/* Another attempt: whether, when, and what it needs. */
#include "net/heard.h"
#include "support/test.h"
#include "world.h"

#include <string.h>

/* ---- For which reasons ---- */

TEST(nothing_is_tried_again_without_a_reason)
{
    static const struct world_backend backends[] = {
        { .dial = "x", .says = "" },
        { .dial = "~", .says = "" },
        { .says = "-" },
        { .says = "x" },
        { .says = "" },
    };

    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
        struct world wanted = { .asks = "H", .backends = { backends[i], { .says = "h1e" } } };
        struct world unwanted = wanted;

        ck_assert_str_eq(world_run(&wanted), "h1e");
        ck_assert_str_eq(wanted.tried, "ab");
        unwanted.contented = true;
        world_run(&unwanted);
        ck_assert_uint_ge(unwanted.client.status, 502);
        ck_assert_str_eq(unwanted.tried, "a");
    }
}

TEST(a_kept_connection_that_has_died_needs_no_reason)
{
    struct world w = {
        .asks = "H", .contented = true, .poor = true, .backends = { { .kept = "-", .says = "h1e" } }
    };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "Aa");
}

/* ---- Because of a status ---- */

TEST(a_status_is_tried_elsewhere_and_its_response_reaches_nobody)
{
    static const char *const responses[] = { "H", "h123e", "h1.2.3e", "h-", ".h12", "?h1e" };

    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        struct world w = { .asks = "H",
                           .retried = 503,
                           .backends = { { .says = responses[i], .status = 503 },
                                         { .says = "h45e" } } };

        ck_assert_str_eq(world_run(&w), "h45e");
        ck_assert_uint_eq(w.client.status, 200);
        ck_assert_str_eq(w.tried, "ab");
        ck_assert_str_eq(w.kept, "b");
        ck_assert_str_eq(w.told, "a503 b200 ");
        ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES], 1);
    }
}

TEST(a_response_with_another_status_is_the_answer)
{
    struct world w = { .asks = "H",
                       .retried = 503,
                       .backends = { { .says = "h123e", .status = 502 }, { .says = "h45e" } } };

    ck_assert_str_eq(world_run(&w), "h123e");
    ck_assert_uint_eq(w.client.status, 502);
    ck_assert_str_eq(w.tried, "a");
}

TEST(the_last_response_is_the_answer_whatever_its_status)
{
    static const struct world_backend bad = { .says = "h123.4e", .status = 503 };
    static const struct world cases[] = {
        { .tries = 1, .backends = { bad, { .says = "h45e" } } },
        { .tries = 3, .backends = { bad } },
        { .tries = 3, .backends = { bad, { .says = "h45e", .down = true } } },
        { .tries = 3, .poor = true, .backends = { bad, { .says = "h45e" } } },
        { .tries = 3, .method = "POST", .backends = { bad, { .says = "h45e" } } },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w = cases[i];

        w.asks = "H";
        w.retried = 503;
        ck_assert_str_eq(world_run(&w), "h1234e");
        ck_assert_uint_eq(w.client.status, 503);
        ck_assert_int_eq(w.end, END_KEEP);
        ck_assert_str_eq(w.tried, "a");
        ck_assert_str_eq(w.kept, "a");
        ck_assert_str_eq(w.told, "a503 ");
        ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES], 0);
        ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES_DENIED], cases[i].poor);
    }
}

TEST(of_several_responses_the_last_one_is_the_answer)
{
    struct world w = { .asks = "H",
                       .tries = 3,
                       .retried = 503,
                       .backends = { { .says = "h1e", .status = 503 },
                                     { .says = "h2e", .status = 503 },
                                     { .says = "h3e", .status = 503 } } };

    ck_assert_str_eq(world_run(&w), "h2e");
    ck_assert_str_eq(w.tried, "acb");
    ck_assert_str_eq(w.told, "a503 c503 b503 ");
}

TEST(a_failure_behind_a_response_that_was_dropped_is_the_answer)
{
    struct world w = { .asks = "H",
                       .retried = 503,
                       .backends = { { .says = "h1e", .status = 503 }, { .says = "-" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 502);
    ck_assert_str_eq(w.tried, "ab");
    ck_assert_str_eq(w.told, "a503 b0! ");
}

TEST(a_status_behind_a_1xx_is_the_answer)
{
    struct world w = { .asks = "H",
                       .retried = 503,
                       .backends = { { .says = "ih1e", .status = 503 }, { .says = "h2e" } } };

    ck_assert_str_eq(world_run(&w), "ih1e");
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_str_eq(w.tried, "a");
}

TEST(the_hook_sees_the_response_that_is_passed_on_and_no_other)
{
    static const struct world_backend bad = { .says = "h1e", .status = 503 };
    struct world other = { .asks = "H",
                           .retried = 503,
                           .hook_back = { .does = "." },
                           .backends = { bad, { .says = "h2e" } } };
    struct world same = {
        .asks = "H", .retried = 503, .hook_back = { .does = "." }, .backends = { bad }
    };

    ck_assert_str_eq(world_run(&other), "h2e");
    ck_assert_uint_eq(other.hook_back.called, 1);
    ck_assert_str_eq(world_run(&same), "h1e");
    ck_assert_uint_eq(same.hook_back.called, 1);
}

TEST(a_response_that_is_held_is_cut_if_its_backend_dies_meanwhile_and_there_is_nobody_else)
{
    struct world w = { .asks = "H",
                       .retried = 503,
                       .poor = true,
                       .backends = { { .says = "h1x", .status = 503 }, { .says = "H" } } };

    ck_assert_str_eq(world_run(&w), "h1");
    ck_assert_int_eq(w.end, END_CUT);
}

TEST(an_early_response_is_tried_elsewhere_with_the_whole_body)
{
    struct world w = { .asks = "h12..34e",
                       .method = "PUT",
                       .retried = 503,
                       .backends = { { .says = ".h1e", .status = 503 }, { .says = "?h2e" } } };

    ck_assert_str_eq(world_run(&w), "h2e");
    ck_assert_str_eq(w.attempts[0].got, "h12");
    ck_assert_str_eq(w.attempts[1].got, "h1234e");
}

TEST(an_early_response_that_is_the_answer_does_not_stop_the_body)
{
    struct world w = { .asks = "h12..34e",
                       .method = "PUT",
                       .retried = 503,
                       .backends = { { .says = ".h1?e", .status = 503 } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.attempts[0].got, "h1234e");
    ck_assert_str_eq(w.kept, "a");
}

/* ---- With which body ---- */

/* A PUT of "12", then "345", to a first backend that says FIRST. */
static struct world put(const char *first)
{
    return (struct world){ .asks = "h12.345e",
                           .method = "PUT",
                           .backends = { { .says = first }, { .says = "?h6e" } } };
}

TEST(a_body_that_has_flowed_is_sent_again)
{
    static const char *const deaths[] = { "-", ".-", "..-", "x", ".x", "?-", "?" };

    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
        struct world w = put(deaths[i]);

        ck_assert_str_eq(world_run(&w), "h6e");
        ck_assert_str_eq(w.tried, "ab");
        ck_assert_str_eq(w.attempts[1].got, "h12345e");
        ck_assert_int_eq(w.end, END_KEEP);
    }
}

TEST(a_body_without_a_byte_is_sent_again)
{
    for (int keeps = 0; keeps < 2; keeps++) {
        struct world w = put("?-");

        w.asks = "he";
        w.keeps_no_body = !keeps;
        ck_assert_str_eq(world_run(&w), "h6e");
        ck_assert_str_eq(w.attempts[1].got, keeps ? "he" : "H");
    }
}

TEST(a_body_is_sent_again_over_a_new_connection_to_the_same_backend)
{
    struct world w = put("?h6e");

    w.backends[0].kept = "?-";
    ck_assert_str_eq(world_run(&w), "h6e");
    ck_assert_str_eq(w.tried, "Aa");
    ck_assert_str_eq(w.attempts[1].got, "h12345e");
}

TEST(a_body_is_sent_as_often_as_there_are_backends)
{
    struct world w = put("?-");

    w.tries = 3;
    w.backends[0].kept = ".-";
    w.backends[2].says = ".-";
    ck_assert_str_eq(world_run(&w), "h6e");
    ck_assert_str_eq(w.tried, "Aacb");
    ck_assert_str_eq(w.attempts[3].got, "h12345e");
}

TEST(a_body_that_is_not_kept_is_not_sent_again)
{
    struct world unkept = put("..-");
    struct world large = put("..-");
    struct world unsafe = put("..-");
    struct world announced = put("..-");

    unkept.keeps_no_body = true;
    large.body_kept = 4;
    unsafe.method = "POST";
    announced.length = 5;
    announced.body_kept = 4;
    world_run(&unkept);
    world_run(&large);
    world_run(&unsafe);
    world_run(&announced);
    ck_assert_str_eq(unkept.tried, "a");
    ck_assert_str_eq(large.tried, "a");
    ck_assert_str_eq(unsafe.tried, "a");
    ck_assert_str_eq(announced.tried, "a");
    ck_assert_uint_eq(large.client.status, 502);
    ck_assert_str_eq(large.attempts[0].got, "h12345e");
}

TEST(a_body_is_kept_as_long_as_it_fits)
{
    struct world exact = put("..-");
    struct world begun = put("-");

    exact.body_kept = 5;
    begun.body_kept = 4;
    ck_assert_str_eq(world_run(&exact), "h6e");
    /* Of the one that is too long only the beginning has flowed. */
    ck_assert_str_eq(world_run(&begun), "h6e");
    ck_assert_str_eq(begun.attempts[1].got, "h12345e");
}

TEST(a_body_that_has_not_flowed_yet_need_not_be_kept)
{
    struct world w = put("-");

    w.asks = "h.12e";
    w.keeps_no_body = true;
    ck_assert_str_eq(world_run(&w), "h6e");
    ck_assert_str_eq(w.attempts[1].got, "h12e");
}

TEST(a_body_that_turns_out_too_large_is_refused_after_a_retry_too)
{
    struct world w = put(".-");

    w.body_limit = 4;
    w.asks = "h12..345e";
    world_run(&w);
    ck_assert_uint_eq(w.client.status, 413);
    ck_assert_str_eq(w.tried, "ab");
}

TEST(a_client_that_goes_in_its_body_is_not_completed_by_a_retry)
{
    struct world w = put(".-");

    w.asks = "h12..-";
    world_run(&w);
    ck_assert_int_eq(w.end, END_CUT);
    ck_assert_str_eq(w.tried, "ab");
    ck_assert_str_eq(w.attempts[1].got, "h12");
}

TEST(a_slow_backend_gets_all_of_a_body_that_is_sent_again)
{
    struct world w = put("..-");

    w.backends[1].takes = 1;
    ck_assert_str_eq(world_run(&w), "h6e");
    ck_assert_str_eq(w.attempts[1].got, "h12345e");
}

TEST(a_response_that_comes_while_a_body_is_sent_again_is_passed_on)
{
    struct world w = put("..-");

    w.backends[1] = (struct world_backend){ .takes = 1, .says = ".h6?e" };
    ck_assert_str_eq(world_run(&w), "h6e");
    ck_assert_str_eq(w.attempts[1].got, "h12345e");
}

/* ---- Within the budget ---- */

TEST(beyond_the_budget_the_failure_is_the_answer)
{
    struct heard heard;
    struct world w = { .asks = "H",
                       .poor = true,
                       .backends = { { .says = "-" }, { .says = "H" } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_uint_eq(w.client.status, 502);
    ck_assert_str_eq(w.tried, "a");
    ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES], 0);
    ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES_DENIED], 1);
    ck_assert_uint_eq(heard_times(&heard, "backend a: connection closed\n"), 1);
    ck_assert_uint_eq(heard_times(&heard, "pool 1: retry budget is spent\n"), 1);
    heard_end(&heard);
}

TEST(nobody_speaks_of_a_budget_where_nobody_else_is_left)
{
    struct world w = { .asks = "H", .poor = true, .tries = 3, .backends = { { .says = "-" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 502);
    ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES_DENIED], 0);
}

TEST(a_retry_because_of_a_status_is_told)
{
    struct heard heard;
    struct world w = { .asks = "H",
                       .retried = 404,
                       .backends = { { .says = "H", .status = 404 }, { .says = "H" } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_uint_eq(heard_times(&heard, "backend a: status 404, retry\n"), 1);
    heard_end(&heard);
}

/* ---- After a pause ---- */

/* Three backends of which the second, who is asked last, does not refuse; and a BACKOFF. */
static struct world refusing(double backoff)
{
    return (struct world){
        .asks = "H",
        .tries = 3,
        .backoff = backoff,
        .backends = { { .dial = "x", .says = "" }, { .says = "h1e" }, { .dial = "x", .says = "" } }
    };
}

TEST(without_a_backoff_the_next_one_is_asked_at_once)
{
    struct world w = refusing(0);

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_double_eq(w.waited, 0);
}

TEST(before_each_further_attempt_there_is_twice_the_pause)
{
    struct world w = refusing(8);

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "acb");
    ck_assert_double_ge(w.waited, 4 + 8);
    ck_assert_double_le(w.waited, 8 + 16 + 0.1);
}

TEST(there_is_no_pause_for_who_is_not_tried_again)
{
    struct world alone = refusing(8);
    struct world poor = refusing(8);
    struct world reused = refusing(8);

    alone.backends[1].down = alone.backends[2].down = true;
    poor.poor = true;
    reused.backends[0] = (struct world_backend){ .kept = "-", .says = "h1e" };
    world_run(&alone);
    world_run(&poor);
    world_run(&reused);
    ck_assert_double_eq(alone.waited, 0);
    ck_assert_double_eq(poor.waited, 0);
    ck_assert_double_eq(reused.waited, 0);
    ck_assert_uint_eq(poor.counters.n[COUNTER_RETRIES_DENIED], 1);
}

TEST(a_client_that_leaves_during_a_pause_ends_it)
{
    struct world w = refusing(8);

    w.asks = "H.x";
    world_run(&w);
    ck_assert_int_eq(w.end, END_CUT);
    ck_assert_str_eq(w.tried, "a");
    ck_assert_double_lt(w.waited, 1);
}

TEST(what_a_client_says_during_a_pause_does_not_end_it)
{
    struct world w = refusing(8);

    w.method = "PUT";
    w.asks = "h.12.3e";
    w.backends[1].says = "?h1e";
    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.attempts[2].got, "h123e");
    ck_assert_double_ge(w.waited, 4 + 8);
}

TEST(a_response_is_held_during_a_pause)
{
    static const struct world_backend bad = { .says = "h12...3e", .status = 503 };
    struct world found = {
        .asks = "H", .retried = 503, .backoff = 8, .backends = { bad, { .says = "h4e" } }
    };
    struct world left = found;

    ck_assert_str_eq(world_run(&found), "h4e");
    ck_assert_double_ge(found.waited, 4);
    left.asks = "H.x";
    world_run(&left);
    ck_assert_int_eq(left.end, END_CUT);
    ck_assert_str_eq(left.told, "a503! ");
}

SUITE(again, nothing_is_tried_again_without_a_reason,
      a_kept_connection_that_has_died_needs_no_reason,
      a_status_is_tried_elsewhere_and_its_response_reaches_nobody,
      a_response_with_another_status_is_the_answer,
      the_last_response_is_the_answer_whatever_its_status,
      of_several_responses_the_last_one_is_the_answer,
      a_failure_behind_a_response_that_was_dropped_is_the_answer,
      a_status_behind_a_1xx_is_the_answer,
      the_hook_sees_the_response_that_is_passed_on_and_no_other,
      a_response_that_is_held_is_cut_if_its_backend_dies_meanwhile_and_there_is_nobody_else,
      an_early_response_is_tried_elsewhere_with_the_whole_body,
      an_early_response_that_is_the_answer_does_not_stop_the_body,
      a_body_that_has_flowed_is_sent_again, a_body_without_a_byte_is_sent_again,
      a_body_is_sent_again_over_a_new_connection_to_the_same_backend,
      a_body_is_sent_as_often_as_there_are_backends, a_body_that_is_not_kept_is_not_sent_again,
      a_body_is_kept_as_long_as_it_fits, a_body_that_has_not_flowed_yet_need_not_be_kept,
      a_body_that_turns_out_too_large_is_refused_after_a_retry_too,
      a_client_that_goes_in_its_body_is_not_completed_by_a_retry,
      a_slow_backend_gets_all_of_a_body_that_is_sent_again,
      a_response_that_comes_while_a_body_is_sent_again_is_passed_on,
      beyond_the_budget_the_failure_is_the_answer,
      nobody_speaks_of_a_budget_where_nobody_else_is_left, a_retry_because_of_a_status_is_told,
      without_a_backoff_the_next_one_is_asked_at_once,
      before_each_further_attempt_there_is_twice_the_pause,
      there_is_no_pause_for_who_is_not_tried_again, a_client_that_leaves_during_a_pause_ends_it,
      what_a_client_says_during_a_pause_does_not_end_it, a_response_is_held_during_a_pause);
