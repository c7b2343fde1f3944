/*
 * server: listens and accepts.
 */
#include "server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"

/* How many clients are accepted before those we have are looked after again. */
enum { ACCEPT_AT_ONCE = 64 };

/* How long to leave clients in the queue when there are too many open files. */
static const double rest_after_failure = 0.1;

/* Zero, or why there is no other client to accept. */
static int accept_clients(struct server *s)
{
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
            return errno;
        s->counts.connections++;
        connection_start(s->loop, fd, s->settings, &s->counts);
    }
    return 0;
}

static void on_clients(struct ev_loop *loop, struct ev_io *w, int events)
{
    struct server *s = w->data;
    int why = accept_clients(s);

    (void)events;
    if (why != EMFILE && why != ENFILE && why != ENOBUFS && why != ENOMEM)
        return;
    ev_io_stop(loop, &s->io);
    ev_timer_set(&s->rest, rest_after_failure, 0);
    ev_timer_start(loop, &s->rest);
}

static void on_rested(struct ev_loop *loop, struct ev_timer *w, int events)
{
    struct server *s = w->data;

    (void)events;
    ev_io_start(loop, &s->io);
}

/*
 * Opens a listening socket at AT. Accepted sockets inherit TCP_NODELAY. -1, and errno, on failure.
 */
static int open_socket(const struct addrinfo *at)
{
    int yes = 1;
    int failure;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) == 0 &&
        bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;

    failure = errno;
    close(fd);
    errno = failure;
    return -1;
}

/* A socket that listens where S says; -1 after a line on stderr. */
static int open_listener(const struct settings *s)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *at;
    char port[8];
    int problem;
    int fd;

    snprintf(port, sizeof port, "%d", s->port);
    problem = getaddrinfo(s->host, port, &hints, &at);
    if (problem != 0) {
        fprintf(stderr, "echo: %s: %s\n", s->host, gai_strerror(problem));
        return -1;
    }
    fd = open_socket(at);
    freeaddrinfo(at);
    if (fd < 0)
        fprintf(stderr, "echo: cannot listen on %s port %s: %s\n", s->host, port, strerror(errno));
    return fd;
}

static void say_where(int fd)
{
    struct sockaddr_storage at = { 0 };
    socklen_t len = sizeof at;
    char host[NI_MAXHOST] = "";
    char port[NI_MAXSERV] = "";

    getsockname(fd, (struct sockaddr *)&at, &len);
    getnameinfo((struct sockaddr *)&at, len, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    printf(at.ss_family == AF_INET6 ? "listening on [%s]:%s\n" : "listening on %s:%s\n", host,
           port);
    fflush(stdout);
}

bool server_start(struct server *s, struct ev_loop *loop, const struct settings *settings)
{
    int fd = open_listener(settings);

    if (fd < 0)
        return false;

    *s = (struct server){ .loop = loop, .fd = fd, .settings = settings };
    ev_io_init(&s->io, on_clients, fd, EV_READ);
    ev_timer_init(&s->rest, on_rested, 0, 0);
    s->io.data = s;
    s->rest.data = s;
    ev_io_start(loop, &s->io);
    if (!settings->quiet)
        say_where(fd);
    return true;
}
