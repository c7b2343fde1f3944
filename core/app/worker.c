/* The process that serves.
 *
 *   listeners --> clients --> exchanges --> reach --> backends
 *                                 |
 *                  probes --> pool <--> policy (Lua or round robin)
 */
#include "app/worker.h"

#include "base/log.h"
#include "base/mem.h"
#include "exchange/client.h"
#include "exchange/reach.h"
#include "feed/probe.h"
#include "net/listen.h"
#include "script/lua_policy.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

/* Descriptors that are neither of clients nor of backends. */
enum { DESCRIPTORS_OWN = 12 };

static const double QUIET = 10; /* seconds until something is said again */

struct worker {
    struct loaded *loaded;
    struct ev_loop *loop;
    struct clock clock;
    struct counters counters;
    struct buf_lender lender;
    struct deadlines deadlines;
    struct pool pool;
    struct probes probes;
    struct idle idle;
    struct reach reach;
    struct exchange_env env;
    struct clients clients;
    struct listener *listeners;
    unsigned listener_count;
    unsigned most;   /* clients at once */
    bool full;       /* as many clients as may be: nobody is accepted */
    double was_full; /* when that began last */
    struct ev_signal terminate;
    struct ev_signal interrupt;
    struct ev_prepare before_wait;
    struct ev_check after_wait;
    struct deadline drained; /* when draining has to end */
};

static void start_listeners(struct worker *w)
{
    for (unsigned i = 0; i < w->listener_count; i++)
        listener_start(&w->listeners[i]);
}

static void stop_listeners(struct worker *w)
{
    for (unsigned i = 0; i < w->listener_count; i++)
        listener_stop(&w->listeners[i]);
}

static void close_listeners(struct worker *w)
{
    for (unsigned i = 0; i < w->listener_count; i++)
        listener_close(&w->listeners[i]);
    w->listener_count = 0;
}

static bool on_accept(void *owner, int fd, const struct addr *from)
{
    struct worker *w = owner;

    client_new(&w->clients, fd, from);
    w->full = w->clients.count >= w->most;
    if (!w->full)
        return true;
    if (w->clock.now >= w->was_full + QUIET)
        log_warn("%s: %u clients, others wait",
                 w->most < w->loaded->config.limits.connections ? "out of file descriptors"
                                                                : "limits.connections reached",
                 w->clients.count);
    w->was_full = w->clock.now;
    stop_listeners(w);
    return false;
}

static void on_client_left(void *owner)
{
    struct worker *w = owner;

    if (w->env.draining && w->clients.count == 0)
        ev_break(w->loop, EVBREAK_ALL);
    if (w->full && !w->env.draining)
        start_listeners(w);
    w->full = false;
}

static void on_drained(struct deadline *deadline)
{
    struct worker *w = container_of(deadline, struct worker, drained);

    log_warn("timeouts.drain is over: %u connections are cut", w->clients.count);
    ev_break(w->loop, EVBREAK_ALL);
}

static void on_interrupt(struct ev_loop *loop, struct ev_signal *signal, int revents)
{
    (void)signal;
    (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

static void on_terminate(struct ev_loop *loop, struct ev_signal *signal, int revents)
{
    struct worker *w = container_of(signal, struct worker, terminate);

    (void)loop;
    (void)revents;
    if (w->env.draining)
        return;
    log_info("draining: %u connections", w->clients.count);
    w->env.draining = true;
    close_listeners(w);
    clients_drain(&w->clients);
    if (w->clients.count == 0)
        ev_break(w->loop, EVBREAK_ALL);
    deadline_set(&w->deadlines, &w->drained, w->clock.now + w->loaded->config.timeouts.drain);
}

/* A turn of the loop is done: what can be put off until now is done here. */
static void on_before_wait(struct ev_loop *loop, struct ev_prepare *prepare, int revents)
{
    struct worker *w = container_of(prepare, struct worker, before_wait);

    (void)loop;
    (void)revents;
    vm_rest(&w->loaded->vm);
    log_flush();
}

static void on_after_wait(struct ev_loop *loop, struct ev_check *check, int revents)
{
    struct worker *w = container_of(check, struct worker, after_wait);

    (void)loop;
    (void)revents;
    clock_tick(&w->clock);
}

/* Every backend has been checked once: now it is known who may be given requests. */
static void on_ready(void *owner)
{
    struct worker *w = owner;

    if (w->env.draining)
        return;
    for (unsigned i = 0; i < w->listener_count; i++) {
        char at[ADDR_TEXT];

        addr_print(&w->loaded->config.listens[i].at, at);
        log_info("listening on %s", at);
    }
    start_listeners(w);
}

/* Opens all sockets, or none. */
static enum err open_listeners(struct worker *w)
{
    struct config *config = &w->loaded->config;

    w->listeners = mem_new(config->listen_count * sizeof *w->listeners);
    for (unsigned i = 0; i < config->listen_count; i++) {
        struct config_listen *listen = &config->listens[i];

        if (listener_open(&w->listeners[i], w->loop, &listen->at, on_accept, w) != OK) {
            log_error("cannot listen on %s (port %u): %s", listen->text, addr_port(&listen->at),
                      strerror(errno));
            return ERR_SYSTEM;
        }
        w->listener_count++;
    }
    return OK;
}

/* Descriptors are what a proxy needs most: as many as the system lets us have. Gives their number. */
static rlim_t raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return RLIM_INFINITY;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

/* How many clients there may be at once: who is accepted needs a second descriptor, for a backend. */
static unsigned most_clients(const struct config *config)
{
    rlim_t own = DESCRIPTORS_OWN + config->listen_count + config->backend_count;
    rlim_t all = raise_descriptor_limit();
    rlim_t most = all > own + 2 ? (all - own) / 2 : 1;

    return most < config->limits.connections ? (unsigned)most : config->limits.connections;
}

static void start_watchers(struct worker *w)
{
    ev_signal_init(&w->terminate, on_terminate, SIGTERM);
    ev_signal_start(w->loop, &w->terminate);
    ev_signal_init(&w->interrupt, on_interrupt, SIGINT);
    ev_signal_start(w->loop, &w->interrupt);
    ev_prepare_init(&w->before_wait, on_before_wait);
    ev_prepare_start(w->loop, &w->before_wait);
    /* The clock is set before anybody looks at it. */
    ev_check_init(&w->after_wait, on_after_wait);
    ev_set_priority(&w->after_wait, EV_MAXPRI);
    ev_check_start(w->loop, &w->after_wait);
    deadline_init(&w->drained, on_drained);
}

static void stop_watchers(struct worker *w)
{
    deadline_fini(&w->drained);
    ev_check_stop(w->loop, &w->after_wait);
    ev_prepare_stop(w->loop, &w->before_wait);
    ev_signal_stop(w->loop, &w->interrupt);
    ev_signal_stop(w->loop, &w->terminate);
}

static uint64_t make_seed(void)
{
    uint64_t seed = 0;

    while (seed == 0 && getrandom(&seed, sizeof seed, 0) >= 0)
        continue;
    return seed | 1;
}

/* Gives the choice to the script, if it wants it. */
static enum err start_policy(struct worker *w)
{
    struct lua_policy *policy;

    pool_init(&w->pool, &w->loaded->config, &w->counters);
    if (lua_policy_new(&policy, &w->loaded->vm, &w->pool, make_seed()) != OK) {
        log_error("cannot make the policy: %s", lua_tostring(w->loaded->vm.L, -1));
        pool_fini(&w->pool);
        return ERR_SCRIPT;
    }
    if (policy->chooses)
        pool_set_policy(&w->pool, &policy->policy);
    return OK;
}

static void serve(struct worker *w)
{
    struct config *config = &w->loaded->config;
    struct parse_limits limits = { config->limits.head, config->limits.fields };

    idle_init(&w->idle, w->pool.count, config->timeouts.idle, &w->deadlines);
    reach_init(&w->reach, w->loop, &w->lender, &w->idle, &limits);
    w->env = (struct exchange_env){
        .config = config,
        .pool = &w->pool,
        .attempts = &w->reach.attempts,
        .clock = &w->clock,
        .deadlines = &w->deadlines,
        .counters = &w->counters,
    };
    clients_init(&w->clients, &w->env, w->loop, &w->lender, on_client_left, w);
    start_watchers(w);
    probes_start(&w->probes, &w->pool, &config->health, w->loop, &w->lender, &w->deadlines,
                 on_ready, w);

    ev_run(w->loop, 0);

    w->env.draining = true;
    probes_stop(&w->probes);
    clients_fini(&w->clients);
    idle_fini(&w->idle);
    stop_watchers(w);
}

static void say_goodbye(struct worker *w)
{
    char text[256];

    counters_print(&w->counters, text, sizeof text);
    log_info("stopped: %s", text);
}

int worker_run(struct loaded *loaded)
{
    struct worker w = { .loaded = loaded, .was_full = -QUIET };
    int code = 1;

    signal(SIGPIPE, SIG_IGN);
    w.most = most_clients(&loaded->config);
    w.loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (w.loop == NULL) {
        log_error("cannot make an event loop: %s", strerror(errno));
        return 1;
    }
    clock_tick(&w.clock);
    deadlines_init(&w.deadlines, w.loop, &w.clock);
    if (open_listeners(&w) == OK && start_policy(&w) == OK) {
        serve(&w);
        say_goodbye(&w);
        pool_fini(&w.pool);
        code = 0;
    }
    close_listeners(&w);
    mem_free(w.listeners);
    deadlines_fini(&w.deadlines);
    buf_lender_fini(&w.lender);
    ev_loop_destroy(w.loop);
    log_flush();
    return code;
}
