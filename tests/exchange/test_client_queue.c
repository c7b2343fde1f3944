/* Client connections whose requests wait for a backend. */
#include "house.h"
#include "support/test.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static const char none[] = "HTTP/1.1 204 No\r\n\r\n";

/* A house whose backend takes one request at a time, and has one, of the first of COUNT clients;
 * the others wait. */
static void begin(struct house *h, int fds[], unsigned count)
{
    house_begin(h);
    h->pool.backends[0].cap = 1;
    h->pool.backends[0].facts->cap = 1;
    for (unsigned i = 0; i < count; i++) {
        fds[i] = house_connect(h);
        tell(fds[i], GET);
        if (i == 0)
            house_accept(h);
        TURN_UNTIL(h->time.loop, h->pool.line.count == i);
    }
    ck_assert_uint_eq(h->pool.backends[0].facts->inflight, 1);
    ck_assert_uint_eq(h->counters.n[COUNTER_QUEUED], count - 1);
}

static void end(struct house *h, const int fds[], unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    house_end(h);
}

TEST(who_waits_is_served_when_the_one_before_has_its_response)
{
    struct house h;
    int fds[3];

    begin(&h, fds, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(h.pool.line.count, 2u - (unsigned)i);
        house_answer(&h, none);
        house_expect(&h, fds[i], "204 No\r\n");
        house_look(&h);
    }
    ck_assert_uint_eq(h.pool.backends[0].facts->inflight, 0);
    end(&h, fds, 3);
}

TEST(a_client_that_asks_again_comes_behind_those_who_wait)
{
    struct house h;
    int fds[2];

    begin(&h, fds, 2);
    tell(fds[0], GET);
    house_answer(&h, none);
    house_expect(&h, fds[0], "204 No\r\n");
    house_answer(&h, none);
    house_expect(&h, fds[1], "204 No\r\n");
    house_answer(&h, none);
    house_expect(&h, fds[0], "204 No\r\n");
    ck_assert_uint_eq(h.counters.n[COUNTER_QUEUED], 2);
    end(&h, fds, 2);
}

TEST(a_client_that_resets_its_connection_leaves_the_queue)
{
    struct house h;
    int fds[3];

    begin(&h, fds, 3);
    reset(fds[1]);
    house_await_left(&h, 1);
    ck_assert_uint_eq(h.pool.line.count, 1);
    house_answer(&h, none);
    house_expect(&h, fds[0], "204 No\r\n");
    house_answer(&h, none);
    house_expect(&h, fds[2], "204 No\r\n");
    fds[1] = fds[2];
    end(&h, fds, 2);
}

TEST(when_the_house_is_closed_nobody_is_called_any_more)
{
    struct house h;
    int fds[3];

    begin(&h, fds, 3);
    end(&h, fds, 3);
}

TEST(a_full_queue_says_when_to_come_again)
{
    struct house h;
    int fds[2];

    begin(&h, fds, 1);
    h.config.pools[0].pending = 0;
    fds[1] = house_connect(&h);
    tell(fds[1], GET);
    house_expect(&h, fds[1], "\r\nRetry-After: 1\r\n");
    end(&h, fds, 2);
}

TEST(who_has_waited_too_long_hears_when_to_come_again)
{
    struct house h;
    int fds[2];

    begin(&h, fds, 2);
    fake_time_pass(&h.time, h.config.pools[0].timeouts.queue + 1);
    house_expect(&h, fds[1], "\r\nRetry-After: 1\r\n");
    ck_assert_uint_eq(h.pool.line.count, 0);
    end(&h, fds, 2);
}

SUITE(client_queue, who_waits_is_served_when_the_one_before_has_its_response,
      a_client_that_asks_again_comes_behind_those_who_wait,
      a_client_that_resets_its_connection_leaves_the_queue,
      when_the_house_is_closed_nobody_is_called_any_more, a_full_queue_says_when_to_come_again,
      who_has_waited_too_long_hears_when_to_come_again);
