/* A loop whose time passes only when a test says so.
 *
 * Sockets work as ever. Deadlines come by the clock in here, whatever the real time is.
 */
#ifndef TESTS_NET_FAKE_TIME_H
#define TESTS_NET_FAKE_TIME_H

#include "net/deadline.h"

struct fake_time {
    struct ev_loop *loop;
    struct clock clock;
    struct deadlines deadlines;
};

static inline void fake_time_begin(struct fake_time *t)
{
    t->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    t->clock = (struct clock){ .now = 1000, .second = 1767225600 };
    deadlines_init(&t->deadlines, t->loop, &t->clock);
}

static inline void fake_time_end(struct fake_time *t)
{
    deadlines_fini(&t->deadlines);
    ev_loop_destroy(t->loop);
}

/* Whether the timer has been set for a moment that has come. */
static inline bool fake_time_is_due(const struct fake_time *t)
{
    return ev_is_active(&t->deadlines.timer) &&
           (double)t->deadlines.next * DEADLINE_GRAIN <= t->clock.now;
}

/* Lets SECONDS pass at once, as if the loop had stood still for so long; the timer expires once if
 * it was set for a moment in between. */
static inline void fake_time_jump(struct fake_time *t, double seconds)
{
    t->clock.now += seconds;
    if (fake_time_is_due(t)) {
        ev_timer_stop(t->loop, &t->deadlines.timer);
        ev_invoke(t->loop, &t->deadlines.timer, EV_TIMER);
    }
}

/* Lets SECONDS pass, little by little, and the timer expire whenever it is due. */
static inline void fake_time_pass(struct fake_time *t, double seconds)
{
    double end = t->clock.now + seconds;

    while (t->clock.now < end) {
        double left = end - t->clock.now;

        fake_time_jump(t, left < DEADLINE_GRAIN ? left : DEADLINE_GRAIN);
    }
    t->clock.now = end;
}

#endif
