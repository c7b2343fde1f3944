/* The proxy without its script. */
#include "house.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

/* So many turns at most follow what happens, and so many bring nothing about: else it spins. */
enum { TURNS_MAX = 20000, IDLE_TURNS_MAX = 30, ROOM_AT_LAST = 1 << 30 };

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "exchange: %s\n", what);
    abort();
}

static void on_left(void *owner)
{
    struct house *h = owner;

    h->left++;
}

/* What costs more to make than an input does to run is made once: the loop, and what consists of
 * many empty lists, which are found as they were. That the house is always at the same place is
 * why they can. */
static void begin_lists(struct house *h)
{
    static struct ev_loop *loop;
    static struct deadlines deadlines;
    static struct ledger ledger;

    h->time.clock = (struct clock){ .now = 1000, .second = 1767225600 };
    if (loop == NULL) {
        log_set_fd(-1);
        loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
        deadlines_init(&h->time.deadlines, loop, &h->time.clock);
        deadlines = h->time.deadlines;
        ledger_init(&h->ledger, NULL, NULL);
        ledger = h->ledger;
    }
    h->time.loop = loop;
    h->time.deadlines = deadlines;
    h->ledger = ledger;
}

/* What was put into the config is what a script could have asked for. */
static void configure(struct house *h, const struct options *options)
{
    const unsigned *of = options->of;
    struct config_limits *limits = &h->config.limits;

    h->config.log_access = true;
    h->config.retry.tries = 1 + of['t'] % 5;
    h->config.retry.body = of['r'] * 1000;
    h->config.retry.on_timeout = of['r'] & 1;
    h->config.retry.on_status[503 - CONFIG_RETRY_FIRST] = of['o'] & 1;
    h->config.retry.on_status[404 - CONFIG_RETRY_FIRST] = of['o'] >> 1 & 1;
    if (of['c'] > 0)
        h->config.inflight = of['c'];
    if (of['q'] > 0)
        h->config.pending = of['q'] - 1;
    h->config.timeouts.tunnel = 300;
    h->config.allow.connect = of['u'] & 1;
    h->config.allow.trace = of['u'] >> 1 & 1;
    h->config.allow.any_upgrade = of['u'] >> 2 & 1;
    if (of['b'] > 0)
        limits->body = of['b'] * 100;
    if (of['n'] > 0)
        limits->requests = of['n'];
    if (of['f'] > 0)
        limits->line = limits->field = 64 * of['f'];
    limits->body_rate = 100 * of['y'];
    limits->read_rate = 100 * of['z'];
    if (of['x'] > 0) {
        h->config.outlier.watches = true;
        h->config.outlier.errors = of['x'];
    }
    h->config.retry.backoff = of['k'] * 0.1;
    if (of['l'] > 0) {
        limits->head = 256 * of['l'];
        limits->fields = 3 * of['l'];
    }
}

static void add_backends(struct house *h, unsigned count)
{
    static char *const ids[BACKENDS_MAX] = { "a", "b", "c" };
    struct config_pool *pool = config_add_pool(&h->config, CONFIG_POOL);

    for (unsigned i = 0; i < count; i++) {
        struct config_backend *b = config_add_backend(pool);

        b->at.v4 = (struct sockaddr_in){
            .sin_family = AF_INET,
            .sin_port = htons((uint16_t)(BACKEND_PORT + i)),
            .sin_addr = { htonl(INADDR_LOOPBACK) },
        };
        b->weight = b->tier = 1;
        b->id = mem_copy(span_of(ids[i]));
        b->authority = mem_copy(span_of(ids[i]));
        b->host = mem_copy(span_of(ids[i]));
    }
}

void house_begin(struct house *h, const struct options *options)
{
    struct buf_lender lender = h->lender;

    *h = (struct house){ .lender = lender, .pipes = { .most = 2 * options->of['p'] } };
    kernel_begin();
    kernel.backwards = options->of['w'] & 1;
    begin_lists(h);
    config_init(&h->config);
    configure(h, options);
    add_backends(h, 1 + options->of['s'] % BACKENDS_MAX);
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
    parse_hasten(&h->generation.limits);
    complaints_init(&h->complaints, &h->time.clock);
    soon_init(&h->soon, h->time.loop);
    queue_init(&h->queue, &h->soon);
    pool_set_usher(&h->pool, &h->queue.usher);
    idle_init(&h->idle, h->config.timeouts.idle, &h->time.deadlines);
    h->idle.most = options->of['i'] > 0 ? options->of['i'] : IDLE_MOST;
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
    clients_init(&h->clients, &h->env, h->time.loop, &h->lender, on_left, h);
}

void house_let_in(struct house *h, int fd, unsigned number)
{
    struct addr from = { .v4 = {
                             .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)(1000 + number)),
                             .sin_addr = { htonl(0xc0000200u + number) },
                         } };

    h->came++;
    client_new(&h->clients, fd, &from);
}

/* Facts that hold at any time. */
static void check_facts(const struct house *h)
{
    unsigned inflight = 0;

    for (unsigned i = 0; i < h->pool.count; i++)
        inflight += h->pool.backends[i].facts->inflight;
    must(inflight <= h->clients.count, "more requests are in flight than there are clients");
    must(h->clients.count + h->left == h->came, "clients are not counted");
}

void house_settle(struct house *h)
{
    unsigned idle = 0;

    for (unsigned turns = 0; turns < TURNS_MAX; turns++) {
        uint64_t before = kernel.moves;

        ev_run(h->time.loop, EVRUN_NOWAIT);
        check_facts(h);
        if (kernel.ready == 0 && !ev_is_active(&h->soon.turn))
            return;
        idle = kernel.moves == before ? idle + 1 : 0;
        if (idle >= IDLE_TURNS_MAX)
            kernel_show();
        must(idle < IDLE_TURNS_MAX, "the loop spins");
    }
    must(false, "the loop has no end");
}

void house_wait(struct house *h, double seconds)
{
    fake_time_jump(&h->time, seconds);
    house_settle(h);
    fake_time_jump(&h->time, 0.1); /* the loop has stood still, so it looks once more */
    house_settle(h);
}

void house_wait_for_all(struct house *h)
{
    for (unsigned i = 0; i < kernel.count; i++) {
        kernel.wires[i].holds = ROOM_AT_LAST;
        kernel.wires[i].taken = kernel.wires[i].heard.len;
    }
    house_settle(h);
    for (unsigned i = 0; i < 200 && h->clients.count > 0; i++) {
        for (unsigned j = 0; j < kernel.count; j++)
            kernel.wires[j].taken = kernel.wires[j].heard.len;
        house_wait(h, 31);
    }
    must(h->clients.count == 0, "a client stays for ever");
}

void house_end(struct house *h)
{
    clients_fini(&h->clients);
    must(h->left == h->came, "a client was not heard to leave");
    for (unsigned i = 0; i < h->pool.count; i++)
        must(h->pool.backends[i].facts->inflight == 0, "a request is still in flight");
    must(h->generation.held == 0, "the generation is still held");
    idle_fini(&h->idle);
    must(h->idle.count == 0, "a connection is still kept");
    queue_fini(&h->queue);
    soon_fini(&h->soon);
    pool_fini(&h->pool);
    must(h->ledger.count == 0, "somebody is still in the ledger");
    config_fini(&h->config);
    must(h->lender.lent == 0, "a buffer is still lent");
    must(h->pipes.lent == 0, "a pipe is still lent");
    pipes_fini(&h->pipes);
    for (unsigned i = 0; i < DEADLINE_SLOTS; i++)
        must(list_is_empty(&h->time.deadlines.slots[i]), "a deadline is still on the wheel");
    deadlines_fini(&h->time.deadlines);
}
