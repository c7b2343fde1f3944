/* What comes of a request that has led away from HTTP. */
#include "net/heard.h"
#include "support/test.h"
#include "world.h"

/* Did the exchange W take SECONDS? */
#define check_waited(w, seconds) ck_assert_double_eq_tol((w).waited, seconds, 0.1)

/* Were the connections of W ended such that both peers can tell that something is missing? */
static bool is_cut(const struct world *w)
{
    ck_assert_int_eq(w->client.side.incomplete, w->attempts[0].side.incomplete);
    return w->client.side.incomplete;
}

TEST(an_agreement_makes_a_tunnel_whose_bytes_go_both_ways)
{
    struct world w = { .asks = "U1.2.3e", .backends = { { .says = "?U4.5.6e" } } };

    ck_assert_str_eq(world_run(&w), "U456e");
    ck_assert_str_eq(w.attempts[0].got, "U123e");
    ck_assert_uint_eq(w.client.status, 101);
    ck_assert_int_eq(w.end, END_CLOSE);
    ck_assert(!is_cut(&w));
}

TEST(neither_connection_is_kept_behind_a_tunnel)
{
    struct world w = { .asks = "Ue", .backends = { { .says = "Ue" } } };

    world_run(&w);
    ck_assert_int_eq(w.end, END_CLOSE);
    ck_assert_str_eq(w.kept, "");
}

TEST(what_comes_with_the_agreement_belongs_to_the_tunnel)
{
    struct world w = { .asks = "U.....e", .backends = { { .says = "U123e" } } };

    ck_assert_str_eq(world_run(&w), "U123e");
    ck_assert_int_eq(w.end, END_CLOSE);
}

TEST(what_a_client_says_too_early_waits_for_the_agreement)
{
    struct world w = { .asks = "U123e", .backends = { { .dial = "..", .says = "?..i...U4e" } } };

    ck_assert_str_eq(world_run(&w), "iU4e");
    ck_assert_str_eq(w.attempts[0].got, "U123e");
}

TEST(without_an_agreement_what_a_client_says_is_its_next_request)
{
    struct world w = { .asks = "U123", .backends = { { .says = "h45e" } } };

    ck_assert_str_eq(world_run(&w), "h45e");
    ck_assert_str_eq(w.attempts[0].got, "U");
    ck_assert_str_eq(w.client.says, "123");
    ck_assert_int_eq(w.end, END_KEEP);
    ck_assert_str_eq(w.kept, "a");
}

TEST(a_failed_attempt_to_upgrade_is_made_elsewhere)
{
    struct world w = { .asks = "U1e", .backends = { { .says = "-" }, { .says = "U2e" } } };

    ck_assert_str_eq(world_run(&w), "U2e");
    ck_assert_str_eq(w.tried, "ab");
    ck_assert_str_eq(w.attempts[1].got, "U1e");
}

/* ---- Ends ---- */

TEST(when_the_client_has_ended_the_backend_may_go_on)
{
    struct world w = { .asks = "U12e", .backends = { { .says = "U3..4:.5:6e" } } };

    ck_assert_str_eq(world_run(&w), "U3456e");
    ck_assert_str_eq(w.attempts[0].got, "U12e");
    ck_assert_int_eq(w.end, END_CLOSE);
}

TEST(when_the_backend_has_ended_the_client_may_go_on)
{
    struct world w = { .asks = "U1..2:.3:4e", .backends = { { .says = "U56E" } } };

    ck_assert_str_eq(world_run(&w), "U56e");
    ck_assert_str_eq(w.attempts[0].got, "U1234e");
    ck_assert_int_eq(w.end, END_CLOSE);
}

TEST(it_is_over_when_what_is_in_front_of_the_ends_has_left)
{
    struct world slow = { .asks = "U1e", .takes = 1, .backends = { { .says = "U234e" } } };
    struct world stuck = { .asks = "U123E",
                           .backends = { { .says = "U4e", .takes = 4, .stuck = true } } };

    ck_assert_str_eq(world_run(&slow), "U234e");
    ck_assert_int_eq(slow.end, END_CLOSE);
    world_run(&stuck);
    ck_assert_str_eq(stuck.attempts[0].got, "U123e");
    ck_assert_int_eq(stuck.end, END_CUT);
    check_waited(stuck, WAIT_TUNNEL);
}

TEST(a_reset_of_the_client_is_passed_on)
{
    struct world w = { .asks = "U12.x", .backends = { { .says = "U34" } } };

    ck_assert_str_eq(world_run(&w), "U34");
    ck_assert_str_eq(w.attempts[0].got, "U12");
    ck_assert_int_eq(w.end, END_CUT);
    ck_assert(is_cut(&w));
    ck_assert_str_eq(w.told, "a101! ");
    ck_assert_int_eq(w.outcome.err, ERR_ABANDONED);
}

TEST(a_reset_of_the_backend_is_passed_on)
{
    struct heard heard;
    struct world w = { .asks = "U12", .backends = { { .says = "U34.x" } } };

    heard_begin(&heard);
    ck_assert_str_eq(world_run(&w), "U34");
    ck_assert_int_eq(w.end, END_CUT);
    ck_assert(is_cut(&w));
    ck_assert_str_eq(w.told, "a101! ");
    ck_assert_int_eq(w.outcome.err, ERR_RESET);
    ck_assert_uint_eq(heard_times(&heard, "backend a: connection reset, tunnel cut short"), 1);
    ck_assert_uint_eq(heard_times(&heard, "\" 101 2 a tries=1"), 1);
    ck_assert_uint_eq(heard_times(&heard, " cut\n"), 1);
    heard_end(&heard);
}

TEST(what_came_before_a_reset_is_delivered)
{
    struct world client = { .asks = "U123x", .backends = { { .says = "U" } } };
    struct world backend = { .asks = "U", .backends = { { .says = "U123x" } } };

    world_run(&client);
    ck_assert_str_eq(client.attempts[0].got, "U123");
    ck_assert_str_eq(world_run(&backend), "U123");
}

TEST(a_reset_behind_an_end_cuts_what_the_other_still_says)
{
    struct world w = { .asks = "U1e.x", .backends = { { .says = "U2....3...4e" } } };

    ck_assert_str_eq(world_run(&w), "U2");
    ck_assert_int_eq(w.end, END_CUT);
    ck_assert(is_cut(&w));
}

TEST(who_resets_behind_both_ends_changes_nothing)
{
    struct world w = { .asks = "U1ex", .backends = { { .says = "U2ex" } } };

    ck_assert_str_eq(world_run(&w), "U2e");
    ck_assert_int_eq(w.end, END_CLOSE);
    ck_assert(!is_cut(&w));
}

/* ---- Time ---- */

TEST(a_tunnel_in_which_nothing_moves_is_closed)
{
    struct world w = { .asks = "U1", .backends = { { .says = "U2" } } };

    ck_assert_str_eq(world_run(&w), "U2");
    ck_assert_int_eq(w.end, END_CUT);
    ck_assert(!is_cut(&w));
    check_waited(w, WAIT_TUNNEL);
    ck_assert_str_eq(w.told, "a101 ");
}

TEST(each_way_keeps_a_tunnel_open)
{
    struct world up = { .asks = "U:1:2:3:4:5:6:7:8:9:0:1:2:3:4:5:6:7e",
                        .backends = { { .says = "UE" } } };
    struct world down = { .asks = "Ue",
                          .backends = { { .says = "U:1:2:3:4:5:6:7:8:9:0:1:2:3:4:5:6:7e" } } };

    world_run(&up);
    ck_assert_int_eq(up.end, END_CLOSE);
    check_waited(up, 17 * 4);
    world_run(&down);
    ck_assert_int_eq(down.end, END_CLOSE);
    check_waited(down, 17 * 4);
}

TEST(a_half_closed_tunnel_in_which_nothing_moves_is_closed_too)
{
    struct world w = { .asks = "U1e", .backends = { { .says = "U2" } } };

    ck_assert_str_eq(world_run(&w), "U2");
    ck_assert_int_eq(w.end, END_CUT);
    check_waited(w, WAIT_TUNNEL);
}

TEST(who_takes_slowly_has_the_time_for_it)
{
    struct world w = { .asks = "U123",
                       .backends = { { .says = "U", .takes = 2, .stuck = true, .sips = 3 } } };

    world_run(&w);
    check_waited(w, 4 * WAIT_TUNNEL);
    ck_assert_int_eq(w.end, END_CUT);
}

/* ---- Backpressure ---- */

TEST(a_full_client_stops_the_reading_of_the_tunnel_and_not_its_other_way)
{
    struct world w = {
        .asks = "U12..3..4", .takes = 3, .stuck = true, .backends = { { .says = "U123456789e" } }
    };

    ck_assert_str_eq(world_run(&w), "U12");
    ck_assert_str_eq(w.attempts[0].says, "3456789e");
    ck_assert_str_eq(w.attempts[0].got, "U1234");
    check_waited(w, WAIT_TUNNEL);
}

TEST(a_full_backend_stops_the_reading_of_the_tunnel_and_not_its_other_way)
{
    struct world w = { .asks = "U123456789e",
                       .backends = { { .says = "U1..2...3", .takes = 3, .stuck = true } } };

    ck_assert_str_eq(world_run(&w), "U123");
    ck_assert_str_eq(w.attempts[0].got, "U12");
    ck_assert_str_eq(w.client.says, "3456789e");
}

/* ---- What is known of it ---- */

TEST(a_tunnel_is_told_of_like_any_exchange)
{
    struct heard heard;
    struct world w = { .asks = "U12e", .backends = { { .says = "?U3:45e" } } };

    heard_begin(&heard);
    world_run(&w);
    ck_assert_str_eq(w.told, "a101 ");
    ck_assert_uint_eq(w.outcome.bytes, 3);
    ck_assert_double_eq_tol(w.outcome.took, 4, 0.1);
    ck_assert_double_eq_tol(w.outcome.first, 0, 0.1);
    ck_assert_uint_eq(heard_times(&heard, "\"GET /path HTTP/1.1\" 101 3 a tries=1 first=0.0000"),
                      1);
    ck_assert_uint_eq(heard_times(&heard, "total=4.0000\n"), 1);
    heard_end(&heard);
}

TEST(a_hook_sees_the_agreement_before_the_client_does)
{
    struct world w = { .asks = "U1e",
                       .backends = { { .says = "U23e" } },
                       .hook_back = { .does = "..." } };

    ck_assert_str_eq(world_run(&w), "U23e");
    ck_assert_str_eq(w.attempts[0].got, "U1e");
    ck_assert_uint_eq(w.hook_back.called, 1);
}

TEST(the_bound_of_a_body_is_none_of_a_tunnel)
{
    struct world w = { .asks = "U123456e", .body_limit = 3, .backends = { { .says = "Ue" } } };

    world_run(&w);
    ck_assert_str_eq(w.attempts[0].got, "U123456e");
    ck_assert_int_eq(w.end, END_CLOSE);
}

TEST(a_tunnel_goes_on_while_draining)
{
    struct world w = { .asks = "U1:2e", .draining = true, .backends = { { .says = "U3:4e" } } };

    ck_assert_str_eq(world_run(&w), "U34e");
    ck_assert_str_eq(w.attempts[0].got, "U12e");
    ck_assert_int_eq(w.end, END_CLOSE);
}

TEST(who_ends_a_tunnel_from_outside_cuts_it)
{
    bool torn = true;

    for (unsigned turns = 1; torn; turns++) {
        struct world w = { .asks = "U1.2e", .torn = turns, .backends = { { .says = "?U3.4.5e" } } };

        world_run(&w);
        torn = w.turns == turns;
        if (w.client.status == 101)
            ck_assert_int_eq(is_cut(&w), torn);
    }
}

TEST(it_does_not_matter_how_a_tunnel_is_cut_into_pieces)
{
    static const char *const asks[] = {
        "U123e", "U.123e", "U1.23e", "U12..3e", "U123.e", "U1.2.3.E"
    };
    static const char *const says[] = {
        "U456e", "?U456e", "U.456E", "U4.56e", "U45..6e", "U4.5.6.e"
    };

    for (unsigned i = 0; i < 6 * 6 * 4 * 4; i++) {
        struct world w = { .asks = asks[i % 6],
                           .takes = i / 36 % 4,
                           .backends = { { .says = says[i / 6 % 6], .takes = i / 144 } } };

        ck_assert_str_eq(world_run(&w), "U456e");
        ck_assert_str_eq(w.attempts[0].got, "U123e");
        ck_assert_int_eq(w.end, END_CLOSE);
        ck_assert(!is_cut(&w));
    }
}

SUITE(tunnel, an_agreement_makes_a_tunnel_whose_bytes_go_both_ways,
      neither_connection_is_kept_behind_a_tunnel,
      what_comes_with_the_agreement_belongs_to_the_tunnel,
      what_a_client_says_too_early_waits_for_the_agreement,
      without_an_agreement_what_a_client_says_is_its_next_request,
      a_failed_attempt_to_upgrade_is_made_elsewhere,
      when_the_client_has_ended_the_backend_may_go_on,
      when_the_backend_has_ended_the_client_may_go_on,
      it_is_over_when_what_is_in_front_of_the_ends_has_left, a_reset_of_the_client_is_passed_on,
      a_reset_of_the_backend_is_passed_on, what_came_before_a_reset_is_delivered,
      a_reset_behind_an_end_cuts_what_the_other_still_says,
      who_resets_behind_both_ends_changes_nothing, a_tunnel_in_which_nothing_moves_is_closed,
      each_way_keeps_a_tunnel_open, a_half_closed_tunnel_in_which_nothing_moves_is_closed_too,
      who_takes_slowly_has_the_time_for_it,
      a_full_client_stops_the_reading_of_the_tunnel_and_not_its_other_way,
      a_full_backend_stops_the_reading_of_the_tunnel_and_not_its_other_way,
      a_tunnel_is_told_of_like_any_exchange, a_hook_sees_the_agreement_before_the_client_does,
      the_bound_of_a_body_is_none_of_a_tunnel, a_tunnel_goes_on_while_draining,
      who_ends_a_tunnel_from_outside_cuts_it, it_does_not_matter_how_a_tunnel_is_cut_into_pieces);
