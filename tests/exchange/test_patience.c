/* How long an exchange may stay as it is: who is late, and who is not. */
#include "exchange/patience.h"

#include "memory_side.h"
#include "support/test.h"

/* An exchange that waits for a response, with a client that takes it. */
struct wait {
    struct clock clock;
    struct exchange_env env;
    struct config config;
    struct generation generation;
    struct arena arena;
    struct memory_side client;
    struct exchange x;
};

/* It is called at its very deadline. */
static void arrange(struct wait *w)
{
    memset(w, 0, sizeof *w);
    w->clock.now = 100;
    w->env.clock = &w->clock;
    memory_side_init(&w->client, "", 0, &w->arena);
    w->generation.config = &w->config;
    w->x.env = &w->env;
    w->x.generation = &w->generation;
    w->x.client = &w->client.side;
    w->x.phase = PHASE_ANSWER;
    w->x.since = 70;
    w->x.due = 100;
    w->x.late = true;
}

TEST(nobody_is_late_before_the_deadline)
{
    struct wait w;

    arrange(&w);
    w.x.late = false;
    ck_assert_int_eq(patience_wait(&w.x), STEP_WAIT);
    ck_assert(!patience_is_over(&w.x));
    ck_assert_double_eq(w.x.since, 70);
    arena_fini(&w.arena);
}

TEST(who_still_takes_something_has_as_much_time_again)
{
    struct wait w;

    arrange(&w);
    w.client.sips = 1;
    ck_assert_int_eq(patience_wait(&w.x), STEP_WAIT);
    ck_assert_double_eq(w.x.since, 100);
    arena_fini(&w.arena);
}

TEST(what_moves_at_the_very_deadline_is_not_late)
{
    struct wait w;

    arrange(&w);
    w.x.down.bytes = 1;
    ck_assert_int_eq(patience_wait(&w.x), STEP_WAIT);
    ck_assert(!patience_is_over(&w.x));
    arena_fini(&w.arena);
}

TEST(a_tunnel_in_which_nothing_moves_is_late)
{
    struct wait w;

    arrange(&w);
    w.x.phase = PHASE_TUNNEL;
    ck_assert(patience_is_over(&w.x));
    arena_fini(&w.arena);
}

SUITE(patience, nobody_is_late_before_the_deadline,
      who_still_takes_something_has_as_much_time_again, what_moves_at_the_very_deadline_is_not_late,
      a_tunnel_in_which_nothing_moves_is_late);
