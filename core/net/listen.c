/* Accepting, and when to stop. */
#include "net/listen.h"

#include "base/list.h"
#include "base/log.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections accepted in one turn, so that those who are connected get theirs. */
enum { ACCEPT_BATCH = 64 };

static const double PAUSE = 0.1, QUIET = 10; /* seconds */

/* Nobody more can be accepted now: connections wait in the queue, the loop must not spin. */
static void pause_accepting(struct listener *l)
{
    quiet_warn(&l->quiet, l->clock->now, QUIET,
               "%s: accepting pauses until connections have closed", err_text(ERR_EXHAUSTED));
    l->was_short = true;
    ev_io_stop(l->loop, &l->io);
    ev_timer_set(&l->pause, PAUSE, 0);
    ev_timer_start(l->loop, &l->pause);
}

/* Does somebody wait? */
static bool is_wanted(const struct listener *l)
{
    struct pollfd queue = { .fd = l->io.fd, .events = POLLIN };

    return poll(&queue, 1, 0) != 0;
}

/* Nobody is waiting any more. */
static void rest(struct listener *l)
{
    if (l->was_short)
        log_info("accepting goes on");
    l->was_short = false;
    if (!l->ending)
        return;
    listener_close(l);
    l->ops->closed(l->owner);
}

/* Is there a place for whoever waits? Not if nobody does. */
static bool has_place(struct listener *l)
{
    if (l->ops->has_place(l->owner))
        return true;
    if (is_wanted(l))
        return l->ops->make_place(l->owner);
    rest(l);
    return false;
}

/* Says whether there may be another one in this turn. */
static bool accept_one(struct listener *l)
{
    struct addr from;
    socklen_t size = sizeof from;
    bool exhausted;
    int fd;

    if (!has_place(l))
        return false;
    fd = accept4(l->io.fd, &from.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    exhausted = fd < 0 && err_of_errno(errno) == ERR_EXHAUSTED;
    if (fd >= 0) {
        l->ops->accept(l->owner, fd, &from);
        return true;
    }
    /* The system takes a descriptor first, and looks then who waits. */
    if (errno == EAGAIN || (exhausted && !is_wanted(l))) {
        rest(l);
        return false;
    }
    /* Whatever else is wrong is wrong with this connection. */
    if (!exhausted || l->ops->free_descriptor(l->owner))
        return true;
    pause_accepting(l);
    return false;
}

static void on_io(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct listener *l = container_of(w, struct listener, io);
    int batch = ACCEPT_BATCH;

    (void)loop;
    if (revents & EV_ERROR) { /* the kernel has no memory to watch it */
        pause_accepting(l);
        return;
    }
    while (batch > 0 && accept_one(l))
        batch--;
}

static void on_pause_over(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct listener *l = container_of(w, struct listener, pause);

    (void)revents;
    ev_io_start(loop, &l->io);
    /* Perhaps nobody waits any more. */
    ev_feed_event(loop, &l->io, EV_READ);
}

enum err listener_open(struct listener *l, struct ev_loop *loop, const struct clock *clock,
                       struct addr *at, const struct listener_ops *ops, void *owner)
{
    int yes = 1;
    socklen_t size = sizeof *at;
    int fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int number;

    if (fd < 0)
        return ERR_SYSTEM;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
        goto fail;
    /* Connections inherit it, which saves a call for each. */
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) < 0)
        goto fail;
    /* The other half of the world may have a listener of its own. */
    if (at->any.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) < 0)
        goto fail;
    if (bind(fd, &at->any, addr_len(at)) < 0 || listen(fd, SOMAXCONN) < 0)
        goto fail;
    if (getsockname(fd, &at->any, &size) < 0)
        goto fail;

    *l = (struct listener){ .loop = loop, .clock = clock, .ops = ops, .owner = owner };
    ev_io_init(&l->io, on_io, fd, EV_READ);
    ev_init(&l->pause, on_pause_over);
    return OK;

fail:
    number = errno;
    close(fd);
    errno = number;
    return ERR_SYSTEM;
}

void listener_start(struct listener *l)
{
    if (ev_is_active(&l->pause))
        return;
    ev_io_start(l->loop, &l->io);
    if (l->ending)
        ev_feed_event(l->loop, &l->io, EV_READ);
}

void listener_stop(struct listener *l)
{
    ev_timer_stop(l->loop, &l->pause);
    ev_io_stop(l->loop, &l->io);
}

void listener_end(struct listener *l)
{
    l->ending = true;
    listen(l->io.fd, 0);
    while (!listener_is_closed(l) && accept_one(l))
        continue;
}

void listener_close(struct listener *l)
{
    if (listener_is_closed(l))
        return;
    listener_stop(l);
    close(l->io.fd);
    l->io.fd = -1;
}
