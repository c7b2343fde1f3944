/* A whole exchange in memory. */
#include "world.h"
#include "world_hooks.h"
#include "world_others.h"
#include "net/fake_time.h"
#include "support/test.h"

#include "balance/facts.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { TURNS_MAX = 2000 };

static const char ids[] = "abc";

static struct world *world_of(const struct attempt *a)
{
    return container_of(a->by, struct world, by);
}

/* Which of the world's backends A tries. */
static unsigned number_of(const struct attempt *a)
{
    return (unsigned)(a->backend->config->id[0] - ids[0]);
}

/* The side of A, which is the last attempt that was started. */
static struct memory_side *side_of(const struct attempt *a)
{
    struct world *w = world_of(a);

    must(w->ended_count == w->tried_count - 1, "an attempt is used that has ended");
    return &w->attempts[w->tried_count - 1];
}

static void world_start(struct attempt *a, bool fresh)
{
    struct world *w = world_of(a);
    unsigned b = number_of(a);
    const struct world_backend *backend = &w->backends[b];
    unsigned i = w->tried_count++;

    must(i < WORLD_ATTEMPTS, "there are too many attempts for these tests");
    must(w->ended_count == i, "an attempt is started before the last one has ended");
    must(a->backend->facts->inflight <= a->backend->cap, "a cap is exceeded");
    a->reused = !fresh && backend->kept != NULL && !w->is_kept_taken[b];
    w->is_kept_taken[b] = w->is_kept_taken[b] || a->reused;
    w->tried[i] = (char)(a->reused ? ids[b] - 'a' + 'A' : ids[b]);
    w->dials[i] = a->reused || backend->dial == NULL ? "" : backend->dial;
    memory_side_init(&w->attempts[i], a->reused ? backend->kept : backend->says, backend->takes,
                     a->arena);
    w->attempts[i].stuck = backend->stuck;
    w->attempts[i].sips = backend->sips;
    w->attempts[i].like.status = backend->status > 0 ? backend->status : 200;
    w->attempts[i].like.persistent = !backend->closes;
}

static enum attempt_news world_poll(struct attempt *a)
{
    struct world *w = world_of(a);
    struct memory_side *side = side_of(a);

    switch (*w->dials[w->tried_count - 1]) {
    case '.':
    case '~':
        return ATTEMPT_WAIT;
    case 'x':
        a->err = ERR_REFUSED;
        return ATTEMPT_FAILED;
    case 'd':
        a->err = ERR_EXHAUSTED;
        return ATTEMPT_FAILED;
    case 'p':
        a->err = ERR_PORTS;
        return ATTEMPT_FAILED;
    default:
        break;
    }
    a->side = &side->side;
    return ATTEMPT_OPEN;
}

static bool world_has_sent(const struct attempt *a)
{
    return side_of(a)->got[0] != '\0' && !world_of(a)->backends[number_of(a)].deaf;
}

static void world_end(struct attempt *a, bool keep)
{
    struct world *w = world_of(a);
    char id[] = { ids[number_of(a)], '\0' };

    must(a->backend->facts->inflight == 1 + w->busy[number_of(a)],
         "an attempt is not in flight until it ends");
    side_of(a)->closed = true;
    strcpy(w->host_told, side_of(a)->host);
    a->side = NULL;
    w->ended_count++;
    if (keep)
        strcat(w->kept, id);
}

static void go(struct world *w)
{
    must(!w->runs, "the exchange is run within itself");
    w->runs = true;
    w->news = exchange_run(w->exchange);
    w->runs = false;
}

/* Who is called by the usher goes on at once; otherwise there is the next turn for it. */
static void wake(void *owner)
{
    struct world *w = owner;

    w->woken++;
    if (w->ushers)
        go(w);
}

/* The side of the attempt that is under way; the client's if there is none. */
static struct memory_side *other_side(struct world *w)
{
    return w->tried_count == w->ended_count ? &w->client : &w->attempts[w->tried_count - 1];
}

/* A turn of the loop. False if nothing happens in it. */
static bool turn(struct world *w)
{
    bool client = memory_side_turn(&w->client);
    bool other = memory_side_turn(other_side(w));

    if (w->tried_count > w->ended_count && *w->dials[w->tried_count - 1] == '.') {
        w->dials[w->tried_count - 1]++;
        other = true;
    }
    if (world_hooks_turn(w))
        other = true;
    if (world_others_turn(w))
        other = true;
    return client || other;
}

/* Lets some seconds pass, if somebody waits for that and X has the patience. */
static bool wait_for_sides(struct world *w, const struct exchange *x, struct fake_time *time)
{
    enum { SECONDS = 4 };
    bool client;

    if (x->deadline.at <= time->clock.now + SECONDS)
        return false;
    client = memory_side_later(&w->client);
    if (!memory_side_later(other_side(w)) && !client)
        return false;
    fake_time_pass(time, SECONDS);
    return true;
}

/* Nobody has anything left to do: the next thing that happens is the deadline. */
static void wait_for_deadline(struct world *w, const struct exchange *x, struct fake_time *time)
{
    unsigned woken = w->woken;

    must(x->deadline.at < time->clock.now + 1000, "there is no deadline");
    fake_time_pass(time, x->deadline.at - time->clock.now + DEADLINE_GRAIN);
    must(w->woken == woken + 1, "the deadline wakes nobody");
}

static void add_backend(const struct world *w, struct config_pool *pool, unsigned i)
{
    struct config_backend *b = config_add_backend(pool);

    b->cap = w->backends[i].cap;
    b->drain = w->backends[i].drains;
    b->at.v4.sin_family = AF_INET;
    b->at.v4.sin_port = htons((uint16_t)(i + 1));
    b->id = mem_copy((struct span){ &ids[i], 1 });
    b->authority = mem_copy((struct span){ &ids[i], 1 });
    b->host = mem_copy((struct span){ &ids[i], 1 });
}

static void make_retry(const struct world *w, struct config_retry *retry)
{
    if (w->tries > 0)
        retry->tries = w->tries;
    if (w->retried > 0)
        retry->on_status[w->retried - CONFIG_RETRY_FIRST] = true;
    if (w->contented)
        retry->on_connect = retry->on_reset = retry->on_timeout = false;
    if (w->poor)
        retry->budget = 0;
    if (w->body_kept > 0 || w->keeps_no_body)
        retry->body = w->body_kept;
    retry->backoff = w->backoff;
}

static void make_config(const struct world *w, struct config *config)
{
    struct config_pool *pool;

    config_init(config);
    config->timeouts.head = WAIT_HEAD;
    config->timeouts.connect = WAIT_CONNECT;
    config->timeouts.response = WAIT_RESPONSE;
    config->timeouts.stall = w->stall > 0 ? w->stall : WAIT_STALL;
    config->timeouts.hook = WAIT_HOOK;
    config->timeouts.tunnel = WAIT_TUNNEL;
    config->timeouts.queue = WAIT_QUEUE;
    config->pending = w->pending > 0 ? (unsigned)w->pending : w->pending == 0 ? 1000 : 0;
    make_retry(w, &config->retry);
    config->limits.body = w->body_limit > 0 ? w->body_limit : UINT64_MAX;
    config->limits.body_rate = w->body_rate;
    config->limits.read_rate = w->read_rate;
    config->host = w->host;
    config->log_access = !w->unlogged;
    config->request = w->hook.does != NULL ? HOOK_WAITS : HOOK_NONE;
    config->response = w->hook_back.does != NULL ? HOOK_WAITS : HOOK_NONE;
    pool = config_add_pool(config, "1");
    for (unsigned i = 0; i < WORLD_BACKENDS && w->backends[i].says != NULL; i++) {
        if (w->first_pool > 0 && i == w->first_pool)
            pool = config_add_pool(config, "2");
        add_backend(w, pool, i);
    }
}

/* Round robin decides, but it is remembered how attempts end. */
static enum policy_news pick(struct policy *policy, const struct ask *ask, struct backend **chosen)
{
    (void)policy;
    return policy_pick(&ask->up[0]->pool->fallback.policy, ask, chosen);
}

static void facts(struct policy *policy, const struct backend *b)
{
    (void)policy;
    (void)b;
}

static void done(struct policy *policy, const struct backend *b, struct visit *visit,
                 const struct outcome *outcome)
{
    struct world *w = container_of(policy, struct world, policy);
    size_t len = strlen(w->told);

    (void)visit;
    w->outcome = *outcome;
    must(b->facts->inflight == w->busy[b->config->id[0] - ids[0]],
         "an outcome is told before the lease is released");
    snprintf(w->told + len, sizeof w->told - len, "%s%u%s ", b->config->id, outcome->status,
             outcome->err != OK ? "!" : "");
}

static void make_pools(struct world *w, const struct config *config, struct ledger *ledger)
{
    static const struct policy_ops ops = { pick, facts, done };

    ledger_init(ledger, NULL, NULL);
    world_others_init(w);
    w->policy.ops = &ops;
    for (unsigned p = 0; p < config->pool_count; p++) {
        struct pool *pool = &w->pools[p];

        pool_init(pool, &config->pools[p], ledger, &w->counters, 1000);
        pool_set_policy(pool, &w->policy);
        pool_set_usher(pool, &w->usher);
        for (unsigned i = 0; i < pool->count; i++)
            if (w->backends[pool->backends[i].config->id[0] - ids[0]].down)
                facts_judge(pool->backends[i].facts, VERDICT_GONE, &config_health, 1000);
    }
}

static void end_pools(struct world *w, const struct config *config, const struct ledger *ledger)
{
    world_others_end(w);
    for (unsigned p = 0; p < config->pool_count; p++) {
        for (unsigned i = 0; i < w->pools[p].count; i++)
            must(w->pools[p].backends[i].facts->inflight == 0, "a lease is not released");
        pool_fini(&w->pools[p]);
    }
    must(ledger->count == 0, "facts are still held");
}

static void make_client(struct world *w, struct arena *arena)
{
    memory_side_init(&w->client, w->asks, w->takes, arena);
    w->client.stuck = w->stuck;
    w->client.sips = w->sips;
    w->client.sip = w->sip;
    w->client.expects = w->expects;
    w->client.malformed = w->refused;
    w->client.like.method = w->method != NULL ? span_of(w->method) : SPAN("GET");
    w->client.like.target = SPAN("/path");
    w->client.like.host = SPAN("example.org");
    w->client.like.persistent = !w->closes;
    if (w->length > 0) {
        w->client.like.body = BODY_LENGTH;
        w->client.like.length = w->length;
    }
}

/* Is nothing left of the exchange X? */
static void check_end(struct world *w, const struct exchange *x)
{
    must(w->ended_count == w->tried_count, "an attempt is not ended");
    must(w->waits == NULL, "a hook still waits");
    must(x->visit.kept == 0, "something is still kept for the request");
    must(x->generation->held == 0, "the generation is still held");
    must(x->deadline.tick == UINT64_MAX, "the deadline is still on the wheel");
    must(x->arena.used == 0, "the arena is not reset");
}

/* Runs X until it is done or torn. */
static void run(struct world *w, struct exchange *x, struct fake_time *time)
{
    w->exchange = x;
    go(w);
    while (w->news == EXCHANGE_WAIT) {
        must(++w->turns < TURNS_MAX, "it does not come to an end");
        if (w->turns == w->torn)
            return;
        if (!turn(w) && !wait_for_sides(w, x, time))
            wait_for_deadline(w, x, time);
        if (w->news == EXCHANGE_WAIT)
            go(w);
    }
}

const char *world_run(struct world *w)
{
    static const struct addr from = { .v4 = { .sin_family = AF_INET } };
    struct fake_time time;
    struct config config;
    struct ledger ledger;
    struct generation generation = { .config = &config, .pools = w->pools };
    struct complaints complaints;
    struct exchange x = { .arena = { NULL, 0 } };
    struct exchange_env env = {
        .generation = &generation,
        .attempts = &w->by,
        .clock = &time.clock,
        .deadlines = &time.deadlines,
        .counters = &w->counters,
        .complaints = &complaints,
        .usher = &w->usher,
        .draining = w->draining,
    };

    fake_time_begin(&time);
    make_config(w, &config);
    make_pools(w, &config, &ledger);
    world_others_begin(w);
    world_hooks_furnish(w, &generation);
    make_client(w, &x.arena);
    complaints_init(&complaints, &time.clock);
    w->by = (struct attempts){ world_start, world_poll, world_has_sent, world_end };
    exchange_init(&x, &env, &w->client.side, &from, NULL, wake, w);
    x.is_last = w->is_last;
    run(w, &x, &time);
    w->end = x.end;
    w->waited = time.clock.now - 1000;
    exchange_fini(&x);
    check_end(w, &x);

    arena_fini(&x.arena);
    end_pools(w, &config, &ledger);
    config_fini(&config);
    fake_time_end(&time);
    return w->client.got;
}

/* What these tests have logged is of no interest, unless one of them listens. */
__attribute__((constructor)) static void be_quiet(void)
{
    log_set_fd(-1);
}
