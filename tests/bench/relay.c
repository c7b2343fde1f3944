/*
 * relay: the floor. It reads, writes, reads, writes and parses nothing; no proxy can do with less,
 * unless it splices.
 *
 *   usage: relay [--close] PORT BACKEND...
 *
 * Every client connection has a backend connection of its own; one ends with the other. New ones go
 * to the backends in turn.
 *
 *   client --> read --> buffer --> write --> backend         what a full socket does not take is
 *   client <-- write <-- buffer <-- read <-- backend         copied to `left`, and reading stops
 *
 * Since it parses nothing, it does not know where messages end, and need not. Only with --close,
 * for clients that send one request a connection, it must: it hangs up after the response, and
 * keeps the backend connection for the next client. There, a read from the backend that does not
 * fill the buffer is taken for the end of the response. That is true of responses that were sent in
 * one piece, so --close is for small ones.
 */
#include "sockets.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BUFFER = 65536, EVENTS = 512 };

/* One end of a connection. */
struct end {
    int fd;            /* -1 once it is closed */
    uint32_t events;   /* what epoll was asked for */
    struct end *other; /* who gets what is read here; nobody if this is a kept backend connection */
    struct end *next;  /* in `kept` or `dead` */
    char *left;        /* from malloc: what has still to be written here, or NULL */
    size_t left_at;
    size_t left_end;
    bool is_client;
    bool last; /* of a client: that was the response, hang up when nothing is left */
};

static struct {
    int epoll;
    int listener;
    bool close;
    struct sockaddr_in *backends;
    unsigned backend_count;
    unsigned turn;
    struct end *kept; /* backend connections without a client; some may have ended */
    struct end *dead; /* to be freed when no event at hand can mean them any more */
    char buffer[BUFFER];
} relay;

/* Asks epoll for what E can do now: it reads if the other end has room, it writes if something is
 * left. */
static void arm(struct end *e)
{
    uint32_t read = e->other != NULL && e->other->left != NULL ? 0 : EPOLLIN;
    uint32_t write = e->left != NULL ? EPOLLOUT : 0;

    if (e->events == (read | write))
        return;
    e->events = read | write;
    sockets_watch(relay.epoll, EPOLL_CTL_MOD, e->fd, e->events, e);
}

static struct end *end_new(int fd, bool is_client)
{
    struct end *e = calloc(1, sizeof *e);

    if (e == NULL)
        sockets_fail("calloc");
    e->fd = fd;
    e->events = EPOLLIN;
    e->is_client = is_client;
    sockets_watch(relay.epoll, EPOLL_CTL_ADD, fd, e->events, e);
    return e;
}

static void end_close(struct end *e)
{
    close(e->fd);
    e->fd = -1;
    e->other = NULL;
    free(e->left);
    e->left = NULL;
}

static void bury(struct end *e)
{
    end_close(e);
    e->next = relay.dead;
    relay.dead = e;
}

static void free_dead(void)
{
    while (relay.dead != NULL) {
        struct end *e = relay.dead;

        relay.dead = e->next;
        free(e);
    }
}

static void keep(struct end *backend)
{
    backend->other = NULL;
    backend->next = relay.kept;
    relay.kept = backend;
    arm(backend);
}

/* The backend connection kept last, or a new one. */
static struct end *take_backend(void)
{
    while (relay.kept != NULL) {
        struct end *e = relay.kept;

        relay.kept = e->next;
        if (e->fd >= 0)
            return e;
        free(e);
    }
    return end_new(sockets_connect(&relay.backends[relay.turn++ % relay.backend_count]), false);
}

/* E has ended, and with it the other end. A kept one is freed by whoever would take it. */
static void lose(struct end *e)
{
    if (e->other == NULL) {
        end_close(e);
        return;
    }
    bury(e->other);
    bury(e);
}

/* The client has had its response. */
static void hang_up(struct end *client)
{
    keep(client->other);
    bury(client);
}

/* Keeps what TO has not taken of the buffer. */
static void keep_left(struct end *to, size_t from, size_t end)
{
    to->left = malloc(end - from);
    if (to->left == NULL)
        sockets_fail("malloc");
    memcpy(to->left, relay.buffer + from, end - from);
    to->left_at = 0;
    to->left_end = end - from;
    arm(to);
    arm(to->other);
}

/* Writes what is left. */
static void flush(struct end *to)
{
    ssize_t n = write(to->fd, to->left + to->left_at, to->left_end - to->left_at);

    if (n < 0) {
        if (errno != EAGAIN)
            lose(to);
        return;
    }
    to->left_at += (size_t)n;
    if (to->left_at < to->left_end)
        return;
    free(to->left);
    to->left = NULL;
    if (to->last) {
        hang_up(to);
        return;
    }
    arm(to);
    arm(to->other);
}

/* Reads once and writes it. */
static void pass_on(struct end *from)
{
    struct end *to = from->other;
    ssize_t got = read(from->fd, relay.buffer, BUFFER);
    ssize_t put;

    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0 || to == NULL) {
        lose(from);
        return;
    }
    put = write(to->fd, relay.buffer, (size_t)got);
    if (put < 0 && errno != EAGAIN) {
        lose(to);
        return;
    }
    to->last = relay.close && to->is_client && got < BUFFER;
    if (put < got)
        keep_left(to, put < 0 ? 0 : (size_t)put, (size_t)got);
    else if (to->last)
        hang_up(to);
}

static void accept_clients(void)
{
    int fd = sockets_accept(relay.listener);

    while (fd >= 0) {
        struct end *client = end_new(fd, true);

        client->other = take_backend();
        client->other->other = client;
        fd = sockets_accept(relay.listener);
    }
}

static void on_event(struct end *e, uint32_t events)
{
    if (e == NULL) {
        accept_clients();
        return;
    }
    if (e->fd >= 0 && (events & EPOLLOUT) && e->left != NULL)
        flush(e);
    if (e->fd >= 0 && (events & e->events & EPOLLIN))
        pass_on(e);
    else if (e->fd >= 0 && (events & (EPOLLERR | EPOLLHUP)))
        lose(e);
}

static void read_options(int argc, char **argv)
{
    relay.close = argc > 1 && strcmp(argv[1], "--close") == 0;
    argv += relay.close ? 2 : 1;
    argc -= relay.close ? 2 : 1;
    if (argc < 2) {
        errno = EINVAL;
        sockets_fail("usage: relay [--close] PORT BACKEND...");
    }
    relay.backend_count = (unsigned)argc - 1;
    relay.backends = calloc(relay.backend_count, sizeof *relay.backends);
    if (relay.backends == NULL)
        sockets_fail("calloc");
    for (int i = 1; i < argc; i++)
        relay.backends[i - 1] = sockets_address(argv[i]);
    relay.listener = sockets_listen((uint16_t)sockets_number(argv[0], UINT16_MAX));
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];

    signal(SIGPIPE, SIG_IGN);
    sockets_raise_limit();
    read_options(argc, argv);
    relay.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (relay.epoll < 0)
        sockets_fail("epoll_create1");
    sockets_watch(relay.epoll, EPOLL_CTL_ADD, relay.listener, EPOLLIN, NULL);
    for (;;) {
        int count = epoll_wait(relay.epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++)
            on_event(events[i].data.ptr, events[i].events);
        free_dead();
    }
}
