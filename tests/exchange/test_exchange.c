/* The life of one request, when all goes well or nearly so. */
#include "support/test.h"
#include "world.h"

TEST(a_request_is_passed_on_and_its_response_back)
{
    struct world w = { .asks = "h123e", .backends = { { .says = "h456e" } } };

    ck_assert_str_eq(world_run(&w), "h456e");
    ck_assert_str_eq(w.attempts[0].got, "h123e");
    ck_assert_str_eq(w.tried, "a");
    ck_assert_uint_eq(w.client.status, 200);
    ck_assert_uint_eq(w.counters.n[COUNTER_REQUESTS], 1);
    ck_assert_uint_eq(w.counters.n[COUNTER_RETRIES], 0);
}

TEST(a_message_may_have_no_body)
{
    struct world w = { .asks = "H", .backends = { { .says = "H", .status = 204 } } };

    ck_assert_str_eq(world_run(&w), "H");
    ck_assert_str_eq(w.attempts[0].got, "H");
    ck_assert_uint_eq(w.client.status, 204);
}

TEST(both_connections_are_kept_when_both_messages_are_complete)
{
    struct world w = { .asks = "h12E", .backends = { { .says = "h34E" } } };

    world_run(&w);
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert(w.client.keeps);
    ck_assert_str_eq(w.kept, "a");
}

TEST(a_connection_that_was_kept_is_used_again)
{
    struct world w = { .asks = "H", .backends = { { .kept = "h1e", .says = "" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_str_eq(w.tried, "A");
    ck_assert_str_eq(w.kept, "a");
}

TEST(the_client_may_want_its_connection_closed)
{
    struct world w = { .asks = "H", .closes = true, .backends = { { .says = "h1e" } } };

    world_run(&w);
    ck_assert_int_eq(w.end, END_CLOSE);
    ck_assert(!w.client.keeps);
    ck_assert_str_eq(w.kept, "a");
}

TEST(the_backend_may_close_its_connection)
{
    struct world w = { .asks = "H", .backends = { { .says = "h1e", .closes = true } } };

    world_run(&w);
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_str_eq(w.kept, "");
}

TEST(no_connection_of_a_client_is_kept_while_draining)
{
    struct world w = { .asks = "H", .draining = true, .backends = { { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_int_eq(w.end, END_CLOSE);
    ck_assert(!w.client.keeps);
}

TEST(what_comes_before_the_response_is_passed_on)
{
    struct world w = { .asks = "h.12e", .backends = { { .says = "i.ii..h1e" } } };

    ck_assert_str_eq(world_run(&w), "iiih1e");
    ck_assert_str_eq(w.attempts[0].got, "h12e");
    ck_assert_int_eq(w.end, END_KEEP);
}

TEST(a_backend_is_told_the_host_that_the_client_named)
{
    struct world w = { .asks = "H", .backends = { { .says = "H" } } };

    world_run(&w);
    ck_assert_str_eq(w.host_told, "example.org");
}

TEST(each_backend_is_told_its_own_name_if_that_is_wanted)
{
    struct world w = { .asks = "H",
                       .host = HOST_BACKEND,
                       .backends = { { .says = "-" }, { .says = "H" } } };

    world_run(&w);
    ck_assert_str_eq(w.tried, "ab");
    ck_assert_str_eq(w.host_told, "b");
}

TEST(a_slow_connection_is_waited_for)
{
    struct world w = { .asks = "H", .backends = { { .dial = "...", .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_uint_ge(w.turns, 3);
}

/* ---- Both ways at once ---- */

TEST(a_response_may_be_complete_before_its_request)
{
    struct world w = { .asks = "h1.....2e", .backends = { { .says = "h9e" } } };

    ck_assert_str_eq(world_run(&w), "h9e");
    ck_assert_str_eq(w.attempts[0].got, "h1");
    ck_assert_int_eq(w.end, END_LINGER);
    ck_assert(!w.client.keeps);
    ck_assert_str_eq(w.kept, "");
}

TEST(a_request_may_end_while_its_response_is_passed_on)
{
    struct world w = { .asks = "h1.2.3.4e", .backends = { { .says = "h..........9e" } } };

    ck_assert_str_eq(world_run(&w), "h9e");
    ck_assert_str_eq(w.attempts[0].got, "h1234e");
    ck_assert_int_eq(w.end, END_CLOSE);
    ck_assert_str_eq(w.kept, "a");
}

TEST(a_full_client_stops_the_reading_of_the_backend)
{
    struct world w = {
        .asks = "H", .takes = 3, .stuck = true, .backends = { { .says = "h123456789e" } }
    };

    ck_assert_str_eq(world_run(&w), "h12");
    ck_assert_str_eq(w.attempts[0].says, "3456789e");
}

TEST(a_full_backend_stops_the_reading_of_the_client)
{
    struct world w = { .asks = "h123456789e",
                       .backends = { { .says = "", .takes = 3, .stuck = true } } };

    world_run(&w);
    ck_assert_str_eq(w.attempts[0].got, "h12");
    ck_assert_str_eq(w.client.says, "3456789e");
}

/* Exchanges that end well, for those tests that disturb them. */
static const struct world usual[] = {
    { .asks = "H", .backends = { { .says = "H" } } },
    { .asks = "H", .backends = { { .says = "h123e" } } },
    { .asks = "h123e", .backends = { { .says = "?h45E" } } },
    { .asks = "h12E", .backends = { { .says = "ii?h4e" } }, .method = "POST" },
    { .asks = "H", .backends = { { .says = "-" }, { .says = "h1e" } } },
    { .asks = "H", .backends = { { .kept = "-", .says = "ih1e" } } },
    { .asks = "H", .backends = { { .dial = ".x", .says = "" }, { .says = "h12E" } } },
};

enum { USUAL = sizeof usual / sizeof usual[0] };

/* SAYS with a pause at AT, if it is that long. */
static const char *with_pause(char *text, const char *says, size_t at)
{
    if (says == NULL || at > strlen(says))
        return says;
    memcpy(text, says, at);
    text[at] = '.';
    strcpy(text + at + 1, says + at);
    return text;
}

TEST(it_does_not_matter_where_what_the_peers_say_is_cut)
{
    enum { CUTS = 10 };

    for (int i = 0; i < USUAL; i++) {
        struct world whole = usual[i];

        world_run(&whole);
        ck_assert_int_eq(whole.end, END_KEEP);
        for (size_t cut = 0; cut < CUTS * CUTS * CUTS; cut++) {
            struct world w = usual[i];
            char texts[3][32];

            w.asks = with_pause(texts[0], w.asks, cut % CUTS);
            w.backends[0].says = with_pause(texts[1], w.backends[0].says, cut / CUTS % CUTS);
            w.backends[1].says = with_pause(texts[2], w.backends[1].says, cut / CUTS / CUTS);
            ck_assert_str_eq(world_run(&w), whole.client.got);
            ck_assert_str_eq(w.tried, whole.tried);
            ck_assert_str_eq(w.attempts[w.tried_count - 1].got,
                             whole.attempts[whole.tried_count - 1].got);
        }
    }
}

TEST(it_does_not_matter_how_little_the_peers_take_at_a_time)
{
    for (int i = 0; i < USUAL; i++) {
        struct world whole = usual[i];

        world_run(&whole);
        for (size_t takes = 1; takes < 5 * 5; takes++) {
            struct world w = usual[i];

            w.takes = takes % 5;
            w.backends[0].takes = w.backends[1].takes = takes / 5;
            ck_assert_str_eq(world_run(&w), whole.client.got);
            ck_assert_str_eq(w.tried, whole.tried);
            ck_assert_str_eq(w.attempts[w.tried_count - 1].got,
                             whole.attempts[whole.tried_count - 1].got);
            ck_assert_int_eq(w.end, END_KEEP);
            ck_assert_str_eq(w.kept, whole.kept);
        }
    }
}

TEST(it_can_be_ended_from_outside_at_any_time)
{
    for (int i = 0; i < USUAL; i++) {
        bool torn = true;

        for (unsigned turns = 1; torn; turns++) {
            struct world w = usual[i];

            w.takes = w.backends[0].takes = w.backends[1].takes = 1;
            w.torn = turns;
            world_run(&w);
            torn = w.turns == turns;
        }
    }
}

TEST(the_last_request_that_a_connection_may_have_ends_it)
{
    struct world w = { .asks = "H", .is_last = true, .backends = { { .says = "h1e" } } };

    ck_assert_str_eq(world_run(&w), "h1e");
    ck_assert_int_eq(w.end, END_CLOSE);
    ck_assert(!w.client.keeps);
}

SUITE(exchange, the_last_request_that_a_connection_may_have_ends_it,
      a_request_is_passed_on_and_its_response_back, a_message_may_have_no_body,
      both_connections_are_kept_when_both_messages_are_complete,
      a_connection_that_was_kept_is_used_again, the_client_may_want_its_connection_closed,
      the_backend_may_close_its_connection, no_connection_of_a_client_is_kept_while_draining,
      what_comes_before_the_response_is_passed_on, a_backend_is_told_the_host_that_the_client_named,
      each_backend_is_told_its_own_name_if_that_is_wanted, a_slow_connection_is_waited_for,
      a_response_may_be_complete_before_its_request,
      a_request_may_end_while_its_response_is_passed_on,
      a_full_client_stops_the_reading_of_the_backend,
      a_full_backend_stops_the_reading_of_the_client,
      it_does_not_matter_where_what_the_peers_say_is_cut,
      it_does_not_matter_how_little_the_peers_take_at_a_time,
      it_can_be_ended_from_outside_at_any_time);
