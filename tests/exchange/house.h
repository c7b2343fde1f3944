/* Clients, their exchanges and a backend, all of it over real connections within this process. The
 * test is both the clients and the backend.
 *
 *     house_begin(&h);
 *     fd = house_connect(&h);
 *     tell(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
 *     house_answer(&h, "HTTP/1.1 204 No\r\n\r\n");
 *     house_expect(&h, fd, "204 No\r\n");
 */
#ifndef TESTS_EXCHANGE_HOUSE_H
#define TESTS_EXCHANGE_HOUSE_H

#include "net/fake_time.h"
#include "net/sockets.h"

#include "exchange/client.h"
#include "exchange/queue.h"
#include "exchange/reach.h"

struct house {
    struct fake_time time;
    struct buf_lender lender;
    struct pipes pipes;
    struct config config;
    struct ledger ledger;
    struct pool pool;
    struct generation generation;
    struct idle idle;
    struct reach reach;
    struct complaints complaints;
    struct counters counters;
    struct soon soon;
    struct queue queue;
    struct exchange_env env;
    struct clients clients;
    unsigned left;
    int near;     /* our end of the connection of the newest client */
    int listener; /* of the backend, */
    int backend;  /* and its connection; -1: none */
};

static inline void house_on_left(void *owner)
{
    struct house *h = owner;

    h->left++;
}

static inline void house_begin(struct house *h)
{
    struct config_backend *b;

    *h = (struct house){ .backend = -1 };
    fake_time_begin(&h->time);
    config_init(&h->config);
    b = config_add_backend(config_add_pool(&h->config, CONFIG_POOL));
    h->listener = listen_somewhere(&b->at);
    set_nonblocking(h->listener);
    b->id = mem_copy(SPAN("a"));
    b->authority = mem_copy(SPAN("a"));
    b->host = mem_copy(SPAN("a"));
    ledger_init(&h->ledger, NULL, NULL);
    pool_init(&h->pool, h->config.pools, &h->ledger, &h->counters, h->time.clock.now);
    h->generation = (struct generation){
        .config = &h->config,
        .limits = { .head = h->config.limits.head,
                    .fields = h->config.limits.fields,
                    .line = h->config.limits.line,
                    .field = h->config.limits.field,
                    .allow = &h->config.allow },
        .pools = &h->pool,
    };
    complaints_init(&h->complaints, &h->time.clock);
    soon_init(&h->soon, h->time.loop);
    queue_init(&h->queue, &h->soon);
    pool_set_usher(&h->pool, &h->queue.usher);
    idle_init(&h->idle, h->config.timeouts.idle, &h->time.deadlines);
    reach_init(&h->reach, h->time.loop, &h->lender, &h->pipes, &h->idle);
    h->env = (struct exchange_env){
        .generation = &h->generation,
        .attempts = &h->reach.attempts,
        .clock = &h->time.clock,
        .deadlines = &h->time.deadlines,
        .counters = &h->counters,
        .complaints = &h->complaints,
        .usher = &h->queue.usher,
        .pipes = &h->pipes,
    };
    clients_init(&h->clients, &h->env, h->time.loop, &h->lender, house_on_left, h);
}

static inline void house_end(struct house *h)
{
    clients_fini(&h->clients);
    ck_assert_uint_eq(h->clients.count, 0);
    ck_assert_uint_eq(h->left, h->counters.n[COUNTER_CONNECTIONS]);
    ck_assert_uint_eq(h->pool.backends[0].facts->inflight, 0);
    ck_assert_uint_eq(h->generation.held, 0);
    idle_fini(&h->idle);
    queue_fini(&h->queue);
    soon_fini(&h->soon);
    pool_fini(&h->pool);
    config_fini(&h->config);
    ck_assert_uint_eq(h->lender.lent, 0);
    pipes_fini(&h->pipes);
    buf_lender_fini(&h->lender);
    close(h->listener);
    if (h->backend >= 0)
        close(h->backend);
    fake_time_end(&h->time);
}

/* Runs the loop for what has happened already. */
static inline void house_look(struct house *h)
{
    ev_run(h->time.loop, EVRUN_NOWAIT);
}

/* A new client; gives its blocking end of the connection. */
static inline int house_connect(struct house *h)
{
    struct addr from = loopback();
    int far;

    connect_pair(&h->near, &far);
    client_new(&h->clients, h->near, &from);
    return far;
}

/* The same over a socket that holds only a little of what was not read yet. */
static inline int house_connect_narrowly(struct house *h)
{
    struct addr from = loopback();
    int small = 4608;
    int ends[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    h->near = ends[0];
    set_nonblocking(h->near);
    ck_assert_int_eq(setsockopt(h->near, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    client_new(&h->clients, h->near, &from);
    return ends[1];
}

/* Reads from FD, while the loop runs, until TEXT has come. */
static inline void house_expect(struct house *h, int fd, const char *text)
{
    static char got[65536];
    size_t len = 0;

    do {
        ssize_t n = recv(fd, got + len, 1, MSG_DONTWAIT);

        ck_assert_uint_lt(len, sizeof got - 1);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            ck_abort_msg("\"%s\" came, and an end, but no \"%s\"", got, text);
        len += n > 0;
        got[len] = '\0';
        if (n < 0)
            house_look(h);
    } while (len < strlen(text) || strcmp(got + len - strlen(text), text) != 0);
}

/* Waits until FD has ended, and drops what comes before. Gives the error number, 0 if none. */
static inline int house_await_end(struct house *h, int fd)
{
    static char got[65536];

    for (;;) {
        ssize_t n = recv(fd, got, sizeof got, MSG_DONTWAIT);

        if (n == 0)
            return 0;
        if (n < 0 && errno != EAGAIN)
            return errno;
        if (n < 0)
            house_look(h);
    }
}

/* The backend takes the next connection. */
static inline void house_accept(struct house *h)
{
    if (h->backend >= 0)
        close(h->backend);
    while ((h->backend = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
        house_look(h);
}

/* The backend gets the head of a request, over a new connection if it has none yet, and answers. */
static inline void house_answer(struct house *h, const char *response)
{
    if (h->backend < 0)
        house_accept(h);
    house_expect(h, h->backend, "\r\n\r\n");
    tell(h->backend, response);
}

/* Waits until COUNT clients have left. */
static inline void house_await_left(struct house *h, unsigned count)
{
    TURN_UNTIL(h->time.loop, h->left >= count);
    ck_assert_uint_eq(h->left, count);
}

#endif
