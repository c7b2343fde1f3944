/* Client connections: those that have become tunnels. */
#include "house.h"
#include "support/test.h"

#define ASK   "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
#define AGREE "HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"

/* A client at FD, with a tunnel to the backend. */
static void begin(struct house *h, int fd)
{
    tell(fd, ASK);
    house_answer(h, AGREE);
    house_expect(h, fd, "Upgrade: websocket\r\n\r\n");
    ck_assert_uint_eq(h->pool.backends[0].facts->inflight, 1);
}

/* Has the lease ended, as has the connection of the client? */
static bool is_over(const struct house *h)
{
    return h->left == 1 && h->pool.backends[0].facts->inflight == 0 && h->idle.count == 0;
}

TEST(a_tunnel_passes_on_what_comes_and_ends_when_both_have_ended)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    begin(&h, fd);
    tell(fd, "up");
    house_expect(&h, h.backend, "up");
    shutdown(fd, SHUT_WR);
    ck_assert_int_eq(house_await_end(&h, h.backend), 0);
    ck_assert(!is_over(&h));
    tell(h.backend, "down");
    house_expect(&h, fd, "down");
    shutdown(h.backend, SHUT_WR);
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    ck_assert(is_over(&h));
    close(fd);
    house_end(&h);
}

TEST(who_is_reset_resets_the_other)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    begin(&h, fd);
    reset(fd);
    ck_assert_int_eq(house_await_end(&h, h.backend), ECONNRESET);
    ck_assert(is_over(&h));
    house_end(&h);

    house_begin(&h);
    fd = house_connect(&h);
    begin(&h, fd);
    reset(h.backend);
    h.backend = -1;
    ck_assert_int_eq(house_await_end(&h, fd), ECONNRESET);
    ck_assert(is_over(&h));
    close(fd);
    house_end(&h);
}

TEST(what_was_said_before_a_reset_is_heard)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    begin(&h, fd);
    tell(fd, "last words");
    reset(fd);
    house_expect(&h, h.backend, "last words");
    ck_assert_int_eq(house_await_end(&h, h.backend), ECONNRESET);
    house_end(&h);
}

TEST(a_tunnel_in_which_nothing_moves_is_closed_at_both_ends)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    begin(&h, fd);
    fake_time_pass(&h.time, 3599);
    ck_assert(!is_over(&h));
    fake_time_pass(&h.time, 2);
    ck_assert(is_over(&h));
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    ck_assert_int_eq(house_await_end(&h, h.backend), 0);
    close(fd);
    house_end(&h);
}

TEST(who_takes_nothing_is_told_that_something_is_missing)
{
    struct house h;
    static char much[200000];
    int small = 4608;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    ck_assert_int_eq(setsockopt(h.near, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    begin(&h, fd);
    memset(much, 'x', sizeof much - 1);
    tell(h.backend, much);
    for (int i = 0; i < 100; i++)
        house_look(&h);
    fake_time_pass(&h.time, 3700);
    fake_time_pass(&h.time, 3700);
    ck_assert(is_over(&h));
    ck_assert_int_eq(house_await_end(&h, fd), ECONNRESET);
    close(fd);
    house_end(&h);
}

TEST(a_tunnel_that_is_ended_from_outside_looks_incomplete_to_both)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    begin(&h, fd);
    clients_fini(&h.clients);
    ck_assert(is_over(&h));
    ck_assert_int_eq(house_await_end(&h, fd), ECONNRESET);
    ck_assert_int_eq(house_await_end(&h, h.backend), ECONNRESET);
    close(fd);
    house_end(&h);
}

TEST(behind_a_connect_that_has_failed_nothing_is_read_as_a_request)
{
    struct house h;
    int fd;

    house_begin(&h);
    h.config.allow.connect = true;
    fd = house_connect(&h);
    tell(fd, "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    house_answer(&h, "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
    house_expect(&h, fd, "Connection: close\r\n\r\nno");
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    ck_assert_uint_eq(h.counters.n[COUNTER_REQUESTS], 1);
    close(fd);
    house_end(&h);
}

SUITE(client_tunnel, a_tunnel_passes_on_what_comes_and_ends_when_both_have_ended,
      who_is_reset_resets_the_other, what_was_said_before_a_reset_is_heard,
      a_tunnel_in_which_nothing_moves_is_closed_at_both_ends,
      who_takes_nothing_is_told_that_something_is_missing,
      a_tunnel_that_is_ended_from_outside_looks_incomplete_to_both,
      behind_a_connect_that_has_failed_nothing_is_read_as_a_request);
