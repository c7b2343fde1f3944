/* Connections within the machine. Ports come from the system. */
#ifndef TESTS_NET_SOCKETS_H
#define TESTS_NET_SOCKETS_H

#include "base/addr.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Runs LOOP until CONDITION holds; a test that waits in vain is ended by its time limit. */
#define TURN_UNTIL(loop, condition)                                                                \
    do {                                                                                           \
        while (!(condition))                                                                       \
            ev_run(loop, EVRUN_ONCE);                                                              \
    } while (0)

/* 127.0.0.1 with any port. */
static inline struct addr loopback(void)
{
    return (struct addr){ .v4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } } };
}

/* A blocking socket that listens at *AT, which is set. */
static inline int listen_somewhere(struct addr *at)
{
    socklen_t size = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *at = loopback();
    ck_assert_int_eq(bind(fd, &at->any, addr_len(at)), 0);
    ck_assert_int_eq(listen(fd, 64), 0);
    ck_assert_int_eq(getsockname(fd, &at->any, &size), 0);
    return fd;
}

/* A socket that holds *AT, which is set, so that nobody else gets it; it does not listen itself. */
static inline int hold_somewhere(struct addr *at)
{
    int yes = 1;
    socklen_t size = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *at = loopback();
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    ck_assert_int_eq(bind(fd, &at->any, addr_len(at)), 0);
    ck_assert_int_eq(getsockname(fd, &at->any, &size), 0);
    return fd;
}

/* A blocking socket that listens at AT, which is held. */
static inline int listen_at(const struct addr *at)
{
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    ck_assert_int_eq(bind(fd, &at->any, addr_len(at)), 0);
    ck_assert_int_eq(listen(fd, 64), 0);
    return fd;
}

/* An address at which nobody listens; it is held as long as the process lasts. */
static inline struct addr nowhere(void)
{
    struct addr at;

    hold_somewhere(&at);
    return at;
}

/* A blocking socket connected to AT. */
static inline int connect_to(const struct addr *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(connect(fd, &at->any, addr_len(at)), 0);
    return fd;
}

static inline void set_nonblocking(int fd)
{
    ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

/* Both ends of a TCP connection: NEAR does not block, FAR does. */
static inline void connect_pair(int *near, int *far)
{
    struct addr at;
    int fd = listen_somewhere(&at);

    *far = connect_to(&at);
    *near = accept(fd, NULL, NULL);
    ck_assert_int_ge(*near, 0);
    set_nonblocking(*near);
    close(fd);
}

/* Sends all of TEXT to the blocking FD. */
static inline void tell(int fd, const char *text)
{
    size_t len = strlen(text);

    ck_assert_int_eq(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Closes FD so that the other end hears of an error. */
static inline void reset(int fd)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };

    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(fd);
}

/* Waits until FD has something to read: bytes, an end or an error. */
static inline void await(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    ck_assert_int_eq(poll(&p, 1, -1), 1);
}

/* Is there nothing to be read from FD at the moment? */
static inline bool is_silent(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* The lowest descriptor that is free: the same as before if nothing was left open. */
static inline int lowest_free(void)
{
    int fd = dup(STDIN_FILENO);

    close(fd);
    return fd;
}

/* Lets this process have COUNT descriptors more than it has now. */
static inline void allow_descriptors(int count)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = (rlim_t)(lowest_free() + count);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

#endif
