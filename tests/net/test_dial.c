/* Starting a connection. */
#include "kernel.h"
#include "sockets.h"
#include "support/test.h"

#include "net/dial.h"

#include <netinet/tcp.h>

static int option_of(int fd, int level, int name)
{
    int value = 0;
    socklen_t size = sizeof value;

    ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

/* Waits until the connection FD is made or has failed, and gives the error number. */
static int outcome(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };

    ck_assert_int_eq(poll(&p, 1, -1), 1);
    return option_of(fd, SOL_SOCKET, SO_ERROR);
}

TEST(a_connection_is_under_way_at_once)
{
    struct addr at;
    int listener = listen_somewhere(&at);
    bool connecting = false;
    int fd = -1;
    int far;

    ck_assert_int_eq(dial(&at, &fd, &connecting), OK);
    if (connecting)
        ck_assert_int_eq(outcome(fd), 0);
    far = accept(listener, NULL, NULL);
    tell(far, "x");
    await(fd);
    close(far);
    close(fd);
    close(listener);
}

TEST(a_connection_neither_blocks_nor_delays_nor_is_inherited)
{
    struct addr at;
    int listener = listen_somewhere(&at);
    bool connecting;
    int fd;

    ck_assert_int_eq(dial(&at, &fd, &connecting), OK);
    ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
    ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    ck_assert_int_ne(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 0);
    close(fd);
    close(listener);
}

TEST(a_refusal_is_heard_in_the_end)
{
    struct addr at = nowhere();
    bool connecting;
    int fd;

    ck_assert_int_eq(dial(&at, &fd, &connecting), OK);
    ck_assert(connecting);
    ck_assert_int_eq(outcome(fd), ECONNREFUSED);
    close(fd);
}

TEST(who_cannot_be_reached_leaves_nothing_open)
{
    struct addr everybody = { .v4 = { .sin_family = AF_INET, .sin_port = htons(80) } };
    int free_before = lowest_free();
    bool connecting;
    int fd;

    everybody.v4.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    ck_assert_int_eq(dial(&everybody, &fd, &connecting), ERR_UNREACHABLE);
    ck_assert_int_eq(lowest_free(), free_before);
}

TEST(running_out_of_descriptors_says_so)
{
    struct addr at = nowhere();
    bool connecting;
    int fd;

    allow_descriptors(0);
    ck_assert_int_eq(dial(&at, &fd, &connecting), ERR_EXHAUSTED);
    allow_descriptors(1);
    ck_assert_int_eq(dial(&at, &fd, &connecting), OK);
    close(fd);
}

TEST(running_out_of_ports_says_so)
{
    struct addr at = nowhere();
    int free_before = lowest_free();
    bool connecting;
    int fd;

    kernel.no_way = EADDRNOTAVAIL;
    kernel.dials = 1;
    ck_assert_int_eq(dial(&at, &fd, &connecting), ERR_PORTS);
    ck_assert_int_eq(lowest_free(), free_before);
    ck_assert_int_eq(dial(&at, &fd, &connecting), OK);
    close(fd);
}

TEST(who_cannot_be_reached_from_any_address_here_has_not_taken_our_ports)
{
    struct addr at = nowhere();
    int free_before = lowest_free();
    bool connecting;
    int fd;

    kernel.no_way = EADDRNOTAVAIL;
    kernel.dials = 2;
    ck_assert_int_eq(dial(&at, &fd, &connecting), ERR_UNREACHABLE);
    ck_assert_int_eq(lowest_free(), free_before);
}

SUITE(dial, a_connection_is_under_way_at_once,
      a_connection_neither_blocks_nor_delays_nor_is_inherited, a_refusal_is_heard_in_the_end,
      who_cannot_be_reached_leaves_nothing_open, running_out_of_descriptors_says_so,
      running_out_of_ports_says_so,
      who_cannot_be_reached_from_any_address_here_has_not_taken_our_ports);
