/* Client connections.
 *
 *   PREFACE: there is a PROXY header to be read first
 *    | read
 *    v     first byte            exchange done, kept            all is gone
 *   IDLE --------------> BUSY -----------------------> LEAVING -------------> IDLE
 *    |                    | not kept         gone |       | first byte of the next: BUSY
 *    | gone or late       v <--------------------+       | late: freed
 *    +--------------> CLOSING: lets what was written go ------> freed
 *                        | the client has sent more, or has not taken all
 *                        v
 *                     LINGERING: the same, and lets it finish what it is sending
 */
#include "exchange/client.h"

#include "exchange/admission.h"
#include "exchange/parting.h"

#include <sys/socket.h>

/* Seconds that a client is idle before it may be asked to go. */
static const double IDLE_LEAST = 1;

/* Among so many idle clients one is looked for who can go. */
enum { LOOKS_MAX = 16 };

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

/* Where C has connected: asked for only if backends are told. */
static const struct addr *place_of(struct client *c)
{
    socklen_t size = sizeof c->at;

    if (c->at.any.sa_family == AF_UNSPEC && c->clients->env->generation->sends_proxy)
        getsockname(c->stream.io.fd, &c->at.any, &size);
    return &c->at;
}

static void begin_request(struct client *c)
{
    struct clients *clients = c->clients;
    struct request *request = spares_take(&clients->spares);
    const struct config_limits *limits = &clients->env->generation->config->limits;

    c->request = request;
    c->empty_lines = 0;
    stay_enter(c, CLIENT_BUSY);
    deadline_clear(&c->deadline);
    side_h1_init_client(&request->side, &c->stream, &request->exchange.arena,
                        &clients->env->generation->limits);
    request->side.pipes = clients->env->pipes;
    exchange_init(&request->exchange, clients->env, &request->side.side, &c->from, place_of(c),
                  on_wake, c);
    if (++c->requests >= limits->requests) {
        request->exchange.is_last = true;
        complaint_of_requests(clients->env->complaints, &c->from);
    }
}

/* The exchange is over: how does the connection go on? Says whether it does. */
static bool end_exchange(struct client *c)
{
    enum exchange_end end = c->request->exchange.end;

    if (end == END_CUT) {
        stream_flush(&c->stream);
        stay_end(c);
        return false;
    }
    stay_end_request(c);
    if (end == END_KEEP)
        stay_keep(c);
    else
        stay_close(c, end == END_CLOSE ? CLIENT_CLOSING : CLIENT_LINGERING);
    return true;
}

/* Has a request begun? Empty lines in front of one are dropped, unless there are too many. */
static bool has_request(struct client *c)
{
    struct buf *in = &c->stream.in;

    buf_take(in, parse_empty_lines(buf_span(in), &c->empty_lines));
    return buf_len(in) > 1 || (buf_len(in) == 1 && *buf_span(in).at != '\r');
}

/* Each step says whether the client is still there and something else can be done. */
static bool step_idle(struct client *c)
{
    if (has_request(c)) {
        begin_request(c);
        return true;
    }
    if (c->late || stay_is_over(c)) {
        stay_close(c, CLIENT_CLOSING);
        return true;
    }
    stream_arm(&c->stream, true);
    return false;
}

static bool step_busy(struct client *c)
{
    if (exchange_run(&c->request->exchange) == EXCHANGE_WAIT)
        return false;
    return end_exchange(c);
}

static bool step_leaving(struct client *c)
{
    stream_flush(&c->stream);
    if (has_request(c)) {
        begin_request(c);
        return true;
    }
    if (stream_unsent(&c->stream) == 0) {
        stay_keep(c);
        return true;
    }
    if (stay_is_late(c)) {
        stay_end(c);
        return false;
    }
    if (stay_is_over(c)) {
        stay_close(c, CLIENT_CLOSING);
        return true;
    }
    stream_arm(&c->stream, true);
    return false;
}

/* Goes as far as it can. May free C. */
static void client_run(struct client *c)
{
    static bool (*const steps[])(struct client *) = {
        [CLIENT_PREFACE] = admission_step_preface,
        [CLIENT_IDLE] = step_idle,
        [CLIENT_BUSY] = step_busy,
        [CLIENT_LEAVING] = step_leaving,
        [CLIENT_CLOSING] = parting_step_closing,
        [CLIENT_LINGERING] = parting_step_lingering,
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
        .left = left,
        .owner = owner,
    };
    list_init(&clients->idle);
    list_init(&clients->busy);
    spares_init(&clients->spares);
}

void clients_fini(struct clients *clients)
{
    while (!list_is_empty(&clients->idle))
        stay_end(container_of(clients->idle.next, struct client, link));
    while (!list_is_empty(&clients->busy))
        stay_end(container_of(clients->busy.next, struct client, link));
    spares_fini(&clients->spares);
    census_fini(&clients->census);
}

void clients_trim(struct clients *clients)
{
    spares_fini(&clients->spares);
}

static struct client *open_client(struct clients *clients, int fd, const struct addr *from)
{
    struct client *c = mem_new(sizeof *c);

    c->clients = clients;
    c->from = *from;
    stream_open(&c->stream, clients->loop, clients->lender, fd, false);
    stream_set_owner(&c->stream, on_wake, c);
    c->stream.rank = STREAM_HEAD;
    deadline_init(&c->deadline, on_late);
    list_init(&c->link);
    clients->count++;
    counters_add(clients->env->counters, COUNTER_CONNECTIONS);
    return c;
}

void client_new(struct clients *clients, int fd, const struct addr *from)
{
    struct client *c = open_client(clients, fd, from);

    if (admission_let_in(c))
        client_run(c);
}

void client_new_speaker(struct clients *clients, int fd, const struct addr *from)
{
    struct client *c = open_client(clients, fd, from);

    stay_enter(c, CLIENT_PREFACE);
    stay_at_most(c, clients->env->generation->config->timeouts.head);
    client_run(c);
}

/* Has C, which is idle, been so for long enough to be asked to go? */
static bool is_long_idle(const struct client *c)
{
    return c->since + IDLE_LEAST <= c->clients->env->clock->now;
}

bool clients_make_place(struct clients *clients)
{
    struct list *link = clients->idle.prev;

    for (int looks = 0; looks < LOOKS_MAX && link != &clients->idle; looks++, link = link->prev) {
        struct client *c = container_of(link, struct client, link);

        if (!is_long_idle(c))
            return false;
        if (!stream_has_news(&c->stream) && stream_is_taken(&c->stream)) {
            stay_end(c);
            return true;
        }
    }
    return false;
}

/* Runs all of LIST, each of which may be freed, or go to another list. */
static void run_all(struct list *list)
{
    struct list due;

    list_init(&due);
    list_move(&due, list);
    while (!list_is_empty(&due)) {
        struct list *link = due.next;

        list_remove(link);
        list_append(list, link);
        client_run(container_of(link, struct client, link));
    }
}

void clients_rouse(struct clients *clients)
{
    run_all(&clients->idle);
    run_all(&clients->busy);
}

void clients_drain(struct clients *clients)
{
    run_all(&clients->idle);
    run_all(&clients->busy); /* some of them have yet to say for whom they speak */
}
