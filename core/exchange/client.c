/* Client connections.
 *
 *   PREFACE: there is a PROXY header to be read first
 *    | read
 *    v     first byte            exchange done, kept            all is gone
 *   IDLE --------------> BUSY -----------------------> LEAVING -------------> IDLE
 *    |                    | not kept         gone |       | first byte of the next: BUSY
 *    | gone or late       v <--------------------+       | late: freed
 *    +--------------> CLOSING: lets what was written go ------> freed
 *                        | the client has sent more
 *                        v
 *                     LINGERING: the same, and lets it finish what it is sending
 */
#include "exchange/client.h"

#include "base/log.h"
#include "base/pace.h"
#include "exchange/admission.h"
#include "http/preface.h"

#include <sys/socket.h>

enum state {
    CLIENT_PREFACE,
    CLIENT_IDLE,
    CLIENT_BUSY,
    CLIENT_LEAVING,
    CLIENT_CLOSING,
    CLIENT_LINGERING
};

/* Seconds that a client may go on sending what nobody reads, and that one is idle before it may be
 * asked to go. */
static const double LINGER = 2, IDLE_LEAST = 1;

/* Among so many idle clients one is looked for who can go. */
enum { LOOKS_MAX = 16 };

struct client {
    struct list link;
    struct clients *clients;
    struct stream stream;
    struct addr from; /* who has connected, */
    struct addr at;   /* and where; of no family while that is not known */
    enum state state;
    bool late;
    bool shut;                /* it knows that nothing more will come */
    size_t empty_lines;       /* since the last request */
    struct deadline deadline; /* of everything but an exchange */
    double since;             /* when it became idle */
    unsigned requests;        /* so far */
    struct request *request;  /* while BUSY */
    struct census_place place;
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

static void enter(struct client *c, enum state state)
{
    struct clients *clients = c->clients;

    c->state = state;
    list_remove(&c->link);
    list_push(state == CLIENT_IDLE ? &clients->idle : &clients->busy, &c->link);
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
    enter(c, CLIENT_BUSY);
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

static void end_request(struct client *c)
{
    struct request *request = c->request;

    side_h1_fini(&request->side);
    exchange_fini(&request->exchange);
    spares_give(&c->clients->spares, request);
    c->request = NULL;
}

/* Would the end of the connection be taken for the end of a body, though some of it is missing? */
static bool must_abort(const struct client *c)
{
    if (c->request != NULL)
        return side_h1_must_abort(&c->request->side);
    return stream_unsent(&c->stream) > 0;
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
    census_leave(&clients->census, &c->place);
    mem_free(c);
    clients->count--;
    clients->left(clients->owner);
}

/* How long C may take for the first bytes of what is left, and for further ones. */
static double patience(const struct client *c)
{
    const struct config *config = c->clients->env->generation->config;
    double stall = config->timeouts.stall;

    return c->shut ? LINGER : config->limits.read_rate > 0 ? pace_most(stall) : stall;
}

/* The connection is kept, for the next request. Before it is idle the last answer has to leave. */
static void keep(struct client *c)
{
    const struct exchange_env *env = c->clients->env;

    stream_flush(&c->stream);
    if (stream_unsent(&c->stream) > 0) {
        enter(c, CLIENT_LEAVING);
        wait_at_most(c, patience(c));
    } else {
        enter(c, CLIENT_IDLE);
        c->since = env->clock->now;
        wait_at_most(c, env->generation->config->timeouts.idle);
    }
}

/* Nothing more is read from the client, and it is closed when all that was written has gone. */
static void begin_closing(struct client *c, enum state state)
{
    enter(c, state);
    wait_at_most(c, patience(c));
}

/* The exchange is over: how does the connection go on? Says whether it does. */
static bool end_exchange(struct client *c)
{
    enum exchange_end end = c->request->exchange.end;

    if (end == END_CUT) {
        stream_flush(&c->stream);
        client_free(c);
        return false;
    }
    end_request(c);
    if (end == END_KEEP)
        keep(c);
    else
        begin_closing(c, end == END_CLOSE ? CLIENT_CLOSING : CLIENT_LINGERING);
    return true;
}

/* Has a request begun? Empty lines in front of one are dropped, unless there are too many. */
static bool has_request(struct client *c)
{
    struct buf *in = &c->stream.in;

    buf_take(in, parse_empty_lines(buf_span(in), &c->empty_lines));
    return buf_len(in) > 1 || (buf_len(in) == 1 && *buf_span(in).at != '\r');
}

/* Is nothing to be expected from C any more? */
static bool is_over(const struct client *c)
{
    return stream_is_over(&c->stream) ||
           (c->clients->env->draining && !stream_has_news(&c->stream));
}

/* Says whether C, of whom no request was read yet, is still there. */
static bool let_in(struct client *c)
{
    struct clients *clients = c->clients;

    switch (admission_judge(clients->env, &clients->census, &c->from, &c->place, &c->stream)) {
    case CENSUS_FITS:
        keep(c);
        return true;
    case CENSUS_FULL:
        begin_closing(c, CLIENT_LINGERING);
        return true;
    case CENSUS_FLOOD:
        client_free(c);
        break;
    }
    return false;
}

/* The connection is closed, without an answer: who knows what C speaks? */
static bool refuse_preface(struct client *c, const char *why)
{
    char from[ADDR_TEXT];

    addr_print(&c->from, from);
    log_info("refused %s: %s", from, why);
    counters_add(c->clients->env->counters, COUNTER_REFUSED);
    client_free(c);
    return false;
}

/* C speaks for whom PREFACE says. */
static void take_preface(struct client *c, const struct preface *preface)
{
    if (preface->is_local)
        return;
    c->from = preface->from;
    c->at = preface->at;
}

/* Has C said nothing yet, and is it too late to begin? */
static bool is_unwanted(const struct client *c)
{
    return c->clients->env->draining && buf_len(&c->stream.in) == 0 && is_over(c);
}

/* Each step says whether the client is still there and something else can be done. */
static bool step_preface(struct client *c)
{
    struct preface preface;
    const char *why;
    size_t len;

    switch (preface_read(&preface, buf_span(&c->stream.in), &len, &why)) {
    case PREFACE_READ:
        buf_take(&c->stream.in, len);
        take_preface(c, &preface);
        return let_in(c);
    case PREFACE_BAD:
        return refuse_preface(c, why);
    case PREFACE_WAIT:
        break;
    }
    if (is_unwanted(c)) {
        begin_closing(c, CLIENT_CLOSING);
        return true;
    }
    if (c->late || stream_is_over(&c->stream))
        return refuse_preface(c, c->late ? "PROXY header too late" : "no PROXY header");
    stream_arm(&c->stream, true);
    return false;
}

static bool step_idle(struct client *c)
{
    if (has_request(c)) {
        begin_request(c);
        return true;
    }
    if (c->late || is_over(c)) {
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
    return end_exchange(c);
}

/* Is C late? If it still takes what is left, though not too slowly, it has the time for it. */
static bool is_late(struct client *c)
{
    double rate = c->clients->env->generation->config->limits.read_rate;
    double more = c->late ? pace_grant(stream_heard(&c->stream), rate, patience(c)) : 0;

    if (more > 0) {
        wait_at_most(c, more);
        c->late = false;
    }
    return c->late;
}

static bool step_leaving(struct client *c)
{
    stream_flush(&c->stream);
    if (has_request(c)) {
        begin_request(c);
        return true;
    }
    if (stream_unsent(&c->stream) == 0) {
        keep(c);
        return true;
    }
    if (is_late(c)) {
        client_free(c);
        return false;
    }
    if (is_over(c)) {
        begin_closing(c, CLIENT_CLOSING);
        return true;
    }
    stream_arm(&c->stream, true);
    return false;
}

static bool step_closing(struct client *c)
{
    struct stream *s = &c->stream;

    stream_flush(s);
    if (s->broken || s->err != OK || is_late(c)) {
        client_free(c);
        return false;
    }
    if (stream_unsent(s) > 0) {
        stream_arm(s, false);
        return false;
    }
    if (!s->eof && stream_has_news(s)) {
        enter(c, CLIENT_LINGERING);
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
    if ((s->eof && stream_unsent(s) == 0) || s->broken || s->err != OK || is_late(c)) {
        client_free(c);
        return false;
    }
    if (stream_unsent(s) == 0 && !c->shut) {
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
        [CLIENT_PREFACE] = step_preface, [CLIENT_IDLE] = step_idle,
        [CLIENT_BUSY] = step_busy,       [CLIENT_LEAVING] = step_leaving,
        [CLIENT_CLOSING] = step_closing, [CLIENT_LINGERING] = step_lingering,
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
        client_free(container_of(clients->idle.next, struct client, link));
    while (!list_is_empty(&clients->busy))
        client_free(container_of(clients->busy.next, struct client, link));
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

    if (let_in(c))
        client_run(c);
}

void client_new_speaker(struct clients *clients, int fd, const struct addr *from)
{
    struct client *c = open_client(clients, fd, from);

    enter(c, CLIENT_PREFACE);
    wait_at_most(c, clients->env->generation->config->timeouts.head);
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
        if (!stream_has_news(&c->stream)) {
            client_free(c);
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
