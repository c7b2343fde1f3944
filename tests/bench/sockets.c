/* TCP on the loopback interface, for programs that live as long as one measurement. */
#include "sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

static const int yes = 1;

_Noreturn void sockets_fail(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

int sockets_listen(uint16_t port)
{
    struct sockaddr_in at = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
        sockets_fail("socket");
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        sockets_fail("bind");
    if (listen(fd, SOMAXCONN) < 0)
        sockets_fail("listen");
    return fd;
}

int sockets_connect(uint16_t port)
{
    struct sockaddr_in at = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
        sockets_fail("connect");
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) < 0)
        sockets_fail("setsockopt");
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        sockets_fail("fcntl");
    return fd;
}

int sockets_accept(int fd)
{
    int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (accepted >= 0)
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return accepted;
}

uint16_t sockets_port(int fd)
{
    struct sockaddr_in at;
    socklen_t size = sizeof at;

    if (getsockname(fd, (struct sockaddr *)&at, &size) < 0)
        sockets_fail("getsockname");
    return ntohs(at.sin_port);
}

void sockets_watch(int epoll, int operation, int fd, uint32_t events, void *owner)
{
    struct epoll_event wanted = { .events = events, .data.ptr = owner };

    if (epoll_ctl(epoll, operation, fd, &wanted) < 0)
        sockets_fail("epoll_ctl");
}

unsigned sockets_number(const char *text, unsigned most)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (end == text || *end != '\0' || number > most) {
        fprintf(stderr, "not a number up to %u: %s\n", most, text);
        exit(2);
    }
    return (unsigned)number;
}

void sockets_raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
