/* The life of one request, when somebody is at fault: who is told what, and who may try again. */
#include "net/heard.h"
#include "support/test.h"
#include "world.h"

/* ---- The request ---- */

TEST(a_request_that_is_not_understood_is_refused)
{
    static const struct {
        enum err err;
        unsigned status;
    } cases[] = {
        { ERR_MALFORMED, 400 }, { ERR_TARGET_LONG, 414 }, { ERR_HEAD_LARGE, 431 },
        { ERR_VERSION, 505 },   { ERR_CODING, 501 },      { ERR_METHOD, 501 },
        { ERR_EXPECT, 417 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w = { .asks = "!", .refused = cases[i].err, .backends = { { .says = "" } } };

        world_run(&w);
        ck_assert_uint_eq(w.client.status, cases[i].status);
        ck_assert_int_eq(w.end, END_LINGER);
        ck_assert(!w.client.keeps);
        ck_assert_str_eq(w.tried, "");
        ck_assert_uint_eq(w.counters.n[COUNTER_REFUSED], 1);
        ck_assert_uint_eq(w.counters.n[COUNTER_REQUESTS], 0);
    }
}

TEST(a_body_that_is_announced_too_large_is_not_even_begun)
{
    struct world w = { .asks = "h12345E", .length = 5, .body_limit = 4 };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 413);
    ck_assert_int_eq(w.end, END_LINGER);
    ck_assert_uint_eq(w.counters.n[COUNTER_REQUESTS], 0);
}

TEST(a_body_that_turns_out_too_large_is_stopped)
{
    struct world w = { .asks = "h12.345.6e", .body_limit = 4, .backends = { { .says = "?h1e" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 413);
    ck_assert_int_eq(w.end, END_LINGER);
    ck_assert_str_eq(w.attempts[0].got, "h12345");
    ck_assert_str_eq(w.kept, "");
}

TEST(a_body_as_large_as_may_be_is_passed_on)
{
    struct world announced = {
        .asks = "h1234E", .length = 4, .body_limit = 4, .backends = { { .says = "?h1e" } }
    };
    struct world counted = { .asks = "h1234e",
                             .body_limit = 4,
                             .backends = { { .says = "?h1e" } } };

    ck_assert_str_eq(world_run(&announced), "h1e");
    ck_assert_str_eq(world_run(&counted), "h1e");
}

TEST(a_body_that_turns_out_too_large_behind_an_early_response_cuts_it)
{
    struct world w = { .asks = "h1....2345e", .body_limit = 4, .backends = { { .says = "h1" } } };

    ck_assert_str_eq(world_run(&w), "h1");
    ck_assert_int_eq(w.end, END_CUT);
}

TEST(a_body_that_is_malformed_is_refused)
{
    struct world w = { .asks = "h12.!", .backends = { { .says = "?h1e" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 400);
    ck_assert_int_eq(w.end, END_LINGER);
    ck_assert_str_eq(w.attempts[0].got, "h12");
    ck_assert_str_eq(w.kept, "");
}

TEST(a_body_that_is_malformed_behind_an_early_response_cuts_it)
{
    struct world w = { .asks = "h12...!", .backends = { { .says = "h1" } } };

    ck_assert_str_eq(world_run(&w), "h1");
    ck_assert_int_eq(w.end, END_CUT);
}

/* ---- The choice ---- */

TEST(nobody_usable_is_503)
{
    struct world w = { .asks = "H", .backends = { { .says = "", .down = true } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_str_eq(w.tried, "");
}

TEST(who_is_down_is_not_tried)
{
    struct world w = { .asks = "H",
                       .backends = { { .says = "", .down = true }, { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "b");
}

/* ---- Connecting ---- */

TEST(a_refused_connection_is_tried_elsewhere)
{
    struct world w = { .asks = "h12e",
                       .method = "POST",
                       .backends = { { .dial = ".x", .says = "" }, { .says = "?h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "ab");
    ck_assert_str_eq(w.attempts[1].got, "h12e");
    ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES], 1);
}

TEST(a_retry_is_told_and_counted_only_if_there_is_somebody)
{
    struct heard heard;
    struct world w = { .asks = "H", .tries = 5, .backends = { { .dial = "x", .says = "" } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES], 0);
    ck_assert_uint_eq(heard_times(&heard, "backend a: connection refused\n"), 1);
    ck_assert_uint_eq(heard_times(&heard, "retry"), 0);
    heard_end(&heard);
}

TEST(a_lack_of_descriptors_is_nobodys_fault)
{
    struct heard heard;
    struct world w = { .asks = "H", .backends = { { .dial = "d", .says = "" }, { .says = "H" } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_str_eq(w.tried, "a");
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_uint_eq(heard_times(&heard, "backend a"), 0);
    heard_end(&heard);
}

TEST(when_nobody_could_be_reached_it_is_503)
{
    struct world w = { .asks = "H",
                       .backends = { { .dial = "x", .says = "" }, { .dial = "x", .says = "" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_str_eq(w.tried, "ab");
    ck_assert_int_eq(w.end, END_KEEP);
}

TEST(when_somebody_was_reached_it_is_502_whoever_came_last)
{
    struct world_backend refuses = { .dial = "x", .says = "" };
    struct world_backend closes = { .says = "?-" };
    struct world first = { .asks = "H", .backends = { closes, refuses } };
    struct world last = { .asks = "H", .backends = { refuses, closes } };

    world_run(&first);
    ck_assert_uint_eq(first.client.status, 502);
    world_run(&last);
    ck_assert_uint_eq(last.client.status, 502);
}

TEST(nobody_is_tried_twice_even_if_tries_are_left)
{
    struct world w = { .asks = "H", .tries = 5, .backends = { { .dial = "x", .says = "" } } };

    world_run(&w);
    ck_assert_uint_eq(w.client.status, 503);
    ck_assert_str_eq(w.tried, "a");
}

TEST(no_more_are_tried_than_the_config_allows)
{
    for (unsigned tries = 1; tries <= 3; tries++) {
        struct world_backend refusing = { .dial = "x", .says = "" };
        struct world w = { .asks = "H",
                           .tries = tries,
                           .backends = { refusing, refusing, refusing } };

        world_run(&w);
        ck_assert_uint_eq(w.client.status, 503);
        ck_assert_uint_eq(w.tried_count, tries);
        ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES], tries - 1);
    }
}

/* ---- The backend's connection ---- */

TEST(a_kept_connection_that_has_died_costs_no_try)
{
    static const char *const deaths[] = { "-", "x", ".-", ".x" };

    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
        struct world w = { .asks = "H",
                           .tries = 1,
                           .backends = { { .kept = deaths[i], .says = "h1e" } } };

        ck_assert_str_eq(world_run(&w), "h1e");
        ck_assert_str_eq(w.tried, "Aa");
        ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES], 0);
    }
}

TEST(a_new_connection_that_dies_is_tried_elsewhere)
{
    struct world w = { .asks = "H", .backends = { { .says = ".-" }, { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "ab");
}

TEST(a_malformed_response_is_502_and_nobody_else_is_asked)
{
    struct world fresh = { .asks = "H", .backends = { { .says = "!" }, { .says = "H" } } };
    struct world kept = { .asks = "H", .backends = { { .kept = "!", .says = "H" } } };

    world_run(&fresh);
    ck_assert_uint_eq(fresh.client.status, 502);
    ck_assert_str_eq(fresh.tried, "a");
    ck_assert_str_eq(fresh.kept, "");
    world_run(&kept);
    ck_assert_uint_eq(kept.client.status, 502);
    ck_assert_str_eq(kept.tried, "A");
}

TEST(what_must_not_be_done_twice_is_never_sent_twice)
{
    static const char *const deaths[] = { "-", ".-", "x", ".x", "!" };

    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
        struct world fresh = { .asks = "H",
                               .method = "POST",
                               .backends = { { .says = deaths[i] }, { .says = "H" } } };
        struct world kept = { .asks = "H",
                              .method = "PATCH",
                              .backends = { { .kept = deaths[i], .says = "H" }, { .says = "H" } } };

        world_run(&fresh);
        ck_assert_uint_eq(fresh.client.status, 502);
        ck_assert_str_eq(fresh.tried, "a");
        world_run(&kept);
        ck_assert_uint_eq(kept.client.status, 502);
        ck_assert_str_eq(kept.tried, "A");
    }
}

TEST(what_never_left_can_be_sent_again_whatever_it_is)
{
    struct world w = { .asks = "H",
                       .method = "POST",
                       .backends = { { .kept = "-", .says = "-", .deaf = true },
                                     { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "Aab");
}

TEST(a_response_that_ends_too_early_is_cut)
{
    static const char *const ends[] = { "h-", "h12-", "h12.x", "h12.!" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct world w = { .asks = "H", .backends = { { .says = ends[i] }, { .says = "H" } } };
        char seen[8] = "";

        strncat(seen, ends[i], strcspn(ends[i], "-.x!"));
        ck_assert_str_eq(world_run(&w), seen);
        ck_assert_int_eq(w.end, END_CUT);
        ck_assert_str_eq(w.tried, "a");
        ck_assert_str_eq(w.kept, "");
    }
}

TEST(a_1xx_that_nothing_follows_is_followed_by_502_and_nobody_else_is_asked)
{
    static const char *const ends[] = { "i-", "ii.x", "i!" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct world w = { .asks = "H", .backends = { { .says = ends[i] }, { .says = "H" } } };

        world_run(&w);
        ck_assert_uint_eq(w.client.status, 502);
        ck_assert_str_eq(w.tried, "a");
        ck_assert_str_eq(w.kept, "");
    }
}

/* ---- What the log says ---- */

/* What is logged of the exchange. */
static const char *log_of(struct world *w)
{
    static struct heard heard;

    heard_begin(&heard);
    world_run(w);
    heard_text(&heard);
    heard_end(&heard);
    return heard.text;
}

TEST(a_response_is_logged_with_who_gave_it)
{
    struct world w = { .asks = "h12e",
                       .backends = { { .dial = "x", .says = "" },
                                     { .says = "?h345e", .status = 203 } } };
    const char *log = log_of(&w);

    ck_assert_ptr_nonnull(strstr(log, "warn   backend a: connection refused, retry\n"));
    ck_assert_ptr_nonnull(strstr(log, "\"GET /path HTTP/1.1\" 203 3 b tries=2 first=0.0000 "));
}

TEST(a_reply_of_our_own_is_logged_with_nobody)
{
    struct world w = { .asks = "H", .tries = 1, .backends = { { .dial = "x", .says = "" } } };
    const char *log = log_of(&w);

    ck_assert_ptr_nonnull(strstr(log, "warn   backend a: connection refused\n"));
    ck_assert_ptr_nonnull(strstr(log, "\"GET /path HTTP/1.1\" 503 "));
    ck_assert_ptr_nonnull(strstr(log, " - tries=1 "));
}

TEST(a_refusal_is_logged_with_its_reason)
{
    struct world w = { .asks = "!" };
    const char *log = log_of(&w);

    ck_assert_ptr_nonnull(strstr(log, "info   refused 0.0.0.0:0: 400, malformed\n"));
    ck_assert_ptr_nonnull(strstr(log, "\"- - HTTP/1.0\" 400 16 - tries=0 "));
}

TEST(a_cut_is_logged_with_its_reason)
{
    struct world w = { .asks = "H", .backends = { { .says = "h12x" } } };
    const char *log = log_of(&w);

    ck_assert_ptr_nonnull(strstr(log, "warn   backend a: connection reset, response cut short\n"));
    ck_assert_ptr_nonnull(strstr(log, " 200 2 a tries=1 "));
    ck_assert_ptr_nonnull(strstr(log, " cut\n"));
}

TEST(a_client_that_never_asked_is_not_logged)
{
    struct world w = { .asks = "-" };

    ck_assert_str_eq(log_of(&w), "");
}

TEST(access_lines_are_written_only_if_they_are_wanted)
{
    struct world w = { .asks = "H", .unlogged = true, .backends = { { .says = "H" } } };

    ck_assert_str_eq(log_of(&w), "");
}

TEST(a_dead_kept_connection_is_not_worth_a_line)
{
    struct world w = { .asks = "H", .backends = { { .kept = "-", .says = "H" } } };

    ck_assert_ptr_null(strstr(log_of(&w), "warn"));
}

SUITE(exchange_fail, a_request_that_is_not_understood_is_refused,
      a_body_that_is_announced_too_large_is_not_even_begun,
      a_body_that_turns_out_too_large_is_stopped, a_body_as_large_as_may_be_is_passed_on,
      a_body_that_turns_out_too_large_behind_an_early_response_cuts_it,
      a_body_that_is_malformed_is_refused,
      a_body_that_is_malformed_behind_an_early_response_cuts_it, nobody_usable_is_503,
      who_is_down_is_not_tried, a_refused_connection_is_tried_elsewhere,
      a_retry_is_told_and_counted_only_if_there_is_somebody, a_lack_of_descriptors_is_nobodys_fault,
      when_nobody_could_be_reached_it_is_503, when_somebody_was_reached_it_is_502_whoever_came_last,
      nobody_is_tried_twice_even_if_tries_are_left, no_more_are_tried_than_the_config_allows,
      a_kept_connection_that_has_died_costs_no_try, a_new_connection_that_dies_is_tried_elsewhere,
      a_malformed_response_is_502_and_nobody_else_is_asked,
      what_must_not_be_done_twice_is_never_sent_twice,
      what_never_left_can_be_sent_again_whatever_it_is, a_response_that_ends_too_early_is_cut,
      a_1xx_that_nothing_follows_is_followed_by_502_and_nobody_else_is_asked,
      a_response_is_logged_with_who_gave_it, a_reply_of_our_own_is_logged_with_nobody,
      a_refusal_is_logged_with_its_reason, a_cut_is_logged_with_its_reason,
      a_client_that_never_asked_is_not_logged, access_lines_are_written_only_if_they_are_wanted,
      a_dead_kept_connection_is_not_worth_a_line);
