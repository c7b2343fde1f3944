/* One moment after which somebody is late. */
#include "bell.h"
#include "support/test.h"

TEST(it_comes_within_a_grain_of_its_moment_and_never_before)
{
    static const double moments[] = { 0, 0.0001, 0.01, 1.0 / 64, 0.0157, 0.5, 1, 1.003, 15.99 };

    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        struct fake_time time;
        struct bell bell;

        fake_time_begin(&time);
        bell_begin(&bell, &time);
        bell_set(&bell, moments[i]);
        pass_slowly(&time, moments[i] + 1);
        bell_check(&bell, 1000 + moments[i]);
        fake_time_end(&time);
    }
}

TEST(it_can_lie_further_away_than_the_wheel_reaches)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 100.3);
    pass_slowly(&time, 102);
    bell_check(&bell, 1100.3);
    fake_time_end(&time);
}

TEST(a_moment_that_has_passed_comes_at_the_next_look)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, -5);
    ck_assert_uint_eq(bell.rung, 0);
    fake_time_pass(&time, DEADLINE_GRAIN);
    ck_assert_uint_eq(bell.rung, 1);
    fake_time_end(&time);
}

TEST(moved_later_it_does_not_come_at_its_old_moment)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 1);
    pass_slowly(&time, 0.9);
    bell_set(&bell, 2);
    pass_slowly(&time, 1.9);
    ck_assert_uint_eq(bell.rung, 0);
    pass_slowly(&time, 1);
    bell_check(&bell, 1000 + 0.9 + 2);
    fake_time_end(&time);
}

TEST(moving_it_later_touches_neither_wheel_nor_timer)
{
    struct fake_time time;
    struct bell bell;
    uint64_t place;
    uint64_t timer;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 1);
    place = bell.deadline.tick;
    timer = time.deadlines.next;
    for (int i = 0; i < 100; i++)
        bell_set(&bell, 2 + i);
    ck_assert_uint_eq(bell.deadline.tick, place);
    ck_assert_uint_eq(time.deadlines.next, timer);
    fake_time_end(&time);
}

TEST(moved_earlier_it_comes_earlier)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 10);
    bell_set(&bell, 1);
    pass_slowly(&time, 12);
    bell_check(&bell, 1001);
    fake_time_end(&time);
}

TEST(cleared_it_does_not_come_until_it_is_set_again)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 1);
    deadline_clear(&bell.deadline);
    pass_slowly(&time, 3);
    ck_assert_uint_eq(bell.rung, 0);
    bell_set(&bell, 1);
    pass_slowly(&time, 2);
    ck_assert_uint_eq(bell.rung, 1);
    fake_time_end(&time);
}

TEST(cleared_and_set_again_in_time_it_comes_when_it_was_set_for)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 1);
    deadline_clear(&bell.deadline);
    bell_set(&bell, 0.5);
    pass_slowly(&time, 3);
    bell_check(&bell, 1000.5);
    fake_time_end(&time);
}

TEST(taken_off_it_never_comes)
{
    struct fake_time time;
    struct bell bell;

    fake_time_begin(&time);
    bell_begin(&bell, &time);
    bell_set(&bell, 1);
    deadline_fini(&bell.deadline);
    deadline_fini(&bell.deadline);
    pass_slowly(&time, 3);
    ck_assert_uint_eq(bell.rung, 0);
    fake_time_end(&time);
}

SUITE(deadline, it_comes_within_a_grain_of_its_moment_and_never_before,
      it_can_lie_further_away_than_the_wheel_reaches,
      a_moment_that_has_passed_comes_at_the_next_look,
      moved_later_it_does_not_come_at_its_old_moment,
      moving_it_later_touches_neither_wheel_nor_timer, moved_earlier_it_comes_earlier,
      cleared_it_does_not_come_until_it_is_set_again,
      cleared_and_set_again_in_time_it_comes_when_it_was_set_for, taken_off_it_never_comes);
