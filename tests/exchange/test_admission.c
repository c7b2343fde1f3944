/* Whether a client is let in: how many connections its address has. */
#include "house.h"
#include "net/heard.h"
#include "support/test.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"

static const char none[] = "HTTP/1.1 204 No\r\n\r\n";

TEST(one_more_than_an_address_may_have_is_turned_away_unheard)
{
    struct heard heard;
    struct house h;
    int fds[3];

    heard_begin(&heard);
    house_begin(&h);
    h.config.limits.per_address = 2;
    for (int i = 0; i < 3; i++)
        fds[i] = house_connect(&h);
    house_expect(&h, fds[2], "HTTP/1.1 429 Too Many Requests\r\n");
    house_expect(&h, fds[2], "Retry-After: 1\r\n");
    house_expect(&h, fds[2], "Connection: close\r\n");
    house_expect(&h, fds[2], "429 Too Many Requests\n");
    tell(fds[2], GET "\r\n");
    ck_assert_int_eq(house_await_end(&h, fds[2]), 0);
    close(fds[2]);
    house_await_left(&h, 1);
    tell(fds[0], GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fds[0], "204 No\r\n");
    ck_assert_uint_eq(heard_times(&heard, "429, limits.per_address reached\n"), 1);
    ck_assert_uint_eq(h.counters.n[COUNTER_REFUSED], 1);
    close(fds[0]);
    close(fds[1]);
    house_end(&h);
    heard_end(&heard);
}

TEST(who_leaves_makes_room_at_his_address)
{
    struct house h;
    int fds[2];

    house_begin(&h);
    h.config.limits.per_address = 1;
    fds[0] = house_connect(&h);
    close(fds[0]);
    house_await_left(&h, 1);
    fds[1] = house_connect(&h);
    tell(fds[1], GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fds[1], "204 No\r\n");
    close(fds[1]);
    house_end(&h);
}

TEST(who_is_turned_away_and_does_not_go_is_closed_soon)
{
    struct house h;
    int fds[2];

    house_begin(&h);
    h.config.limits.per_address = 1;
    for (int i = 0; i < 2; i++)
        fds[i] = house_connect(&h);
    house_look(&h);
    ck_assert_uint_eq(h.left, 0);
    fake_time_pass(&h.time, 2.1); /* the kernel may have got rid of the answer in this time, */
    fake_time_pass(&h.time, 2.1); /* but not in this */
    ck_assert_uint_eq(h.left, 1);
    close(fds[0]);
    close(fds[1]);
    house_end(&h);
}

TEST(a_flood_of_those_who_are_turned_away_holds_no_connections)
{
    enum { FLOOD = 50 };
    struct house h;
    int fds[FLOOD];

    house_begin(&h);
    h.config.limits.per_address = 3;
    for (int i = 0; i < FLOOD; i++)
        fds[i] = house_connect(&h);
    ck_assert_uint_eq(h.clients.count, 6);
    house_expect(&h, fds[FLOOD - 1], "HTTP/1.1 429 ");
    ck_assert_int_eq(house_await_end(&h, fds[FLOOD - 1]), 0);
    for (int i = 0; i < FLOOD; i++)
        close(fds[i]);
    house_end(&h);
}

TEST(who_is_trusted_may_have_any_number)
{
    struct house h;
    struct net net;
    int fds[5];

    house_begin(&h);
    h.config.limits.per_address = 1;
    ck_assert_int_eq(net_read(&net, SPAN("127.0.0.0/8")), OK);
    config_add_trusted(&h.config, &net);
    for (int i = 0; i < 5; i++)
        fds[i] = house_connect(&h);
    tell(fds[4], GET "\r\n");
    house_answer(&h, none);
    house_expect(&h, fds[4], "204 No\r\n");
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    house_end(&h);
}

SUITE(admission, one_more_than_an_address_may_have_is_turned_away_unheard,
      who_leaves_makes_room_at_his_address, who_is_turned_away_and_does_not_go_is_closed_soon,
      a_flood_of_those_who_are_turned_away_holds_no_connections,
      who_is_trusted_may_have_any_number);
