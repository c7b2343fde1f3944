/* Active checks that come early, since somebody could not be reached. */
#include "support/test.h"
#include "ward.h"

/* How many checks have come to the backend I since this was asked last, by now? */
static unsigned count_checks(struct ward *ward, unsigned i)
{
    unsigned count = 0;
    int fd;

    set_nonblocking(ward->listeners[i]);
    for (fd = accept(ward->listeners[i], NULL, NULL); fd >= 0; count++) {
        close(fd);
        fd = accept(ward->listeners[i], NULL, NULL);
    }
    return count;
}

static struct facts *facts(struct ward *ward)
{
    return ward->pool.backends[0].facts;
}

static void begin(struct ward *ward, enum config_check type)
{
    ward_begin(ward, 1, type);
    ward_start(ward);
}

TEST(who_could_not_be_reached_is_checked_at_once)
{
    struct ward ward;

    begin(&ward, CHECK_TCP);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert_uint_eq(count_checks(&ward, 0), 1);
    ward_go_away(&ward, 0);
    fake_time_pass(&ward.time, PROBE_HURRY);
    probe_hurry(facts(&ward));
    TURN_UNTIL(ward.time.loop, ward_health(&ward, 0)->run == 1);
    ck_assert(ward_health(&ward, 0)->gone);
    ward_end(&ward);
}

TEST(however_many_requests_meet_it_there_are_ten_checks_a_second)
{
    struct ward ward;
    unsigned count;

    begin(&ward, CHECK_TCP);
    ward.rule->every = 60;
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    count_checks(&ward, 0);
    for (int i = 0; i < 1000; i++) {
        fake_time_pass(&ward.time, 0.001);
        probe_hurry(facts(&ward));
        ward_look(&ward);
    }
    count = count_checks(&ward, 0);
    ck_assert(count == 9 || count == 10);
    ward_end(&ward);
}

TEST(a_check_that_is_under_way_is_not_begun_twice)
{
    struct ward ward;
    char request[1000];
    int fd;

    begin(&ward, CHECK_HTTP);
    fd = ward_take_request(&ward, request, sizeof request);
    probe_hurry(facts(&ward));
    tell(fd, "HTTP/1.1 200 OK\r\n\r\n");
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    close(fd);
    fake_time_pass(&ward.time, 2.1);
    fd = ward_take_request(&ward, request, sizeof request);
    probe_hurry(facts(&ward));
    probe_hurry(facts(&ward));
    ck_assert_uint_eq(count_checks(&ward, 0), 0);
    close(fd);
    ward_end(&ward);
}

TEST(the_next_check_is_as_far_away_as_ever)
{
    struct ward ward;

    begin(&ward, CHECK_TCP);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    fake_time_pass(&ward.time, 1.9);
    probe_hurry(facts(&ward));
    TURN_UNTIL(ward.time.loop, !ward_health(&ward, 0)->down);
    ward_look(&ward);
    count_checks(&ward, 0);
    fake_time_pass(&ward.time, 1.9);
    ck_assert_uint_eq(count_checks(&ward, 0), 0);
    fake_time_pass(&ward.time, 0.2);
    ck_assert_uint_eq(count_checks(&ward, 0), 1);
    ward_end(&ward);
}

TEST(who_is_not_checked_is_not_checked_in_a_hurry)
{
    struct ward ward;

    begin(&ward, CHECK_NONE);
    fake_time_pass(&ward.time, 1);
    probe_hurry(facts(&ward));
    ck_assert_uint_eq(count_checks(&ward, 0), 0);
    ward_end(&ward);
}

SUITE(probe_hurry, who_could_not_be_reached_is_checked_at_once,
      however_many_requests_meet_it_there_are_ten_checks_a_second,
      a_check_that_is_under_way_is_not_begun_twice, the_next_check_is_as_far_away_as_ever,
      who_is_not_checked_is_not_checked_in_a_hurry);
