/*
 * connection: a talk that is woken by the loop.
 *
 * The callbacks record what happened, then the talk runs, then what to wait for is computed anew.
 * While requests are small, that is always the same, and the kernel need not be told anything.
 */
#include "connection.h"

#include <stdlib.h>
#include <unistd.h>

#include "talk.h"

struct connection {
    struct ev_loop *loop;
    struct ev_io io;
    struct ev_timer timer;
    int events; /* what io waits for */
    struct talk talk;
};

static void finish(struct connection *c)
{
    ev_io_stop(c->loop, &c->io);
    ev_timer_stop(c->loop, &c->timer);
    close(c->talk.fd);
    talk_fini(&c->talk);
    free(c);
}

static void wait_for(struct connection *c, int events)
{
    if (events == c->events)
        return;
    ev_io_stop(c->loop, &c->io);
    ev_io_set(&c->io, c->talk.fd, events);
    if (events != 0)
        ev_io_start(c->loop, &c->io);
    c->events = events;
}

static void arm(struct connection *c)
{
    int read = talk_wants_to_read(&c->talk) ? EV_READ : 0;
    int write = talk_wants_to_write(&c->talk) ? EV_WRITE : 0;

    wait_for(c, read | write);
    if (c->talk.pause > 0 && !ev_is_active(&c->timer)) {
        ev_timer_set(&c->timer, c->talk.pause, 0);
        ev_timer_start(c->loop, &c->timer);
    }
}

static void run(struct connection *c)
{
    if (talk_run(&c->talk))
        arm(c);
    else
        finish(c);
}

static void on_io(struct ev_loop *loop, struct ev_io *w, int events)
{
    struct connection *c = w->data;

    (void)loop;
    if ((events & EV_READ) && !talk_read(&c->talk))
        finish(c);
    else
        run(c);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int events)
{
    struct connection *c = w->data;

    (void)loop;
    (void)events;
    c->talk.rung = true;
    run(c);
}

void connection_start(struct ev_loop *loop, int fd, const struct settings *settings,
                      struct counts *counts)
{
    struct connection *c = malloc(sizeof *c);

    if (c == NULL)
        abort();
    c->loop = loop;
    c->events = 0;
    talk_init(&c->talk, fd, settings, counts);
    ev_io_init(&c->io, on_io, fd, 0);
    ev_timer_init(&c->timer, on_timer, 0, 0);
    c->io.data = c;
    c->timer.data = c;
    arm(c);
}
