/* Many deadlines on one wheel, and the timer that turns it. */
#include "bell.h"
#include "support/test.h"

#include <unistd.h>

#include "base/mem.h"

#include <math.h>

TEST(after_a_long_sleep_all_that_have_passed_come_once)
{
    enum { BELLS = 50 };
    struct fake_time time;
    struct bell bells[BELLS];

    fake_time_begin(&time);
    for (int i = 0; i < BELLS; i++) {
        bell_begin(&bells[i], &time);
        bell_set(&bells[i], i * 1.7);
    }
    fake_time_pass(&time, 50);
    for (int i = 0; i < BELLS; i++)
        ck_assert_uint_eq(bells[i].rung, i * 1.7 <= 50);
    pass_slowly(&time, 50);
    for (int i = 0; i < BELLS; i++)
        ck_assert_uint_eq(bells[i].rung, 1);
    fake_time_end(&time);
}

TEST(who_is_late_may_set_the_deadline_again)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell.again = 1;
    bell_set(&bell, 1);
    pass_slowly(&time, 10.5);
    ck_assert_uint_eq(bell.rung, 10);
    deadline_fini(&bell.deadline);
    fake_time_end(&time);
}

TEST(who_is_late_may_end_others_that_are_due_as_well)
{
    struct fake_time time;
    struct bell bells[3];

    fake_time_begin(&time);
    for (int i = 0; i < 3; i++) {
        bell_begin(&bells[i], &time);
        bell_set(&bells[i], 1);
    }
    bells[0].ends = &bells[1];
    fake_time_pass(&time, 2);
    ck_assert_uint_eq(bells[0].rung, 1);
    ck_assert_uint_eq(bells[1].rung, 0);
    ck_assert_uint_eq(bells[2].rung, 1);
    fake_time_end(&time);
}

static void free_yourself(struct deadline *deadline)
{
    mem_free(container_of(deadline, struct bell, deadline));
}

TEST(who_is_late_may_free_it)
{
    struct fake_time time;

    fake_time_begin(&time);
    for (int i = 0; i < 3; i++) {
        struct bell *bell = mem_new(sizeof *bell);

        bell_begin(bell, &time);
        bell->deadline.late = free_yourself;
        bell_set(bell, 1);
    }
    fake_time_pass(&time, 2);
    ck_assert(!ev_is_active(&time.deadlines.timer));
    fake_time_end(&time);
}

TEST(the_timer_runs_only_while_something_is_on_the_wheel)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    ck_assert(!ev_is_active(&time.deadlines.timer));
    bell_set(&bell, 1);
    ck_assert(ev_is_active(&time.deadlines.timer));
    fake_time_pass(&time, 2);
    ck_assert(!ev_is_active(&time.deadlines.timer));
    fake_time_end(&time);
}

TEST(the_timer_does_not_run_for_one_that_was_cleared)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 1);
    deadline_clear(&bell.deadline);
    fake_time_pass(&time, 2);
    ck_assert(!ev_is_active(&time.deadlines.timer));
    fake_time_end(&time);
}

TEST(the_timer_is_set_for_the_nearest)
{
    struct fake_time time;
    struct bell near;
    struct bell far;

    fake_time_begin(&time);
    bell_begin(&near, &time);
    bell_begin(&far, &time);
    bell_set(&far, 9);
    ck_assert_double_le(fabs(ev_timer_remaining(time.loop, &time.deadlines.timer) - 9), 1);
    bell_set(&near, 5);
    ck_assert_double_le(fabs(ev_timer_remaining(time.loop, &time.deadlines.timer) - 5), 1);
    fake_time_pass(&time, 6);
    ck_assert_double_le(fabs(ev_timer_remaining(time.loop, &time.deadlines.timer) - 3), 1);
    fake_time_end(&time);
}

TEST(a_timer_that_expires_too_early_is_set_again)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 1);
    time.clock.now += 0.99;
    ev_timer_stop(time.loop, &time.deadlines.timer);
    ev_invoke(time.loop, &time.deadlines.timer, EV_TIMER);
    ck_assert_uint_eq(bell.rung, 0);
    ck_assert(ev_is_active(&time.deadlines.timer));
    fake_time_pass(&time, 0.02);
    ck_assert_uint_eq(bell.rung, 1);
    fake_time_end(&time);
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245 + 12345;
    return *state >> 16 & 0x7fff;
}

/* Does one of the things that can be done with a bell. Gives when it has to ring from now on. */
static double do_something(struct bell *bell, unsigned *seed, double at)
{
    double seconds = next_random(seed) % 4000 / 100.0;

    switch (next_random(seed) % 8) {
    case 0:
        deadline_clear(&bell->deadline);
        return INFINITY;
    case 1:
        deadline_fini(&bell->deadline);
        bell_begin(bell, bell->time);
        return INFINITY;
    case 2:
    case 3:
        return at;
    default:
        bell_set(bell, seconds);
        return bell->deadline.at;
    }
}

/* Has the bell, which is to ring AT, rung as often as it should have since the last look? */
static bool is_right(const struct bell *bell, double at)
{
    double now = bell->time->clock.now;

    return bell->rung == 0 ? now < at + 2 * DEADLINE_GRAIN : bell->rung == 1 && now >= at;
}

TEST(many_that_move_at_random_all_come_in_time)
{
    enum { BELLS = 200, STEPS = 40000 };
    struct fake_time time;
    struct bell bells[BELLS];
    double at[BELLS];
    unsigned seed = 1;
    unsigned rung = 0;

    fake_time_begin(&time);
    for (int i = 0; i < BELLS; i++) {
        bell_begin(&bells[i], &time);
        at[i] = INFINITY;
    }
    for (int step = 0; step < STEPS; step++) {
        int moved = (int)(next_random(&seed) % BELLS);

        at[moved] = do_something(&bells[moved], &seed, at[moved]);
        fake_time_pass(&time, DEADLINE_GRAIN / 4);
        for (int i = 0; i < BELLS; i++) {
            if (!is_right(&bells[i], at[i]))
                ck_abort_msg("step %d: bell %d, which is to ring at %f", step, i, at[i]);
            if (bells[i].rung == 0)
                continue;
            bells[i].rung = 0;
            at[i] = INFINITY;
            rung++;
        }
    }
    ck_assert_uint_gt(rung, 500);
    fake_time_end(&time);
}

/* Something comes at the same time as a bell is to ring. */
struct rush {
    struct bell *bell;
    unsigned rung_before;
};

static void on_rush(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct rush *rush = w->data;

    (void)revents;
    rush->rung_before = rush->bell->rung;
    ev_io_stop(loop, w);
}

TEST(what_has_come_while_the_loop_stood_still_is_seen_before_anybody_is_late)
{
    struct fake_time time;
    struct ev_io io;
    struct bell bell;
    struct rush rush = { &bell, 7 };
    int ends[2];

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 0.1);
    ck_assert_int_eq(pipe(ends), 0);
    ev_io_init(&io, on_rush, ends[0], EV_READ);
    io.data = &rush;
    ev_io_start(time.loop, &io);
    time.clock.now += 5;
    ev_invoke(time.loop, &time.deadlines.timer, EV_TIMER);
    ck_assert_uint_eq(bell.rung, 0);
    ck_assert_int_eq(write(ends[1], "!", 1), 1);
    while (bell.rung == 0)
        ev_run(time.loop, EVRUN_ONCE);
    ck_assert_uint_eq(rush.rung_before, 0);
    close(ends[0]);
    close(ends[1]);
    fake_time_end(&time);
}

static void tick(struct ev_loop *loop, struct ev_check *w, int revents)
{
    (void)loop;
    (void)revents;
    clock_tick(w->data);
}

TEST(it_comes_by_the_real_clock_too)
{
    struct fake_time time;
    struct ev_check check;
    struct bell bell;
    double at;

    fake_time_begin(&time);
    deadlines_fini(&time.deadlines);
    clock_tick(&time.clock);
    deadlines_init(&time.deadlines, time.loop, &time.clock);
    ev_check_init(&check, tick);
    ev_set_priority(&check, EV_MAXPRI);
    check.data = &time.clock;
    ev_check_start(time.loop, &check);
    bell_begin(&bell, &time);
    bell_set(&bell, 0.03);
    at = bell.deadline.at;
    while (bell.rung == 0)
        ev_run(time.loop, EVRUN_ONCE);
    ck_assert_double_ge(bell.rung_at, at);
    ev_check_stop(time.loop, &check);
    fake_time_end(&time);
}

SUITE(deadline_wheel, after_a_long_sleep_all_that_have_passed_come_once,
      who_is_late_may_set_the_deadline_again, who_is_late_may_end_others_that_are_due_as_well,
      who_is_late_may_free_it, the_timer_runs_only_while_something_is_on_the_wheel,
      the_timer_does_not_run_for_one_that_was_cleared, the_timer_is_set_for_the_nearest,
      a_timer_that_expires_too_early_is_set_again, many_that_move_at_random_all_come_in_time,
      what_has_come_while_the_loop_stood_still_is_seen_before_anybody_is_late,
      it_comes_by_the_real_clock_too);
