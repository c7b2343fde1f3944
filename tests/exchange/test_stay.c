/* Client connections: how they end. */
#include "house.h"
#include "support/test.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

static const char none[] = "HTTP/1.1 204 No\r\n\r\n";

/* Is there nothing to be heard from FD, after the loop has had its turn? */
static bool stays_silent(struct house *h, int fd)
{
    house_look(h);
    return is_silent(fd);
}

/* ---- Going quietly ---- */

TEST(a_client_that_says_nothing_is_closed_without_a_word)
{
    struct house h;
    char byte;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    fake_time_pass(&h.time, 59);
    ck_assert(stays_silent(&h, fd));
    fake_time_pass(&h.time, 2);
    ck_assert_uint_eq(h.left, 1);
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    close(fd);
    house_end(&h);
}

TEST(the_time_without_a_request_begins_with_the_last_one)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    fake_time_pass(&h.time, 40);
    tell(fd, GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fd, "\r\n\r\n");
    fake_time_pass(&h.time, 40);
    ck_assert_uint_eq(h.left, 0);
    fake_time_pass(&h.time, 21);
    ck_assert_uint_eq(h.left, 1);
    close(fd);
    house_end(&h);
}

TEST(a_client_that_goes_without_asking_is_forgotten)
{
    struct house h;
    int fds[2];

    house_begin(&h);
    fds[0] = house_connect(&h);
    fds[1] = house_connect(&h);
    close(fds[0]);
    reset(fds[1]);
    house_await_left(&h, 2);
    ck_assert_uint_eq(h.clients.count, 0);
    house_end(&h);
}

TEST(a_client_that_goes_takes_its_exchange_with_it)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, GET "\r\n");
    house_accept(&h);
    house_expect(&h, h.backend, "\r\n\r\n");
    ck_assert_uint_eq(h.pool.backends[0].facts->inflight, 1);
    reset(fd);
    house_await_left(&h, 1);
    ck_assert_uint_eq(h.pool.backends[0].facts->inflight, 0);
    ck_assert_int_eq(house_await_end(&h, h.backend), 0);
    house_end(&h);
}

/* ---- Being told ---- */

TEST(nonsense_is_400_and_the_rest_is_not_looked_at)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, "nonsense\r\n\r\n" GET "\r\n");
    house_expect(&h, fd, "HTTP/1.1 400 ");
    house_expect(&h, fd, "Connection: close\r\n");
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    ck_assert_uint_eq(h.counters.n[COUNTER_REQUESTS], 0);
    close(fd);
    house_end(&h);
}

TEST(good_requests_are_answered_before_nonsense_is)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, GET "\r\nnonsense\r\n\r\n");
    house_answer(&h, none);
    house_expect(&h, fd, "204 No\r\n");
    house_expect(&h, fd, "400 ");
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    close(fd);
    house_end(&h);
}

TEST(a_head_that_does_not_come_to_its_end_is_408)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, "GET / HT");
    TURN_UNTIL(h.time.loop, h.lender.lent > 0);
    fake_time_pass(&h.time, 9);
    tell(fd, "TP/1.1\r\n");
    house_look(&h);
    fake_time_pass(&h.time, 2);
    house_expect(&h, fd, "HTTP/1.1 408 ");
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    close(fd);
    house_end(&h);
}

/* What follows the head of the answer, to a request that begins with BEGINNING: "" if it ends. */
static void expect_no_body(const char *beginning, double patience)
{
    struct house h;
    char byte;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, beginning);
    TURN_UNTIL(h.time.loop, h.lender.lent > 0 || h.counters.n[COUNTER_REFUSED] > 0);
    fake_time_pass(&h.time, patience);
    house_expect(&h, fd, "Connection: close\r\n\r\n");
    while (recv(fd, &byte, 1, MSG_DONTWAIT) < 0)
        house_look(&h);
    ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
    close(fd);
    house_end(&h);
}

TEST(who_asks_for_a_head_gets_no_body_whatever_else_he_says)
{
    expect_no_body("HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n", 0);
    expect_no_body("HEAD / HTTP/1.1\r\nHost : a\r\n\r\n", 0);
    expect_no_body("HEAD / HTTP/7.1\r\nHost: a\r\n\r\n", 0);
    expect_no_body("HEAD / HTTP/1.1\r\nHost: a\r\n", 12);
}

/* ---- Draining ---- */

TEST(draining_ends_who_has_no_request)
{
    struct house h;
    int fds[3];

    house_begin(&h);
    for (int i = 0; i < 3; i++)
        fds[i] = house_connect(&h);
    h.env.draining = true;
    clients_drain(&h.clients);
    ck_assert_uint_eq(h.left, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(house_await_end(&h, fds[i]), 0);
        close(fds[i]);
    }
    house_end(&h);
}

TEST(draining_lets_a_request_be_answered)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, GET "\r\n");
    house_accept(&h);
    house_expect(&h, h.backend, "\r\n\r\n");
    h.env.draining = true;
    clients_drain(&h.clients);
    ck_assert_uint_eq(h.left, 0);
    tell(h.backend, none);
    house_expect(&h, fd, "204 No\r\n");
    house_expect(&h, fd, "Connection: close\r\n");
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    close(fd);
    house_end(&h);
}

TEST(draining_lets_a_request_be_answered_that_is_on_its_way)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, GET "\r\n");
    await(h.near);
    h.env.draining = true;
    clients_drain(&h.clients);
    house_answer(&h, none);
    house_expect(&h, fd, "204 No\r\n");
    house_await_left(&h, 1);
    close(fd);
    house_end(&h);
}

TEST(who_comes_while_draining_is_closed_at_once)
{
    struct house h;
    int fd;

    house_begin(&h);
    h.env.draining = true;
    fd = house_connect(&h);
    ck_assert_uint_eq(h.left, 1);
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    close(fd);
    house_end(&h);
}

TEST(the_end_ends_everybody_whatever_he_is_doing)
{
    struct house h;
    int fds[3];

    house_begin(&h);
    for (int i = 0; i < 3; i++)
        fds[i] = house_connect(&h);
    tell(fds[0], GET "\r\n");
    house_accept(&h);
    house_expect(&h, h.backend, "\r\n\r\n");
    tell(fds[1], "nonsense\r\n\r\n");
    house_expect(&h, fds[1], "400 ");
    ck_assert_uint_eq(h.clients.count, 3);
    house_end(&h);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

SUITE(client_end, a_client_that_says_nothing_is_closed_without_a_word,
      the_time_without_a_request_begins_with_the_last_one,
      a_client_that_goes_without_asking_is_forgotten, a_client_that_goes_takes_its_exchange_with_it,
      nonsense_is_400_and_the_rest_is_not_looked_at, good_requests_are_answered_before_nonsense_is,
      a_head_that_does_not_come_to_its_end_is_408,
      who_asks_for_a_head_gets_no_body_whatever_else_he_says, draining_ends_who_has_no_request,
      draining_lets_a_request_be_answered, draining_lets_a_request_be_answered_that_is_on_its_way,
      who_comes_while_draining_is_closed_at_once, the_end_ends_everybody_whatever_he_is_doing);
