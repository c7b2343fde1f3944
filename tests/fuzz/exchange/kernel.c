/* A kernel in memory. */
#include "kernel.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Pipes come behind the connections: two descriptors each. */
enum { PIPES_MAX = 32, PIPE_FD = WIRE_FD + WIRES_MAX };

/* What a connection holds for whoever does not read, unless it is made narrow; and a pipe. */
enum { HOLDS = 256 * 1024 };

struct kernel kernel;

static struct bytes pipes[PIPES_MAX];
static size_t pipe_read[PIPES_MAX];
static bool pipe_open[PIPES_MAX][2];
static uint64_t now;

static void append(struct bytes *bytes, const void *at, size_t len)
{
    if (bytes->len + len > bytes->room) {
        bytes->room = 2 * (bytes->len + len);
        bytes->at = realloc(bytes->at, bytes->room);
    }
    if (len > 0)
        memcpy(bytes->at + bytes->len, at, len);
    bytes->len += len;
}

static void forget(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){ NULL, 0, 0 };
}

static int fail(int error)
{
    errno = error;
    return -1;
}

static struct wire *wire_of(int fd)
{
    if (fd < WIRE_FD || fd >= WIRE_FD + (int)kernel.count)
        return NULL;
    assert(!kernel.wires[fd - WIRE_FD].closed);
    return &kernel.wires[fd - WIRE_FD];
}

void kernel_begin(void)
{
    memset(&kernel, 0, sizeof kernel);
    now = 0;
}

unsigned kernel_end(void)
{
    unsigned open = kernel.pipes;

    for (unsigned i = 0; i < kernel.count; i++) {
        open += !kernel.wires[i].closed;
        forget(&kernel.wires[i].said);
        forget(&kernel.wires[i].heard);
        free(kernel.wires[i].marks);
    }
    return open;
}

static struct wire *new_wire(bool backend, unsigned number)
{
    struct wire *wire = &kernel.wires[kernel.count++];

    *wire = (struct wire){ .backend = backend, .number = number, .holds = HOLDS };
    kernel.moves++;
    return wire;
}

int kernel_connect(unsigned number)
{
    return kernel.count < WIRES_MAX ? wire_fd(new_wire(false, number)) : -1;
}

void wire_say(struct wire *wire, const char *at, size_t len)
{
    if (!wire->fin && !wire->gone && !wire->reset && !wire->closed)
        append(&wire->said, at, len);
}

struct mark wire_mark(const struct wire *wire, size_t offset)
{
    size_t i = wire->mark_count;

    while (i > 1 && wire->marks[i - 1].heard > offset)
        i--;
    return wire->marks[i - 1];
}

/* ---- Moving bytes ---- */

static ssize_t take_said(struct wire *wire, void *to, size_t size, bool peek)
{
    size_t there = wire->said.len - wire->read;

    if (wire->connecting)
        return fail(EAGAIN);
    if (there > size)
        there = size;
    if (there > 0) {
        memcpy(to, wire->said.at + wire->read, there);
        wire->read += peek ? 0 : there;
        kernel.moves += !peek;
        return (ssize_t)there;
    }
    if (wire->reset && !wire->told) {
        wire->told = !peek;
        kernel.moves += !peek;
        return fail(ECONNRESET);
    }
    return wire->fin || wire->reset ? 0 : fail(EAGAIN);
}

static void note(struct wire *wire)
{
    if ((wire->mark_count & (wire->mark_count - 1)) == 0)
        wire->marks = realloc(wire->marks, (2 * wire->mark_count + 1) * sizeof *wire->marks);
    wire->marks[wire->mark_count++] = (struct mark){ wire->heard.len, wire->read, now++ };
}

/* How much can be written; -1 and errno if nothing can. */
static ssize_t room_of(struct wire *wire)
{
    size_t held = wire->heard.len - wire->taken;

    if (wire->connecting || (held >= wire->holds && !wire->reset))
        return fail(EAGAIN);
    if (wire->shut || (wire->reset && wire->told))
        return fail(EPIPE);
    if (wire->reset) {
        wire->told = true;
        kernel.moves++;
        return fail(ECONNRESET);
    }
    return (ssize_t)(wire->holds - held);
}

static ssize_t put(struct wire *wire, const struct iovec *iov, size_t count)
{
    ssize_t room = room_of(wire);
    size_t before = wire->heard.len;

    if (room < 0)
        return -1;
    note(wire);
    for (size_t i = 0; i < count && room > 0; i++) {
        size_t len = iov[i].iov_len < (size_t)room ? iov[i].iov_len : (size_t)room;

        append(&wire->heard, iov[i].iov_base, len);
        room -= (ssize_t)len;
    }
    if (wire->holds == HOLDS)
        wire->taken = wire->heard.len;
    if (wire->gone)
        wire->reset = true;
    kernel.moves++;
    return (ssize_t)(wire->heard.len - before);
}

ssize_t read(int fd, void *to, size_t size)
{
    struct wire *wire = wire_of(fd);

    return wire == NULL ? syscall(SYS_read, fd, to, size) : take_said(wire, to, size, false);
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
    return take_said(wire_of(fd), to, size, (flags & MSG_PEEK) != 0);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    struct iovec iov = { (void *)bytes, size };

    (void)flags;
    return put(wire_of(fd), &iov, 1);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    (void)flags;
    return put(wire_of(fd), message->msg_iov, message->msg_iovlen);
}

/* ---- Pipes ---- */

int pipe2(int ends[2], int flags)
{
    (void)flags;
    for (int i = 0; i < PIPES_MAX; i++) {
        if (pipe_open[i][0] || pipe_open[i][1])
            continue;
        pipe_open[i][0] = pipe_open[i][1] = true;
        pipe_read[i] = 0;
        kernel.pipes += 2;
        ends[0] = PIPE_FD + 2 * i;
        ends[1] = ends[0] + 1;
        return 0;
    }
    return fail(EMFILE);
}

static void close_pipe(int end)
{
    int i = (end - PIPE_FD) / 2;

    assert(pipe_open[i][end & 1]);
    pipe_open[i][end & 1] = false;
    kernel.pipes--;
    if (!pipe_open[i][0] && !pipe_open[i][1])
        forget(&pipes[i]);
}

static ssize_t fill_pipe(struct wire *wire, int i, size_t size)
{
    char some[4096];
    size_t room = HOLDS - (pipes[i].len - pipe_read[i]);
    ssize_t n;

    if (size > sizeof some)
        size = sizeof some;
    if (room == 0)
        return fail(EAGAIN);
    n = take_said(wire, some, size < room ? size : room, false);
    if (n > 0)
        append(&pipes[i], some, (size_t)n);
    return n;
}

static ssize_t drain_pipe(int i, struct wire *wire, size_t size)
{
    size_t there = pipes[i].len - pipe_read[i];
    struct iovec iov = { pipes[i].at + pipe_read[i], size < there ? size : there };
    ssize_t n = there == 0 ? fail(EAGAIN) : put(wire, &iov, 1);

    pipe_read[i] += n > 0 ? (size_t)n : 0;
    return n;
}

ssize_t splice(int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags);
ssize_t splice(int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags)
{
    (void)from_at;
    (void)to_at;
    (void)flags;
    if (from >= PIPE_FD)
        return drain_pipe((from - PIPE_FD) / 2, wire_of(to), size);
    return fill_pipe(wire_of(from), (to - PIPE_FD) / 2, size);
}

/* ---- Connections ---- */

int socket(int domain, int type, int protocol)
{
    (void)domain;
    (void)type;
    (void)protocol;
    if (kernel.exhausted || kernel.count == WIRES_MAX)
        return fail(EMFILE);
    return wire_fd(new_wire(true, 0));
}

int connect(int fd, const struct sockaddr *to, socklen_t size)
{
    const struct sockaddr_in *at = (const struct sockaddr_in *)(const void *)to;
    struct wire *wire = wire_of(fd);

    (void)size;
    wire->number = (unsigned)(ntohs(at->sin_port) - BACKEND_PORT) % BACKENDS_MAX;
    switch (kernel.doors[wire->number]) {
    case DOOR_OPEN:
        return fail(EINPROGRESS);
    case DOOR_INSTANT:
        return 0;
    case DOOR_SLOW:
        wire->connecting = true;
        return fail(EINPROGRESS);
    case DOOR_REFUSES:
        wire->error = ECONNREFUSED;
        return fail(EINPROGRESS);
    case DOOR_UNREACHABLE:
        return fail(ENETUNREACH);
    case DOOR_NO_PORTS:
        break;
    }
    return fail(EADDRNOTAVAIL);
}

int close(int fd)
{
    struct wire *wire = wire_of(fd);

    if (fd >= PIPE_FD && fd < PIPE_FD + 2 * PIPES_MAX) {
        close_pipe(fd);
        return 0;
    }
    if (wire == NULL)
        return (int)syscall(SYS_close, fd);
    wire->aborted = wire->rash || wire->reset || wire->read < wire->said.len;
    wire->closed = true;
    wire->watched = false;
    kernel.moves++;
    return 0;
}

int shutdown(int fd, int how)
{
    (void)how;
    wire_of(fd)->shut = true;
    kernel.moves++;
    return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    struct wire *wire = wire_of(fd);

    (void)size;
    if (wire != NULL && level == SOL_SOCKET && name == SO_LINGER)
        wire->rash = ((const struct linger *)value)->l_linger == 0;
    return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    struct wire *wire = wire_of(fd);

    (void)level;
    (void)size;
    if (name != SO_ERROR)
        return fail(ENOPROTOOPT);
    *(int *)value = wire->error != 0 ? wire->error : wire->reset && !wire->told ? ECONNRESET : 0;
    wire->told = wire->told || wire->reset;
    wire->error = 0;
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    const struct wire *wire = wire_of(fd);
    va_list more;

    if (wire == NULL || request != SIOCOUTQ)
        return fail(EINVAL);
    va_start(more, request);
    *va_arg(more, int *) = (int)(wire->heard.len - wire->taken);
    va_end(more);
    return 0;
}

/* ---- Events ---- */

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    struct wire *wire = wire_of(fd);

    if (wire == NULL)
        return (int)syscall(SYS_epoll_ctl, epoll, what, fd, event);
    if (what == EPOLL_CTL_ADD && wire->watched)
        return fail(EEXIST);
    if (what != EPOLL_CTL_ADD && !wire->watched)
        return fail(ENOENT);
    wire->watched = what != EPOLL_CTL_DEL;
    if (wire->watched) {
        wire->events = event->events | EPOLLERR | EPOLLHUP;
        wire->data = event->data.u64;
    }
    return 0;
}

static uint32_t events_of(const struct wire *wire)
{
    size_t held = wire->heard.len - wire->taken;
    uint32_t events = 0;

    if (wire->connecting)
        return 0;
    if (wire->read < wire->said.len || wire->fin || wire->reset)
        events |= EPOLLIN;
    if (3 * held <= 2 * wire->holds || wire->reset)
        events |= EPOLLOUT;
    if (wire->error != 0 || wire->reset || (wire->fin && wire->shut))
        events |= EPOLLIN | EPOLLOUT | EPOLLHUP;
    if (wire->error != 0 || (wire->reset && !wire->told))
        events |= EPOLLERR;
    return events;
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    int count = 0;

    (void)epoll;
    (void)timeout;
    for (unsigned i = 0; i < kernel.count && count < most; i++) {
        struct wire *wire = &kernel.wires[kernel.backwards ? kernel.count - 1 - i : i];
        uint32_t ready = events_of(wire) & wire->events;

        if (wire->watched && ready != 0)
            events[count++] = (struct epoll_event){ ready, { .u64 = wire->data } };
    }
    kernel.ready = count;
    return count;
}

/* ---- Showing ---- */

static void show(const char *what, const struct bytes *bytes)
{
    fprintf(stderr, "  %s: ", what);
    for (size_t i = 0; i < bytes->len && i < 4000; i++) {
        unsigned char c = (unsigned char)bytes->at[i];

        fprintf(stderr, c == '\n' ? "\\n\n      " : c < ' ' || c > '~' ? "\\x%02x" : "%c", c);
    }
    fputc('\n', stderr);
}

static void show_wire(const struct wire *wire)
{
    fprintf(stderr, "%s %u (read %zu of %zu%s%s%s, %s%s):\n", wire->backend ? "backend" : "client",
            wire->number, wire->read, wire->said.len, wire->fin ? ", fin" : "",
            wire->gone ? ", gone" : "", wire->reset ? ", reset" : "",
            wire->aborted  ? "aborted"
            : wire->closed ? "closed"
                           : "open",
            wire->shut ? ", shut" : "");
    if (wire->watched && events_of(wire) != 0)
        fprintf(stderr, "  events %#x, waited for %#x\n", events_of(wire), wire->events);
    show("said ", &wire->said);
    show("heard", &wire->heard);
}

void kernel_show(void)
{
    for (unsigned i = 0; i < kernel.count; i++)
        show_wire(&kernel.wires[i]);
}
