/* Requests that wait for a backend, since all who could have them are at their caps.
 *
 * They are in the line of their pool, at most limits.pending of them, and for timeouts.queue at
 * most. The usher of all lines works when the loop is at it, outside of every exchange.
 */
#ifndef EXCHANGE_QUEUE_H
#define EXCHANGE_QUEUE_H

#include "exchange/course.h"
#include "net/soon.h"

/* Who calls them. */
struct queue {
    struct usher usher;
    struct soon *soon;
    struct later later;
};

/* Nobody waits. SOON must outlive the queue. */
void queue_init(struct queue *queue, struct soon *soon);

/* Nobody is called any more. */
void queue_fini(struct queue *queue);

/* X waits: it goes on with PHASE_QUEUE, and is called when there is room for it. If too many wait
 * already, it is answered so. */
enum step_news queue_join(struct exchange *x);

/* X has waited too long: it is answered so. */
enum step_news queue_give_up(struct exchange *x);

/* X, in PHASE_QUEUE, does not wait any more. */
void queue_leave(struct exchange *x);

#endif
