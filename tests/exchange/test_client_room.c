/* Client connections: who is idle, and makes room for others; who has had enough. */
#include "house.h"
#include "net/heard.h"
#include "support/test.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

static const char none[] = "HTTP/1.1 204 No\r\n\r\n";

/* Three clients of which the second is busy; the first has waited longest. */
static void seat_three(struct house *h, int fds[3])
{
    house_begin(h);
    for (int i = 0; i < 3; i++) {
        fds[i] = house_connect(h);
        fake_time_pass(&h->time, 1);
    }
    tell(fds[1], GET "\r\n");
    house_accept(h);
    house_expect(h, h->backend, "\r\n\r\n");
}

static void leave(struct house *h, const int fds[3])
{
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    house_end(h);
}

TEST(who_has_been_idle_longest_makes_room_and_nobody_who_is_busy)
{
    struct house h;
    int fds[3];

    seat_three(&h, fds);
    fake_time_pass(&h.time, 2);
    ck_assert(clients_make_place(&h.clients));
    ck_assert_int_eq(house_await_end(&h, fds[0]), 0);
    ck_assert(is_silent(fds[2]));
    ck_assert(clients_make_place(&h.clients));
    ck_assert_int_eq(house_await_end(&h, fds[2]), 0);
    ck_assert(!clients_make_place(&h.clients));
    tell(h.backend, none);
    house_expect(&h, fds[1], "204 No\r\n");
    leave(&h, fds);
}

TEST(who_has_just_come_need_not_make_room)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    fake_time_pass(&h.time, 0.5);
    ck_assert(!clients_make_place(&h.clients));
    fake_time_pass(&h.time, 0.6);
    ck_assert(clients_make_place(&h.clients));
    close(fd);
    house_end(&h);
}

TEST(who_has_not_taken_its_answer_need_not_make_room)
{
    static char body[30000];
    struct house h;
    int small = 4096;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    tell(fd, GET "\r\n");
    house_answer(&h, "HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n");
    ck_assert_int_eq(send(h.backend, body, sizeof body, MSG_NOSIGNAL), sizeof body);
    TURN_UNTIL(h.time.loop, !list_is_empty(&h.clients.idle));
    fake_time_pass(&h.time, 2);
    ck_assert(!clients_make_place(&h.clients));
    house_expect(&h, fd, "\r\n\r\n");
    ck_assert_int_eq(recv(fd, body, sizeof body, MSG_WAITALL), sizeof body);
    TURN_UNTIL(h.time.loop, clients_make_place(&h.clients));
    close(fd);
    house_end(&h);
}

TEST(how_long_one_has_been_idle_does_not_depend_on_what_a_reload_says)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    fake_time_pass(&h.time, 0.5);
    h.config.timeouts.idle = 600;
    ck_assert(!clients_make_place(&h.clients));
    h.config.timeouts.idle = 5;
    fake_time_pass(&h.time, 0.6);
    ck_assert(clients_make_place(&h.clients));
    close(fd);
    house_end(&h);
}

TEST(who_has_just_asked_need_not_make_room)
{
    struct house h;
    int fds[2];

    house_begin(&h);
    fds[0] = house_connect(&h);
    tell(fds[0], GET "\r\n");
    await(h.near);
    fds[1] = house_connect(&h);
    h.time.clock.now += 2;
    ck_assert(clients_make_place(&h.clients));
    ck_assert_int_eq(house_await_end(&h, fds[1]), 0);
    ck_assert_uint_eq(h.left, 1);
    close(fds[0]);
    close(fds[1]);
    house_end(&h);
}

/* Has a client that reads nothing be given an answer of which something is left with us. Gives its
 * end. */
static int leave_something(struct house *h)
{
    static char body[60000];
    int fd;

    house_begin(h);
    fd = house_connect_narrowly(h);
    tell(fd, GET "\r\n");
    house_answer(h, "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
    ck_assert_int_eq(send(h->backend, body, sizeof body, 0), sizeof body);
    TURN_UNTIL(h->time.loop, h->pool.backends[0].facts->inflight == 0);
    ck_assert(list_is_empty(&h->clients.idle));
    ck_assert_uint_eq(h->clients.count, 1);
    return fd;
}

TEST(a_client_whose_answer_has_not_left_is_not_idle_and_is_given_up_like_any_that_stalls)
{
    struct house h;
    int fd = leave_something(&h);

    fake_time_pass(&h.time, 29);
    ck_assert(!clients_make_place(&h.clients));
    ck_assert_uint_eq(h.left, 0);
    fake_time_pass(&h.time, 33);
    ck_assert_uint_eq(h.left, 1);
    close(fd);
    house_end(&h);
}

TEST(a_client_is_idle_as_soon_as_its_answer_has_left)
{
    static char body[60100];
    struct house h;
    int fd = leave_something(&h);

    for (size_t got = 0; got < 60000;) {
        ssize_t n = recv(fd, body, sizeof body, MSG_DONTWAIT);

        got += n > 0 ? (size_t)n : 0;
        house_look(&h);
    }
    TURN_UNTIL(h.time.loop, !list_is_empty(&h.clients.idle));
    fake_time_pass(&h.time, 59);
    ck_assert_uint_eq(h.left, 0);
    tell(fd, GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fd, "204 No\r\n");
    close(fd);
    house_end(&h);
}

TEST(a_client_may_ask_again_before_its_answer_has_left)
{
    struct house h;
    int fd = leave_something(&h);

    tell(fd, GET "X: second\r\n\r\n");
    house_expect(&h, h.backend, "X: second\r\n");
    close(fd);
    house_end(&h);
}

TEST(nobody_is_kept_behind_his_answer_while_others_wait)
{
    struct house h;
    int fd;

    house_begin(&h);
    h.env.crowded = true;
    fd = house_connect(&h);
    tell(fd, GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fd, "Connection: close\r\n\r\n");
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    close(fd);
    house_end(&h);
}

/* ---- Too slow ---- */

/* Has COUNT bytes of what is left taken at FD, and lets SECONDS pass. */
static void sip(struct house *h, int fd, size_t count, double seconds)
{
    static char bytes[65536];

    while (count > 0) {
        ssize_t n = recv(fd, bytes, count, MSG_DONTWAIT);

        count -= n > 0 ? (size_t)n : 0;
        house_look(h);
    }
    fake_time_pass(&h->time, seconds);
}

TEST(a_client_that_takes_the_rest_of_its_answer_too_slowly_is_given_up)
{
    struct house h;
    int fd = leave_something(&h);

    h.config.limits.read_rate = 1000;
    sip(&h, fd, 4000, 29);
    ck_assert_uint_eq(h.left, 0);
    for (int i = 0; i < 20 && h.left == 0; i++)
        sip(&h, fd, 100, 2);
    ck_assert_uint_eq(h.left, 1);
    close(fd);
    house_end(&h);
}

TEST(a_client_that_takes_the_rest_of_its_answer_fast_enough_gets_it)
{
    struct house h;
    int fd = leave_something(&h);

    h.config.limits.read_rate = 100;
    for (int i = 0; i < 10; i++)
        sip(&h, fd, 5000, 29);
    ck_assert_uint_eq(h.left, 0);
    close(fd);
    house_end(&h);
}

/* ---- Often enough ---- */

TEST(a_connection_ends_with_the_last_request_that_it_may_have)
{
    struct heard heard;
    struct house h;
    int fd;

    heard_begin(&heard);
    house_begin(&h);
    h.config.limits.requests = 3;
    fd = house_connect(&h);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(heard_times(&heard, "limits.requests reached"), 0);
        tell(fd, GET "\r\n");
        house_answer(&h, none);
        house_expect(&h, fd, i < 2 ? "204 No\r\nVia: 1.1 luaproxy\r\n" : "Connection: close\r\n");
    }
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    ck_assert_uint_eq(heard_times(&heard, "info   limits.requests reached: the connection of"), 1);
    close(fd);
    house_end(&h);
    heard_end(&heard);
}

SUITE(client_room, a_client_that_takes_the_rest_of_its_answer_too_slowly_is_given_up,
      a_client_that_takes_the_rest_of_its_answer_fast_enough_gets_it,
      a_connection_ends_with_the_last_request_that_it_may_have,
      who_has_been_idle_longest_makes_room_and_nobody_who_is_busy,
      who_has_just_come_need_not_make_room, who_has_not_taken_its_answer_need_not_make_room,
      how_long_one_has_been_idle_does_not_depend_on_what_a_reload_says,
      who_has_just_asked_need_not_make_room,
      a_client_whose_answer_has_not_left_is_not_idle_and_is_given_up_like_any_that_stalls,
      a_client_is_idle_as_soon_as_its_answer_has_left,
      a_client_may_ask_again_before_its_answer_has_left,
      nobody_is_kept_behind_his_answer_while_others_wait);
