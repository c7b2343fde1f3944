/* TCP on the loopback interface, for programs that live as long as one measurement. */
#include "sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

static const int yes = 1;

_Noreturn void sockets_fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_at(uint32_t address, uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(address),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
        sockets_fail("socket");
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        sockets_fail("bind");
    if (listen(fd, SOMAXCONN) < 0)
        sockets_fail("listen");
    return fd;
}

int sockets_listen(uint16_t port)
{
    return listen_at(INADDR_LOOPBACK, port);
}

int sockets_listen_everywhere(void)
{
    return listen_at(INADDR_ANY, 0);
}

struct sockaddr_in sockets_address(const char *text)
{
    struct sockaddr_in to = { .sin_family = AF_INET };
    const char *colon = strchr(text, ':');
    char host[INET_ADDRSTRLEN] = "";

    if (colon != NULL && (size_t)(colon - text) < sizeof host)
        memcpy(host, text, (size_t)(colon - text));
    if (inet_pton(AF_INET, host, &to.sin_addr) != 1) {
        fprintf(stderr, "not an address like 127.0.0.1:8080: %s\n", text);
        exit(2);
    }
    to.sin_port = htons((uint16_t)sockets_number(colon + 1, UINT16_MAX));
    return to;
}

int sockets_connect(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) < 0)
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

struct sockaddr_in sockets_here(int fd)
{
    struct sockaddr_in at;
    socklen_t size = sizeof at;

    if (getsockname(fd, (struct sockaddr *)&at, &size) < 0)
        sockets_fail("getsockname");
    return at;
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
