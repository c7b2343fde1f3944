/* Requests that wait for a backend. */
#include "exchange/queue.h"

#include "exchange/ending.h"

static void on_later(struct later *later)
{
    usher_work(&container_of(later, struct queue, later)->usher);
}

static void on_due(struct usher *usher)
{
    struct queue *queue = container_of(usher, struct queue, usher);

    soon_call(queue->soon, &queue->later);
}

void queue_init(struct queue *queue, struct soon *soon)
{
    *queue = (struct queue){ .soon = soon };
    usher_init(&queue->usher, on_due);
    soon_later_init(&queue->later, on_later);
}

void queue_fini(struct queue *queue)
{
    soon_cancel(&queue->later);
}

static void on_call(struct waiter *waiter)
{
    struct exchange *x = container_of(waiter, struct exchange, waiter);

    x->called = true;
    x->attempt.wake(x->attempt.owner); /* may free x: nothing after this line */
}

/* Answers that nobody has room. One who was with a backend already is answered what came of that,
 * as if there were nobody else. */
static enum step_news refuse(struct exchange *x, const char *why)
{
    if (x->line.tries > 0)
        return ending_give_up(x);
    complaint_of_queue(x->env->complaints, x->pool, why);
    ending_reply(x, 503);
    side_reply_come_again(&x->reply);
    return STEP_MORE;
}

/* Has X come before all those who wait now? Nobody has overtaken it until it had its first backend,
 * or was called. */
static bool is_first(const struct exchange *x)
{
    return x->line.tries > 0 || x->called;
}

enum step_news queue_join(struct exchange *x)
{
    struct line *line = &x->pool->line;

    if (line->count >= x->pool->config->pending)
        return refuse(x, "queue is full");
    counters_add(x->env->counters, COUNTER_QUEUED);
    x->waiter.tried = x->tried;
    x->waiter.tried_count = x->line.tries;
    x->waiter.call = on_call;
    if (is_first(x))
        usher_queue_first(line, &x->waiter);
    else
        usher_queue(line, &x->waiter);
    x->called = false;
    return course_enter(x, PHASE_QUEUE);
}

enum step_news queue_give_up(struct exchange *x)
{
    queue_leave(x);
    return refuse(x, "waited too long for a backend");
}

void queue_leave(struct exchange *x)
{
    usher_leave(&x->waiter);
}
