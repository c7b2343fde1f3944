/* What the worker does while the machine is short of memory, or nobody reads the log. */
#include "app/shortage.h"

#include "base/list.h"
#include "base/mem.h"

#include <malloc.h>

static const double AGAIN = 0.1, QUIET = 10; /* seconds */

/* Frees what is only kept because it might be used again. */
static void give_back(struct shortage *s)
{
    while (idle_drop(s->idle))
        continue;
    clients_trim(s->clients);
    pipes_trim(s->pipes);
    buf_lender_trim(s->lender);
    malloc_trim(0);
}

static void begin(struct shortage *s)
{
    quiet_warn(&s->said, s->clock->now, QUIET,
               "out of memory: %u clients, nobody else is let in, requests are answered 503",
               s->clients->count);
    s->told = s->told || s->said.unsaid == 0;
    s->of_memory = true;
}

static void end(struct shortage *s)
{
    s->of_memory = false;
    s->lender->grown = 0;
    if (s->told)
        log_info("there is memory again");
    s->told = false;
    entrance_look(s->entrance);
    clients_rouse(s->clients);
}

/* There was no memory. Clients have to go only if there is none otherwise. */
static void relieve(struct shortage *s)
{
    bool first = !s->of_memory;

    begin(s);
    give_back(s);
    if (!mem_keep_reserve()) {
        while (clients_make_place(s->clients))
            continue;
        if (first)
            reload_collect(s->reload);
        give_back(s);
    }
    if (mem_keep_reserve())
        end(s);
    else
        clients_rouse(s->clients); /* some buffers may have come back */
}

static void on_again(struct ev_loop *loop, struct ev_timer *timer, int revents)
{
    struct shortage *s = container_of(timer, struct shortage, again);

    (void)revents;
    if (mem_is_short())
        relieve(s);
    if (!mem_is_short() && !log_is_behind())
        ev_timer_stop(loop, timer);
}

static void on_nudge(struct ev_loop *loop, struct ev_async *nudge, int revents)
{
    struct shortage *s = container_of(nudge, struct shortage, nudge);

    (void)revents;
    if (mem_is_short())
        relieve(s);
    ev_timer_again(loop, &s->again);
}

/* Somebody, perhaps the loop itself, has needed the reserve. */
static void on_short(void *owner)
{
    struct shortage *s = owner;

    ev_async_send(s->loop, &s->nudge);
}

void shortage_init(struct shortage *s)
{
    ev_async_init(&s->nudge, on_nudge);
    /* Before anything else that has happened in the same turn. */
    ev_set_priority(&s->nudge, EV_MAXPRI);
    ev_async_start(s->loop, &s->nudge);
    ev_timer_init(&s->again, on_again, AGAIN, AGAIN);
    mem_set_relief(on_short, s);
    if (!mem_keep_reserve())
        log_warn("there is hardly any memory: no reserve for when it runs out");
}

void shortage_fini(struct shortage *s)
{
    mem_set_relief(NULL, NULL);
    ev_timer_stop(s->loop, &s->again);
    ev_async_stop(s->loop, &s->nudge);
}
