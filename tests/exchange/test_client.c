/* Client connections: from one request to the next. */
#include "house.h"
#include "support/test.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

static const char hi[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
static const char none[] = "HTTP/1.1 204 No\r\n\r\n";

TEST(a_request_is_answered_and_its_connection_kept)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    for (int i = 0; i < 3; i++) {
        tell(fd, GET "\r\n");
        house_answer(&h, hi);
        house_expect(&h, fd, "\r\n\r\nhi");
    }
    ck_assert_uint_eq(h.counters.n[COUNTER_REQUESTS], 3);
    ck_assert_uint_eq(h.counters.n[COUNTER_CONNECTIONS], 1);
    ck_assert_uint_eq(h.idle.count, 1);
    close(fd);
    house_await_left(&h, 1);
    house_end(&h);
}

TEST(a_request_may_come_byte_by_byte)
{
    static const char request[] = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    for (size_t i = 0; i < sizeof request - 1; i++) {
        ck_assert_int_eq(send(fd, &request[i], 1, 0), 1);
        house_look(&h);
    }
    house_accept(&h);
    house_expect(&h, h.backend, "\r\n\r\nabc");
    tell(h.backend, hi);
    house_expect(&h, fd, "\r\n\r\nhi");
    close(fd);
    house_end(&h);
}

TEST(requests_that_come_together_are_answered_in_order)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, GET "X: one\r\n\r\n" GET "X: two\r\n\r\n" GET "X: three\r\n\r\n");
    house_accept(&h);
    house_expect(&h, h.backend, "X: one");
    house_expect(&h, h.backend, "\r\n\r\n");
    house_look(&h);
    ck_assert(is_silent(h.backend));
    tell(h.backend, "HTTP/1.1 201 One\r\nContent-Length: 1\r\n\r\n1");
    house_expect(&h, fd, "201 One\r\n");
    house_expect(&h, h.backend, "X: two");
    house_expect(&h, h.backend, "\r\n\r\n");
    tell(h.backend, "HTTP/1.1 202 Two\r\nContent-Length: 0\r\n\r\n");
    house_expect(&h, fd, "202 Two\r\n");
    house_expect(&h, h.backend, "X: three");
    house_expect(&h, h.backend, "\r\n\r\n");
    tell(h.backend, "HTTP/1.1 203 Three\r\nContent-Length: 0\r\n\r\n");
    house_expect(&h, fd, "203 Three\r\n");
    close(fd);
    house_end(&h);
}

TEST(who_wants_to_be_closed_is_closed_behind_the_answer)
{
    static const char *const requests[] = { GET "Connection: close\r\n\r\n",
                                            "GET / HTTP/1.0\r\n\r\n" };

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct house h;
        int fd;

        house_begin(&h);
        fd = house_connect(&h);
        tell(fd, requests[i]);
        house_answer(&h, hi);
        house_expect(&h, fd, "Connection: close\r\n\r\nhi");
        ck_assert_int_eq(house_await_end(&h, fd), 0);
        ck_assert_uint_eq(h.left, 1);
        ck_assert_uint_eq(h.idle.count, 1);
        close(fd);
        house_end(&h);
    }
}

TEST(nothing_is_read_behind_a_request_that_closes)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, GET "Connection: close\r\n\r\n" GET "X: more\r\n\r\n");
    house_answer(&h, none);
    house_expect(&h, fd, "204 No\r\n");
    house_await_left(&h, 1);
    ck_assert_uint_eq(h.counters.n[COUNTER_REQUESTS], 1);
    close(fd);
    house_end(&h);
}

TEST(who_has_closed_his_half_is_answered)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, GET "\r\n");
    shutdown(fd, SHUT_WR);
    house_answer(&h, hi);
    house_expect(&h, fd, "\r\n\r\nhi");
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    close(fd);
    house_end(&h);
}

TEST(a_connection_without_a_request_borrows_nothing)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    ck_assert_uint_eq(h.lender.lent, 0);
    ck_assert(list_is_empty(&h.clients.spares.list));
    tell(fd, GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fd, "\r\n\r\n");
    ck_assert_uint_eq(h.lender.lent, 0);
    ck_assert(!list_is_empty(&h.clients.spares.list));
    close(fd);
    house_end(&h);
}

TEST(a_request_may_take_longer_than_a_connection_is_kept_without_one)
{
    struct house h;
    int fd;

    house_begin(&h);
    h.config.timeouts.idle = 5;
    fd = house_connect(&h);
    for (int i = 0; i < 2; i++) {
        tell(fd, GET "\r\n");
        if (i == 0)
            house_accept(&h);
        house_expect(&h, h.backend, "\r\n\r\n");
        fake_time_pass(&h.time, 20);
        tell(h.backend, none);
        house_expect(&h, fd, "204 No\r\n");
        house_expect(&h, fd, "\r\n\r\n");
    }
    fake_time_pass(&h.time, 4);
    ck_assert_uint_eq(h.left, 0);
    close(fd);
    house_end(&h);
}

TEST(a_request_that_is_meant_for_the_proxy_is_answered_by_it)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
    house_expect(&h, fd, "HTTP/1.1 200 OK\r\n");
    house_expect(&h, fd, "Content-Length: 0\r\n\r\n");
    ck_assert_int_lt(accept(h.listener, NULL, NULL), 0);
    tell(fd, GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fd, "204 No\r\n");
    close(fd);
    house_end(&h);
}

TEST(what_a_request_needs_is_used_for_the_next_one)
{
    struct house h;
    struct list *spare;
    int fd;

    house_begin(&h);
    for (int i = 0; i < 3; i++) {
        fd = house_connect(&h);
        tell(fd, GET "\r\n");
        house_answer(&h, none);
        house_expect(&h, fd, "\r\n\r\n");
        if (i > 0)
            ck_assert_ptr_eq(h.clients.spares.list.next, spare);
        spare = h.clients.spares.list.next;
        ck_assert_ptr_eq(spare->next, &h.clients.spares.list);
        close(fd);
    }
    house_end(&h);
}

TEST(empty_lines_are_no_request)
{
    static const char *const pieces[] = { "\r\n", "\r", "\n", "\r\n\r\n\r\n\r", "\n" };
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            tell(fd, pieces[i]);
            await(h.near);
            house_look(&h);
        }
        ck_assert(list_is_empty(&h.clients.busy));
        ck_assert_uint_eq(h.lender.lent, 0);
        tell(fd, "\r\n" GET "\r\n");
        house_answer(&h, hi);
        house_expect(&h, fd, "\r\n\r\nhi");
    }
    fake_time_pass(&h.time, 59);
    ck_assert_uint_eq(h.left, 0);
    close(fd);
    house_end(&h);
}

TEST(too_many_empty_lines_are_a_request_that_is_none)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    for (int i = 0; i < PARSE_EMPTY_MAX; i++)
        tell(fd, "\r\n");
    tell(fd, GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fd, "204 No\r\n");
    for (int i = 0; i <= PARSE_EMPTY_MAX; i++)
        tell(fd, "\r\n");
    house_expect(&h, fd, "400 ");
    close(fd);
    house_end(&h);
}

TEST(half_an_empty_line_is_no_request_but_what_follows_it_is)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, "\r");
    await(h.near);
    house_look(&h);
    ck_assert(list_is_empty(&h.clients.busy));
    tell(fd, "G");
    house_expect(&h, fd, "400 ");
    close(fd);
    house_end(&h);
}

TEST(only_so_much_is_kept_for_later_requests)
{
    enum { CLIENTS = 300, KEPT = 256 };
    struct house h;
    int fds[CLIENTS];

    house_begin(&h);
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = house_connect(&h);
        tell(fds[i], "G");
        await(h.near);
        house_look(&h);
    }
    ck_assert(list_is_empty(&h.clients.idle));
    for (int i = 0; i < CLIENTS; i++)
        close(fds[i]);
    house_await_left(&h, CLIENTS);
    ck_assert_uint_eq(h.clients.spares.count, KEPT);
    house_end(&h);
}

TEST(several_clients_are_served_at_once)
{
    enum { CLIENTS = 5 };
    struct house h;
    int fds[CLIENTS];
    int backends[CLIENTS];

    house_begin(&h);
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = house_connect(&h);
        tell(fds[i], GET "\r\n");
        house_accept(&h);
        backends[i] = h.backend;
        h.backend = -1;
        house_expect(&h, backends[i], "\r\n\r\n");
    }
    ck_assert_uint_eq(h.clients.count, CLIENTS);
    ck_assert_uint_eq(h.pool.backends[0].facts->inflight, CLIENTS);
    for (int i = CLIENTS - 1; i >= 0; i--) {
        tell(backends[i], none);
        house_expect(&h, fds[i], "204 No\r\n");
        close(backends[i]);
        close(fds[i]);
    }
    house_await_left(&h, CLIENTS);
    house_end(&h);
}

/* Has a client send and get a large body, with as many PIPES as may be, of which some are TAKEN. */
static void check_large_body(unsigned pipes, unsigned taken)
{
    struct pipe *own[2];
    enum { SIZE = 1000000 };
    struct house h;
    char *body = mem_new(SIZE);
    char *back = mem_new(SIZE);
    size_t up = 0;
    size_t echoed = 0;
    size_t down = 0;
    int fd;

    house_begin(&h);
    h.pipes.most = pipes;
    for (unsigned i = 0; i < taken; i++)
        own[i] = pipe_borrow(&h.pipes);
    for (size_t i = 0; i < SIZE; i++)
        body[i] = (char)(i * 7 + i / 251);
    fd = house_connect(&h);
    tell(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    house_accept(&h);
    house_expect(&h, h.backend, "\r\n\r\n");
    tell(h.backend, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    house_expect(&h, fd, "\r\n\r\n");
    while (down < SIZE) {
        ssize_t n = send(fd, body + up, SIZE - up, MSG_DONTWAIT);

        up += n > 0 ? (size_t)n : 0;
        house_look(&h);
        n = recv(h.backend, back, 10000, MSG_DONTWAIT);
        if (n > 0)
            ck_assert_int_eq(send(h.backend, back, (size_t)n, 0), n);
        echoed += n > 0 ? (size_t)n : 0;
        house_look(&h);
        n = recv(fd, back, 50000, MSG_DONTWAIT);
        if (n > 0)
            ck_assert_mem_eq(back, body + down, (size_t)n);
        down += n > 0 ? (size_t)n : 0;
    }
    ck_assert_uint_eq(echoed, SIZE);
    ck_assert_int_eq(h.pipes.idle_count + h.pipes.lent > taken, pipes > taken);
    for (unsigned i = 0; i < taken; i++)
        pipe_give_back(&own[i]);
    mem_free(body);
    mem_free(back);
    close(fd);
    house_end(&h);
}

TEST(a_large_body_passes_both_ways)
{
    check_large_body(0, 0);
}

TEST(a_large_body_passes_both_ways_through_pipes)
{
    check_large_body(2, 0);
}

TEST(who_gets_no_pipe_copies)
{
    check_large_body(1, 1);
}

/* Begins to give a client a large body through a pipe, and gives the client's end. */
static int begin_large_body(struct house *h)
{
    static char part[150000];
    int fd;

    house_begin(h);
    h->pipes.most = 1;
    fd = house_connect(h);
    tell(fd, GET "\r\n");
    house_answer(h, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    house_expect(h, fd, "\r\n\r\n");
    for (size_t sent = 0; sent < sizeof part;) {
        ssize_t n = send(h->backend, part, sizeof part - sent, MSG_DONTWAIT);

        sent += n > 0 ? (size_t)n : 0;
        house_look(h);
    }
    TURN_UNTIL(h->time.loop, h->pipes.idle_count + h->pipes.lent > 0);
    return fd;
}

TEST(a_large_body_that_ends_too_early_is_cut)
{
    struct house h;
    int fd = begin_large_body(&h);

    close(h.backend);
    h.backend = -1;
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    house_await_left(&h, 1);
    close(fd);
    house_end(&h);
}

TEST(a_client_that_goes_in_a_large_body_leaves_nothing_behind)
{
    struct house h;
    int fd = begin_large_body(&h);

    reset(fd);
    house_await_left(&h, 1);
    ck_assert_uint_eq(h.pool.backends[0].facts->inflight, 0);
    ck_assert_uint_eq(h.pipes.lent, 0);
    house_end(&h);
}

/* ---- The backend's connection ---- */

TEST(a_connection_with_something_left_in_it_is_not_used_again)
{
    static const char *const responses[] = {
        "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 Evil\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhidden",
        "HTTP/1.1 204 No\r\nConnection: close\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        struct house h;
        int fd;

        house_begin(&h);
        fd = house_connect(&h);
        tell(fd, GET "\r\n");
        house_answer(&h, responses[i]);
        house_expect(&h, fd, "\r\n\r\n");
        ck_assert_uint_eq(h.idle.count, 0);
        house_await_end(&h, h.backend);
        tell(fd, GET "\r\n");
        house_accept(&h);
        house_answer(&h, hi);
        house_expect(&h, fd, "\r\n\r\nhi");
        close(fd);
        house_end(&h);
    }
}

TEST(a_kept_connection_that_has_died_is_replaced_unnoticed)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fd, "204 No\r\n");
    close(h.backend);
    h.backend = -1;
    tell(fd, GET "\r\n");
    house_answer(&h, hi);
    house_expect(&h, fd, "\r\n\r\nhi");
    close(fd);
    house_end(&h);
}

SUITE(client, a_request_is_answered_and_its_connection_kept, a_request_may_come_byte_by_byte,
      requests_that_come_together_are_answered_in_order,
      who_wants_to_be_closed_is_closed_behind_the_answer,
      nothing_is_read_behind_a_request_that_closes, who_has_closed_his_half_is_answered,
      a_connection_without_a_request_borrows_nothing,
      a_request_may_take_longer_than_a_connection_is_kept_without_one,
      a_request_that_is_meant_for_the_proxy_is_answered_by_it,
      what_a_request_needs_is_used_for_the_next_one, empty_lines_are_no_request,
      too_many_empty_lines_are_a_request_that_is_none,
      half_an_empty_line_is_no_request_but_what_follows_it_is,
      only_so_much_is_kept_for_later_requests, several_clients_are_served_at_once,
      a_large_body_passes_both_ways, a_large_body_passes_both_ways_through_pipes,
      who_gets_no_pipe_copies, a_large_body_that_ends_too_early_is_cut,
      a_client_that_goes_in_a_large_body_leaves_nothing_behind,
      a_connection_with_something_left_in_it_is_not_used_again,
      a_kept_connection_that_has_died_is_replaced_unnoticed);
