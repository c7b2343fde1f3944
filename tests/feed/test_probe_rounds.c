/* Active checks: again and again, and of several backends. */
#include "support/test.h"
#include "ward.h"

/* From now on the backend number I, which has gone away, accepts again. */
static void come_back(struct ward *ward, unsigned i)
{
    ward->listeners[i] = listen_at(&ward->config.pools[0].backends[i].at);
}

TEST(all_are_ready_once_each_has_been_checked_once)
{
    struct ward ward;

    ward_begin(&ward, 3, CHECK_TCP);
    ward_go_away(&ward, 1);
    ward_start(&ward);
    ck_assert_uint_eq(ward.ready, 0);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    for (unsigned i = 0; i < 3; i++)
        ck_assert(ward_health(&ward, i)->known);
    ck_assert(ward_health(&ward, 1)->down);
    ck_assert_uint_eq(ward.pool.up_count, 2);
    ward_end(&ward);
}

TEST(one_that_is_checked_twice_is_not_taken_for_two)
{
    struct ward ward;
    int slow;

    ward_begin(&ward, 2, CHECK_HTTP);
    ward.rule->every = 1;
    ward.rule->timeout = 60;
    ward_go_away(&ward, 0);
    ward_start(&ward);
    slow = accept(ward.listeners[1], NULL, NULL);
    for (int i = 0; i < 5; i++) {
        ward_look(&ward);
        fake_time_pass(&ward.time, 1.1);
    }
    ck_assert(ward_health(&ward, 0)->known);
    ck_assert_uint_eq(ward.ready, 0);
    tell(slow, "HTTP/1.1 200 OK\r\n\r\n");
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    close(slow);
    ward_end(&ward);
}

TEST(nobody_is_told_that_all_are_ready_again)
{
    struct ward ward;
    unsigned checks = 0;

    ward_begin(&ward, 1, CHECK_TCP);
    ward_start(&ward);
    while (checks < 5) {
        await(ward.listeners[0]);
        close(accept(ward.listeners[0], NULL, NULL));
        ward_look(&ward);
        fake_time_pass(&ward.time, 2.1);
        checks++;
    }
    ck_assert_uint_eq(ward.ready, 1);
    ward_end(&ward);
}

TEST(without_checks_all_are_ready_at_once)
{
    struct ward ward;

    ward_begin(&ward, 2, CHECK_NONE);
    ward_start(&ward);
    ck_assert_uint_eq(ward.ready, 1);
    fake_time_pass(&ward.time, 10);
    ward_look(&ward);
    ck_assert(!ward_health(&ward, 0)->known);
    ck_assert_uint_eq(ward.pool.up_count, 2);
    ward_end(&ward);
}

TEST(a_check_begins_every_so_often)
{
    struct ward ward;

    ward_begin(&ward, 1, CHECK_TCP);
    ward.rule->every = 7;
    ward_start(&ward);
    for (int i = 0; i < 5; i++) {
        close(accept(ward.listeners[0], NULL, NULL));
        ward_look(&ward);
        fake_time_pass(&ward.time, 6.8);
        set_nonblocking(ward.listeners[0]);
        ck_assert_int_lt(accept(ward.listeners[0], NULL, NULL), 0);
        fake_time_pass(&ward.time, 0.25);
        await(ward.listeners[0]);
    }
    ward_end(&ward);
}

TEST(a_check_that_takes_longer_than_that_is_followed_at_once)
{
    struct ward ward;
    char request[1000];
    int fds[2];

    ward_begin(&ward, 1, CHECK_HTTP);
    ward.rule->every = 1;
    ward.rule->timeout = 5;
    ward_start(&ward);
    fds[0] = ward_take_request(&ward, request, sizeof request);
    fake_time_pass(&ward.time, 4);
    tell(fds[0], "HTTP/1.1 200 OK\r\n\r\n");
    TURN_UNTIL(ward.time.loop, ward_health(&ward, 0)->known);
    fake_time_pass(&ward.time, 0.1);
    fds[1] = ward_take_request(&ward, request, sizeof request);
    close(fds[0]);
    close(fds[1]);
    ward_end(&ward);
}

/* Has the next check of the only backend end, which it did not have to wait for. */
static void check_once(struct ward *ward)
{
    uint64_t run = ward_health(ward, 0)->run;
    bool down = ward_health(ward, 0)->down;

    fake_time_pass(&ward->time, ward->rule->every + 0.1);
    while (ward_health(ward, 0)->run == run && ward_health(ward, 0)->down == down)
        ward_look(ward);
}

TEST(it_takes_some_failures_to_go_down_and_some_successes_to_come_back)
{
    struct ward ward;

    ward_begin(&ward, 1, CHECK_TCP);
    ward_start(&ward);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ward_go_away(&ward, 0);
    check_once(&ward);
    check_once(&ward);
    ck_assert(!ward_health(&ward, 0)->down);
    check_once(&ward);
    ck_assert(ward_health(&ward, 0)->down);

    come_back(&ward, 0);
    check_once(&ward);
    ck_assert(ward_health(&ward, 0)->down);
    check_once(&ward);
    ck_assert(!ward_health(&ward, 0)->down);
    ck_assert_uint_eq(heard_times(&ward.heard, "is DOWN"), 1);
    ck_assert_uint_eq(heard_times(&ward.heard, "is UP"), 2);
    ward_end(&ward);
}

/* Has somebody connected to the backend number I since this was asked last? */
static bool is_checked(struct ward *ward, unsigned i)
{
    struct pollfd p = { .fd = ward->listeners[i], .events = POLLIN };

    if (poll(&p, 1, 0) == 0)
        return false;
    close(accept(ward->listeners[i], NULL, NULL));
    return true;
}

TEST(all_are_checked_at_once_first_and_spread_over_the_time_then)
{
    enum { COUNT = 2 };
    struct ward ward;

    ward_begin(&ward, COUNT, CHECK_TCP);
    ward_start(&ward);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    for (unsigned i = 0; i < COUNT; i++)
        ck_assert(is_checked(&ward, i));
    fake_time_pass(&ward.time, DEADLINE_GRAIN);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < COUNT; i++) {
            fake_time_pass(&ward.time, ward.rule->every / COUNT);
            for (unsigned other = 0; other < COUNT; other++)
                ck_assert_int_eq(is_checked(&ward, other), other == i);
            ward_look(&ward);
        }
    }
    ward_end(&ward);
}

TEST(lack_of_descriptors_is_no_verdict)
{
    struct ward ward;

    ward_begin(&ward, 1, CHECK_TCP);
    allow_descriptors(0);
    ward_start(&ward);
    ward_look(&ward);
    ck_assert(!ward_health(&ward, 0)->known);
    ck_assert_uint_eq(ward.ready, 0);

    allow_descriptors(1);
    fake_time_pass(&ward.time, 2.1);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert(!ward_health(&ward, 0)->down);
    ward_end(&ward);
}

TEST(a_descriptor_that_can_be_done_without_serves_a_check)
{
    struct ward ward;

    ward_begin(&ward, 1, CHECK_TCP);
    allow_descriptors(0);
    ward.rooms = 1;
    ward_start(&ward);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert_uint_eq(ward.rooms, 0);
    ck_assert(!ward_health(&ward, 0)->down);
    ward_end(&ward);
}

TEST(no_verdict_comes_from_a_check_that_was_stopped)
{
    struct ward ward;
    char request[1000];
    char byte;
    int fd;

    ward_begin(&ward, 1, CHECK_HTTP);
    ward_start(&ward);
    fd = ward_take_request(&ward, request, sizeof request);
    tell(fd, "HTTP/1.1 200 OK\r\n\r\n");
    probes_stop(&ward.probes);
    fake_time_pass(&ward.time, 10);
    ward_look(&ward);
    ck_assert(!ward_health(&ward, 0)->known);
    ck_assert_uint_eq(ward.ready, 0);
    ck_assert_int_le(recv(fd, &byte, 1, 0), 0);
    close(fd);
    ward_end(&ward);
}

SUITE(probe_rounds, all_are_ready_once_each_has_been_checked_once,
      one_that_is_checked_twice_is_not_taken_for_two, nobody_is_told_that_all_are_ready_again,
      without_checks_all_are_ready_at_once, a_check_begins_every_so_often,
      a_check_that_takes_longer_than_that_is_followed_at_once,
      it_takes_some_failures_to_go_down_and_some_successes_to_come_back,
      all_are_checked_at_once_first_and_spread_over_the_time_then,
      lack_of_descriptors_is_no_verdict, a_descriptor_that_can_be_done_without_serves_a_check,
      no_verdict_comes_from_a_check_that_was_stopped);
