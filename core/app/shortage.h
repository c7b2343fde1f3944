/* What the worker does while the machine is short of memory, or nobody reads the log.
 *
 * When memory runs out the reserve of base/mem is given up, so that all that is under way can go
 * on. From then on until there is a reserve again, nobody new is let in (app/entrance), requests
 * that come are answered 503 (exchange/exchange), bodies are read only as buffers come back
 * (net/stream), and all that can be done without is given back, here: ten times a second.
 */
#ifndef APP_SHORTAGE_H
#define APP_SHORTAGE_H

#include "app/entrance.h"
#include "app/reload.h"
#include "base/log.h"

struct shortage {
    /* What can give memory back. */
    struct ev_loop *loop;
    const struct clock *clock;
    struct buf_lender *lender;
    struct pipes *pipes;
    struct idle *idle;
    struct clients *clients;
    struct entrance *entrance;
    struct reload *reload;

    struct ev_async nudge; /* something has run out: in the next turn it is looked at */
    struct ev_timer again; /* and from then on until there is enough */
    bool of_memory;
    bool told; /* the log tells of it */
    struct quiet said;
};

/* Keeps a reserve of memory from now on, if there is any. The first group of fields is set, and
 * must outlive the shortage. */
void shortage_init(struct shortage *s);

/* Memory that runs out from now on is the end. */
void shortage_fini(struct shortage *s);

/* Is to be called when the loop is about to wait. Writes the log, and has it tried again soon if it
 * was not taken. And what libev has just found out of descriptors that the kernel has no memory to
 * watch is to be heard at once, not when the wait is over. */
static inline void shortage_before_wait(struct shortage *s)
{
    log_flush();
    if ((log_is_behind() && !ev_is_active(&s->again)) || ev_pending_count(s->loop) > 0)
        ev_async_send(s->loop, &s->nudge);
}

#endif
