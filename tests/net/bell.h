/* Somebody who can be late. */
#ifndef TESTS_NET_BELL_H
#define TESTS_NET_BELL_H

#include "fake_time.h"
#include "support/test.h"

struct bell {
    struct deadline deadline;
    struct fake_time *time;
    unsigned rung;
    double rung_at;
    struct bell *ends; /* whose deadline is ended when this one rings */
    double again;      /* it is to ring again so much later, if not 0 */
};

static inline void bell_on_late(struct deadline *deadline)
{
    struct bell *bell = container_of(deadline, struct bell, deadline);

    bell->rung++;
    bell->rung_at = bell->time->clock.now;
    if (bell->ends != NULL)
        deadline_fini(&bell->ends->deadline);
    if (bell->again > 0)
        deadline_set(&bell->time->deadlines, deadline, bell->rung_at + bell->again);
}

static inline void bell_begin(struct bell *bell, struct fake_time *time)
{
    *bell = (struct bell){ .time = time };
    deadline_init(&bell->deadline, bell_on_late);
}

/* Has the bell ring in SECONDS. */
static inline void bell_set(struct bell *bell, double seconds)
{
    deadline_set(&bell->time->deadlines, &bell->deadline, bell->time->clock.now + seconds);
}

/* Lets SECONDS pass in steps that are much shorter than the grain. */
static inline void pass_slowly(struct fake_time *time, double seconds)
{
    double end = time->clock.now + seconds;

    while (time->clock.now < end)
        fake_time_pass(time, DEADLINE_GRAIN / 16);
}

/* Did the bell ring once, not before AT, and within a grain behind it? */
static inline void bell_check(const struct bell *bell, double at)
{
    ck_assert_uint_eq(bell->rung, 1);
    ck_assert_double_ge(bell->rung_at, at);
    ck_assert_double_le(bell->rung_at, at + DEADLINE_GRAIN * 17 / 16);
}

#endif
