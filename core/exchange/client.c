/* Client connections.
 *
 *          first byte            exchange done, kept
 *   IDLE --------------> BUSY -----------------------> IDLE
 *    |                    | not kept
 *    | gone or late       v              all is gone, or late
 *    +--------------> CLOSING: lets what was written go ------> freed
 *                        | the client has sent more
 *                        v
 *                     LINGERING: the same, and lets it finish what it is sending
 */
#include "exchange/client.h"

#include "base/log.h"

enum state { CLIENT_IDLE, CLIENT_BUSY, CLIENT_CLOSING, CLIENT_LINGERING };

static const double LINGER = 2; /* seconds that a client may go on sending what nobody reads */

/* What a request needs. */
struct request {
    struct list link; /* of the spare ones */
    struct side_h1 side;
    struct exchange exchange;
};

struct client {
    struct list link;
    struct clients *clients;
    struct stream stream;
    struct addr from;
    enum state state;
    bool late;
    bool shut;                /* it knows that nothing more will come */
    uint64_t sent;            /* while CLOSING: what had left when last looked at */
    struct deadline deadline; /* of everything but an exchange */
    struct request *request;  /* while BUSY */
};

static void client_run(struct client *c);

static void on_wake(void *owner)
{
    client_run(owner);
}

static void on_late(struct deadline *deadline)
{
    struct client *c = container_of(deadline, struct client, deadline);

    c->late = true;
    client_run(c);
}

static void wait_at_most(struct client *c, double seconds)
{
    struct exchange_env *env = c->clients->env;

    deadline_set(env->deadlines, &c->deadline, env->clock->now + seconds);
}

static struct request *borrow_request(struct clients *clients)
{
    struct list *spare = clients->spare.next;

    if (list_is_empty(&clients->spare))
        return mem_new(sizeof(struct request));
    list_remove(spare);
    return container_of(spare, struct request, link);
}

static void begin_request(struct client *c)
{
    struct clients *clients = c->clients;
    struct request *request = borrow_request(clients);

    c->request = request;
    c->state = CLIENT_BUSY;
    deadline_clear(&c->deadline);
    side_h1_init_client(&request->side, &c->stream, &request->exchange.arena, &clients->limits);
    exchange_init(&request->exchange, clients->env, &request->side.side, &c->from, on_wake, c);
}

static void end_request(struct client *c)
{
    struct request *request = c->request;

    side_h1_fini(&request->side);
    exchange_fini(&request->exchange);
    list_push(&c->clients->spare, &request->link);
    c->request = NULL;
}

/* Would the end of the connection be taken for the end of a body, though some of it is missing? */
static bool must_abort(const struct client *c)
{
    if (c->request != NULL)
        return c->request->side.writing == BODY_UNTIL_CLOSE;
    return buf_len(&c->stream.out) > 0;
}

static void client_free(struct client *c)
{
    struct clients *clients = c->clients;
    bool cut = must_abort(c);

    if (c->request != NULL)
        end_request(c);
    deadline_fini(&c->deadline);
    if (cut)
        stream_abort(&c->stream);
    else
        stream_close(&c->stream);
    list_remove(&c->link);
    mem_free(c);
    clients->count--;
    clients->left(clients->owner);
}

/* Nothing more is read from the client, and it is closed when all that was written has gone. */
static void begin_closing(struct client *c, enum state state)
{
    c->state = state;
    wait_at_most(c, c->clients->env->config->timeouts.stall);
}

/* The exchange is over: how does the connection go on? */
static void settle(struct client *c)
{
    enum exchange_end end = c->request->exchange.end;

    if (end != END_CUT)
        end_request(c);
    switch (end) {
    case END_KEEP:
        c->state = CLIENT_IDLE;
        wait_at_most(c, c->clients->env->config->timeouts.idle);
        return;
    case END_CLOSE:
        begin_closing(c, CLIENT_CLOSING);
        return;
    case END_LINGER:
        begin_closing(c, CLIENT_LINGERING);
        return;
    case END_CUT:
        stream_flush(&c->stream);
        client_free(c);
        return;
    }
}

/* Each step says whether the client is still there and something else can be done. */
static bool step_idle(struct client *c)
{
    if (buf_len(&c->stream.in) > 0) {
        begin_request(c);
        return true;
    }
    if (stream_is_over(&c->stream) || c->late || c->clients->env->draining) {
        begin_closing(c, CLIENT_CLOSING);
        return true;
    }
    stream_arm(&c->stream, true);
    return false;
}

static bool step_busy(struct client *c)
{
    if (exchange_run(&c->request->exchange) == EXCHANGE_WAIT)
        return false;
    if (c->request->exchange.end == END_CUT) {
        settle(c);
        return false;
    }
    settle(c);
    return true;
}

/* A client that takes what is left, however slowly, has the time for it. */
static void be_patient(struct client *c)
{
    if (c->stream.sent > c->sent)
        wait_at_most(c, c->clients->env->config->timeouts.stall);
    c->sent = c->stream.sent;
}

static bool step_closing(struct client *c)
{
    struct stream *s = &c->stream;

    stream_flush(s);
    if (s->broken || s->err != OK || c->late) {
        client_free(c);
        return false;
    }
    if (buf_len(&s->out) > 0) {
        be_patient(c);
        stream_arm(s, false);
        return false;
    }
    if (!s->eof && stream_has_news(s)) {
        c->state = CLIENT_LINGERING;
        return true;
    }
    client_free(c);
    return false;
}

/* A connection closed with unread bytes is reset, which could take the answer from the client. So
 * what it sends is read, and dropped, until it has seen the answer and closes. */
static bool step_lingering(struct client *c)
{
    struct stream *s = &c->stream;

    buf_fini(&s->in);
    stream_flush(s);
    if ((s->eof && buf_len(&s->out) == 0) || s->broken || s->err != OK || c->late) {
        client_free(c);
        return false;
    }
    if (buf_len(&s->out) > 0)
        be_patient(c);
    if (buf_len(&s->out) == 0 && !c->shut) {
        stream_shutdown(s);
        c->shut = true;
        wait_at_most(c, LINGER);
    }
    stream_arm(s, true);
    return false;
}

/* Goes as far as it can. May free C. */
static void client_run(struct client *c)
{
    static bool (*const steps[])(struct client *) = {
        [CLIENT_IDLE] = step_idle,
        [CLIENT_BUSY] = step_busy,
        [CLIENT_CLOSING] = step_closing,
        [CLIENT_LINGERING] = step_lingering,
    };

    while (steps[c->state](c))
        c->late = false;
}

void clients_init(struct clients *clients, struct exchange_env *env, struct ev_loop *loop,
                  struct buf_lender *lender, void (*left)(void *owner), void *owner)
{
    *clients = (struct clients){
        .env = env,
        .loop = loop,
        .lender = lender,
        .limits = { env->config->limits.head, env->config->limits.fields },
        .left = left,
        .owner = owner,
    };
    list_init(&clients->all);
    list_init(&clients->spare);
}

void clients_fini(struct clients *clients)
{
    while (!list_is_empty(&clients->all))
        client_free(container_of(clients->all.next, struct client, link));
    while (!list_is_empty(&clients->spare)) {
        struct request *request = borrow_request(clients);

        arena_fini(&request->exchange.arena);
        mem_free(request);
    }
}

void client_new(struct clients *clients, int fd, const struct addr *from)
{
    struct client *c = mem_new(sizeof *c);

    c->clients = clients;
    c->from = *from;
    stream_open(&c->stream, clients->loop, clients->lender, fd, false);
    stream_set_owner(&c->stream, on_wake, c);
    deadline_init(&c->deadline, on_late);
    list_push(&clients->all, &c->link);
    clients->count++;
    counters_add(clients->env->counters, COUNTER_CONNECTIONS);
    wait_at_most(c, clients->env->config->timeouts.idle);
    client_run(c);
}

void clients_drain(struct clients *clients)
{
    struct list *next;

    for (struct list *link = clients->all.next; link != &clients->all; link = next) {
        struct client *c = container_of(link, struct client, link);

        next = link->next;
        if (c->state == CLIENT_IDLE && !stream_has_news(&c->stream))
            client_run(c);
    }
}
