/* Client connections: how they end when somebody has not finished. */
#include "house.h"
#include "support/test.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

static const char none[] = "HTTP/1.1 204 No\r\n\r\n";

/* ---- Lingering ---- */

/* Has the client get an answer before it has sent all of its request. */
static int begin_lingering(struct house *h)
{
    int fd;

    house_begin(h);
    fd = house_connect(h);
    tell(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\nbeginning");
    house_answer(h, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    house_expect(h, fd, "403 No\r\n");
    house_expect(h, fd, "Connection: close\r\n");
    ck_assert_int_eq(house_await_end(h, fd), 0);
    return fd;
}

TEST(who_is_still_sending_may_do_so_and_is_not_reset)
{
    static char more[100000];
    struct house h;
    int fd = begin_lingering(&h);

    for (size_t sent = 0; sent < 10 * sizeof more;) {
        ssize_t n = send(fd, more, sizeof more, MSG_DONTWAIT | MSG_NOSIGNAL);

        ck_assert(n > 0 || errno == EAGAIN);
        sent += n > 0 ? (size_t)n : 0;
        house_look(&h);
    }
    ck_assert_uint_eq(h.left, 0);
    close(fd);
    house_await_left(&h, 1);
    ck_assert_uint_eq(h.counters.n[COUNTER_REQUESTS], 1);
    house_end(&h);
}

TEST(who_is_still_sending_may_not_do_so_for_ever)
{
    struct house h;
    int fd = begin_lingering(&h);

    fake_time_pass(&h.time, 1);
    tell(fd, "more");
    house_look(&h);
    ck_assert_uint_eq(h.left, 0);
    fake_time_pass(&h.time, 1.5);
    ck_assert_uint_eq(h.left, 1);
    close(fd);
    house_end(&h);
}

/* ---- Cutting ---- */

/* Has the backend break off in the middle of RESPONSE. Gives how the client, who has sent REQUEST,
 * hears of it: an error number, or 0 for a proper end. */
static int break_off(const char *request, const char *response)
{
    struct house h;
    int number;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, request);
    house_answer(&h, response);
    house_expect(&h, fd, "\r\n\r\n");
    house_expect(&h, fd, "half");
    close(h.backend);
    h.backend = -1;
    number = house_await_end(&h, fd);
    house_await_left(&h, 1);
    close(fd);
    house_end(&h);
    return number;
}

TEST(a_client_that_counts_is_closed_before_it_has_all)
{
    ck_assert_int_eq(break_off(GET "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), 0);
    ck_assert_int_eq(
        break_off(GET "\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf"), 0);
}

TEST(a_client_that_takes_the_close_for_the_end_is_reset)
{
    ck_assert_int_eq(break_off("GET / HTTP/1.0\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf"),
                     ECONNRESET);
}

/* ---- Closing ---- */

enum { RESPONSE = 300000 };

#define LAST    GET "Connection: close\r\n\r\n"
#define ENDLESS "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\nbeginning"

/* Has the client FD send REQUEST, be answered with RESPONSE bytes, and read so little that some of
 * them are still kept when the exchange is over. Gives how many are left to be read. */
static size_t begin_closing(struct house *h, int fd, const char *request)
{
    static char body[RESPONSE];
    int small = 4608;
    size_t sent = 0;
    size_t got = 0;

    setsockopt(h->near, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    tell(fd, request);
    house_answer(h, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n");
    house_expect(h, fd, "\r\n\r\n");
    while (h->pool.backends[0].facts->inflight > 0) {
        ssize_t n = send(h->backend, body, RESPONSE - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        sent += n > 0 ? (size_t)n : 0;
        house_look(h);
        n = recv(fd, body, 500, MSG_DONTWAIT);
        got += n > 0 ? (size_t)n : 0;
    }
    ck_assert_uint_eq(h->left, 0);
    ck_assert_uint_lt(got, RESPONSE);
    return RESPONSE - got;
}

/* Has the client FD read SIZE bytes. */
static void fetch(struct house *h, int fd, size_t size)
{
    static char bytes[RESPONSE];

    while (size > 0) {
        ssize_t n = recv(fd, bytes, size, MSG_DONTWAIT);

        ck_assert(n > 0 || (n < 0 && errno == EAGAIN));
        size -= n > 0 ? (size_t)n : 0;
        house_look(h);
    }
}

TEST(a_client_gets_all_of_its_response_before_it_is_closed)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    fetch(&h, fd, begin_closing(&h, fd, LAST));
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    house_await_left(&h, 1);
    close(fd);
    house_end(&h);
}

TEST(a_client_gets_all_of_its_response_even_if_it_stops_asking)
{
    struct house h;
    size_t missing;
    int fd;

    house_begin(&h);
    fd = house_connect_narrowly(&h);
    missing = begin_closing(&h, fd, ENDLESS);
    shutdown(fd, SHUT_WR);
    fetch(&h, fd, missing);
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    house_await_left(&h, 1);
    close(fd);
    house_end(&h);
}

TEST(a_client_that_fetches_its_response_slowly_has_the_time_for_it)
{
    static const char *const requests[] = { LAST, ENDLESS };

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct house h;
        size_t missing;
        int fd;

        house_begin(&h);
        fd = house_connect_narrowly(&h);
        missing = begin_closing(&h, fd, requests[i]);
        for (int part = 0; part < 5; part++) {
            fetch(&h, fd, 10000);
            missing -= 10000;
            fake_time_pass(&h.time, 20);
            ck_assert_uint_eq(h.left, 0);
        }
        fetch(&h, fd, missing);
        ck_assert_int_eq(house_await_end(&h, fd), 0);
        close(fd);
        house_await_left(&h, 1);
        house_end(&h);
    }
}

TEST(a_client_that_does_not_fetch_its_response_is_given_up_so_that_it_can_tell)
{
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    begin_closing(&h, fd, LAST);
    fake_time_pass(&h.time, 29);
    ck_assert_uint_eq(h.left, 0);
    fake_time_pass(&h.time, 2);  /* it may have taken the last of it in this time, */
    fake_time_pass(&h.time, 31); /* but not in this */
    ck_assert_uint_eq(h.left, 1);
    ck_assert_int_eq(house_await_end(&h, fd), ECONNRESET);
    close(fd);
    house_end(&h);
}

TEST(who_has_sent_more_than_was_read_is_not_reset)
{
    static char more[200000];
    struct house h;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    tell(fd, GET "Connection: close\r\n\r\n");
    house_accept(&h);
    house_expect(&h, h.backend, "\r\n\r\n");
    for (size_t sent = 0; sent < sizeof more;) {
        ssize_t n = send(fd, more + sent, sizeof more - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n <= 0)
            break;
        sent += (size_t)n;
        house_look(&h);
    }
    tell(h.backend, none);
    house_expect(&h, fd, "204 No\r\n");
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    ck_assert_uint_eq(h.left, 0);
    close(fd);
    house_await_left(&h, 1);
    house_end(&h);
}

TEST(who_sends_more_before_it_has_taken_its_response_is_not_reset)
{
    static char body[30000];
    struct house h;
    int small = 4096;
    int fd;

    house_begin(&h);
    fd = house_connect(&h);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    tell(fd, LAST);
    house_answer(&h, "HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n");
    ck_assert_int_eq(send(h.backend, body, sizeof body, MSG_NOSIGNAL), sizeof body);
    while (h.pool.backends[0].facts->inflight > 0)
        house_look(&h);
    tell(fd, GET "\r\n");
    house_look(&h);
    house_expect(&h, fd, "\r\n\r\n");
    fetch(&h, fd, sizeof body);
    ck_assert_int_eq(house_await_end(&h, fd), 0);
    close(fd);
    house_await_left(&h, 1);
    ck_assert_uint_eq(h.counters.n[COUNTER_REQUESTS], 1);
    house_end(&h);
}

SUITE(client_close, who_is_still_sending_may_do_so_and_is_not_reset,
      who_is_still_sending_may_not_do_so_for_ever, a_client_that_counts_is_closed_before_it_has_all,
      a_client_that_takes_the_close_for_the_end_is_reset,
      a_client_gets_all_of_its_response_before_it_is_closed,
      a_client_gets_all_of_its_response_even_if_it_stops_asking,
      a_client_that_fetches_its_response_slowly_has_the_time_for_it,
      a_client_that_does_not_fetch_its_response_is_given_up_so_that_it_can_tell,
      who_has_sent_more_than_was_read_is_not_reset,
      who_sends_more_before_it_has_taken_its_response_is_not_reset);
