/* Active checks: what their verdict is. */
#include "support/test.h"
#include "ward.h"

/* Is a backend up whose first check is answered with RESPONSE and a close? */
static bool is_up_after(const char *response, unsigned expected)
{
    struct ward ward;
    char request[1000];
    bool up;
    int fd;

    ward_begin(&ward, 1, CHECK_HTTP);
    ward.rule->status = expected;
    ward_start(&ward);
    fd = ward_take_request(&ward, request, sizeof request);
    tell(fd, response);
    shutdown(fd, SHUT_WR);
    TURN_UNTIL(ward.time.loop, ward_health(&ward, 0)->known);
    up = !ward_health(&ward, 0)->down;
    close(fd);
    ward_end(&ward);
    return up;
}

TEST(who_accepts_is_up)
{
    struct ward ward;

    ward_begin(&ward, 1, CHECK_TCP);
    ward_start(&ward);
    ck_assert(!ward_health(&ward, 0)->known);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert(ward_health(&ward, 0)->known && !ward_health(&ward, 0)->down);
    ck_assert_uint_eq(heard_times(&ward.heard, "info   backend a is UP\n"), 1);
    ward_end(&ward);
}

TEST(who_refuses_is_down)
{
    struct ward ward;

    ward_begin(&ward, 1, CHECK_TCP);
    ward_go_away(&ward, 0);
    ward_start(&ward);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert(ward_health(&ward, 0)->down);
    ck_assert_uint_eq(heard_times(&ward.heard, "warn   backend a is DOWN: connection refused\n"),
                      1);
    ward_end(&ward);
}

TEST(who_cannot_be_reached_is_down_at_once)
{
    struct ward ward;

    ward_begin(&ward, 1, CHECK_TCP);
    ward.pool.backends[0].facts->at.v4.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    ward_start(&ward);
    ck_assert(ward_health(&ward, 0)->down);
    ck_assert_uint_eq(ward.ready, 1);
    ward_end(&ward);
}

TEST(the_request_of_a_check_is_what_it_must_be)
{
    struct ward ward;
    char request[1000];
    int fd;

    ward_begin(&ward, 1, CHECK_HTTP);
    ward_start(&ward);
    fd = ward_take_request(&ward, request, sizeof request);
    ck_assert_str_eq(request, "GET /health HTTP/1.1\r\nHost: a.example\r\n"
                              "User-Agent: luaproxy-check\r\nConnection: close\r\n\r\n");
    close(fd);
    ward_end(&ward);
}

TEST(a_response_is_judged_by_its_status)
{
    ck_assert(is_up_after("HTTP/1.1 200 OK\r\n\r\n", 0));
    ck_assert(is_up_after("HTTP/1.1 204 No\r\n\r\n", 0));
    ck_assert(is_up_after("HTTP/1.0 399 What\r\nContent-Length: 9\r\n\r\n", 0));
    ck_assert(!is_up_after("HTTP/1.1 400 Bad\r\n\r\n", 0));
    ck_assert(!is_up_after("HTTP/1.1 503 Sorry\r\n\r\n", 0));
}

TEST(a_status_that_is_expected_is_the_only_good_one)
{
    ck_assert(is_up_after("HTTP/1.1 503 Sorry\r\n\r\n", 503));
    ck_assert(!is_up_after("HTTP/1.1 200 OK\r\n\r\n", 503));
}

TEST(what_comes_before_a_response_is_not_judged)
{
    ck_assert(is_up_after("HTTP/1.1 103 Hint\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 0));
    ck_assert(!is_up_after("HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 500 Oh\r\n\r\n", 0));
    ck_assert(!is_up_after("HTTP/1.1 100 Go\r\n\r\n", 0));
}

TEST(what_is_no_response_is_bad)
{
    ck_assert(!is_up_after("", 0));
    ck_assert(!is_up_after("HTTP/1.1 200 OK\r\nA:", 0));
    ck_assert(!is_up_after("220 mail.example ESMTP\r\n", 0));
    ck_assert(!is_up_after("HTTP/1.1 200 OK\nServer: old\n\n", 0));
    ck_assert(!is_up_after("ICY 200 OK\r\n\r\n", 0));
}

TEST(a_head_without_an_end_is_bad)
{
    struct ward ward;
    char request[1000];
    int fd;

    ward_begin(&ward, 1, CHECK_HTTP);
    ward_start(&ward);
    fd = ward_take_request(&ward, request, sizeof request);
    tell(fd, "HTTP/1.1 200 OK\r\n");
    while (!ward_health(&ward, 0)->known) {
        tell(fd, "A: b\r\n");
        ward_look(&ward);
    }
    ck_assert(ward_health(&ward, 0)->down);
    ck_assert_uint_eq(heard_times(&ward.heard, "DOWN: malformed response"), 1);
    close(fd);
    ward_end(&ward);
}

TEST(a_response_may_come_byte_by_byte)
{
    static const char response[] = "HTTP/1.1 200 OK\r\nServer: slow\r\n\r\n";
    struct ward ward;
    char request[1000];
    int fd;

    ward_begin(&ward, 1, CHECK_HTTP);
    ward_start(&ward);
    fd = ward_take_request(&ward, request, sizeof request);
    for (size_t i = 0; i < sizeof response - 1; i++) {
        ck_assert(!ward_health(&ward, 0)->known);
        ck_assert_int_eq(send(fd, &response[i], 1, 0), 1);
        ward_look(&ward);
    }
    TURN_UNTIL(ward.time.loop, ward_health(&ward, 0)->known);
    ck_assert(!ward_health(&ward, 0)->down);
    close(fd);
    ward_end(&ward);
}

TEST(a_connection_that_is_reset_is_bad)
{
    struct ward ward;
    char request[1000];

    ward_begin(&ward, 1, CHECK_HTTP);
    ward_start(&ward);
    reset(ward_take_request(&ward, request, sizeof request));
    TURN_UNTIL(ward.time.loop, ward_health(&ward, 0)->known);
    ck_assert_uint_eq(heard_times(&ward.heard, "DOWN: connection reset"), 1);
    ward_end(&ward);
}

TEST(who_does_not_answer_in_time_is_down)
{
    struct ward ward;
    char request[1000];
    char byte;
    int fd;

    ward_begin(&ward, 1, CHECK_HTTP);
    ward_start(&ward);
    fd = ward_take_request(&ward, request, sizeof request);
    fake_time_pass(&ward.time, 0.9);
    ck_assert(!ward_health(&ward, 0)->known);
    fake_time_pass(&ward.time, 0.2);
    ck_assert(ward_health(&ward, 0)->down);
    ck_assert_uint_eq(heard_times(&ward.heard, "DOWN: check timed out"), 1);
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    close(fd);
    ward_end(&ward);
}

TEST(the_connection_of_a_check_is_closed_behind_it)
{
    struct ward ward;
    char byte;
    int fd;

    ward_begin(&ward, 1, CHECK_TCP);
    ward_start(&ward);
    fd = accept(ward.listeners[0], NULL, NULL);
    TURN_UNTIL(ward.time.loop, ward.ready > 0);
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    close(fd);
    ward_end(&ward);
}

/* What is known of a backend once its first check has ended: '+', '-', or '0' if it is gone. It
 * answers with RESPONSE; NULL: it has gone away. */
static char verdict_on(const char *response)
{
    struct ward ward;
    char request[1000];
    const struct health *health;
    char verdict;
    int fd = -1;

    ward_begin(&ward, 1, CHECK_HTTP);
    health = ward_health(&ward, 0);
    if (response == NULL)
        ward_go_away(&ward, 0);
    ward_start(&ward);
    if (response != NULL) {
        fd = ward_take_request(&ward, request, sizeof request);
        tell(fd, response);
        shutdown(fd, SHUT_WR);
    }
    TURN_UNTIL(ward.time.loop, health->known);
    verdict = health->gone ? '0' : health->down ? '-' : '+';
    close(fd);
    ward_end(&ward);
    return verdict;
}

TEST(who_has_accepted_is_there_whatever_he_says)
{
    ck_assert_int_eq(verdict_on("HTTP/1.1 200 OK\r\n\r\n"), '+');
    ck_assert_int_eq(verdict_on("HTTP/1.1 500 Oh\r\n\r\n"), '-');
    ck_assert_int_eq(verdict_on("220 mail.example ESMTP\r\n"), '-');
    ck_assert_int_eq(verdict_on(""), '-');
    ck_assert_int_eq(verdict_on(NULL), '0');
}

TEST(who_cannot_be_reached_is_gone)
{
    struct ward ward;

    ward_begin(&ward, 1, CHECK_TCP);
    ward.pool.backends[0].facts->at.v4.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    ward_start(&ward);
    ck_assert(ward_health(&ward, 0)->gone);
    ward_end(&ward);
}

TEST(who_does_not_accept_in_time_is_gone_and_who_does_not_answer_is_not)
{
    struct ward deaf;
    struct ward mute;
    char request[1000];
    int first;
    int fd;

    ward_begin(&deaf, 1, CHECK_HTTP);
    listen(deaf.listeners[0], 0);
    first = connect_to(&deaf.pool.backends[0].facts->at); /* and there is no room for another one */
    ward_start(&deaf);
    ward_look(&deaf);
    fake_time_pass(&deaf.time, 1.1);
    ck_assert(ward_health(&deaf, 0)->gone);
    close(first);
    ward_end(&deaf);

    ward_begin(&mute, 1, CHECK_HTTP);
    ward_start(&mute);
    fd = ward_take_request(&mute, request, sizeof request);
    fake_time_pass(&mute.time, 1.1);
    ck_assert(ward_health(&mute, 0)->down && !ward_health(&mute, 0)->gone);
    close(fd);
    ward_end(&mute);
}

SUITE(probe, who_accepts_is_up, who_refuses_is_down, who_cannot_be_reached_is_down_at_once,
      the_request_of_a_check_is_what_it_must_be, a_response_is_judged_by_its_status,
      a_status_that_is_expected_is_the_only_good_one, what_comes_before_a_response_is_not_judged,
      what_is_no_response_is_bad, a_head_without_an_end_is_bad, a_response_may_come_byte_by_byte,
      a_connection_that_is_reset_is_bad, who_does_not_answer_in_time_is_down,
      the_connection_of_a_check_is_closed_behind_it, who_has_accepted_is_there_whatever_he_says,
      who_cannot_be_reached_is_gone,
      who_does_not_accept_in_time_is_gone_and_who_does_not_answer_is_not);
