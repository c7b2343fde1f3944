/* The process that serves.
 *
 *   listeners --> clients --> exchanges --> reach --> backends
 *                                 |
 *                  probes --> pool <--> policy (Lua or round robin)
 *
 *   every --> tasks --> fetches --> whoever the script asks
 */
#include "app/worker.h"

#include "app/entrance.h"
#include "base/log.h"
#include "exchange/reach.h"
#include "feed/fetch.h"
#include "feed/probe.h"
#include "script/lua_every.h"
#include "script/lua_policy.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>

struct worker {
    struct loaded *loaded;
    struct ev_loop *loop;
    struct clock clock;
    struct counters counters;
    struct buf_lender lender;
    struct pipes pipes;
    struct deadlines deadlines;
    struct pool pool;
    struct probes probes;
    struct dns dns;
    struct fetches fetches;
    struct lua_tasks tasks;
    struct lua_every every;
    struct idle idle;
    struct reach reach;
    struct exchange_env env;
    struct complaints complaints;
    struct clients clients;
    struct entrance entrance;
    struct ev_signal terminate;
    struct ev_signal interrupt;
    struct deadline drained; /* when draining has to end */
};

/* Is nothing left to be done? */
static void end_if_drained(void *owner)
{
    struct worker *w = owner;

    if (w->env.draining && w->clients.count == 0 && entrance_is_closed(&w->entrance))
        ev_break(w->loop, EVBREAK_ALL);
}

static void on_client_left(void *owner)
{
    struct worker *w = owner;

    entrance_client_left(&w->entrance);
    end_if_drained(w);
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
    entrance_end(&w->entrance);
    w->env.draining = true;
    log_info("draining: %u connections", w->clients.count);
    clients_drain(&w->clients);
    end_if_drained(w);
    deadline_set(&w->deadlines, &w->drained, w->clock.now + w->loaded->config.timeouts.drain);
}

/* A turn of the loop is done: what can be put off until now is done here. */
static void before_wait(struct ev_loop *loop)
{
    struct worker *w = ev_userdata(loop);

    vm_rest(&w->loaded->vm);
    log_flush();
}

/* Whatever has happened has happened now. */
static void after_wait(struct ev_loop *loop)
{
    struct worker *w = ev_userdata(loop);

    clock_tick(&w->clock);
}

/* A check or a fetch lacks a descriptor. */
static bool free_descriptor(void *owner)
{
    struct worker *w = owner;

    return idle_drop(&w->idle);
}

/* Every backend has been checked once: now it is known who may be given requests. */
static void on_ready(void *owner)
{
    struct worker *w = owner;

    if (w->env.draining)
        return;
    entrance_start(&w->entrance);
    lua_every_start(&w->every);
}

static void start_watchers(struct worker *w)
{
    ev_signal_init(&w->terminate, on_terminate, SIGTERM);
    ev_signal_start(w->loop, &w->terminate);
    ev_signal_init(&w->interrupt, on_interrupt, SIGINT);
    ev_signal_start(w->loop, &w->interrupt);
    ev_set_userdata(w->loop, w);
    ev_set_loop_release_cb(w->loop, before_wait, after_wait);
    deadline_init(&w->drained, on_drained);
}

static void stop_watchers(struct worker *w)
{
    deadline_fini(&w->drained);
    ev_set_loop_release_cb(w->loop, NULL, NULL);
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

    if (!w->loaded->config.picks)
        return OK;
    if (lua_policy_new(&policy, &w->loaded->vm, &w->pool, make_seed()) != OK) {
        log_error("cannot make the policy: %s", lua_tostring(w->loaded->vm.L, -1));
        return ERR_SCRIPT;
    }
    pool_set_policy(&w->pool, &policy->policy);
    return OK;
}

/* Readies what the script has done every so often. */
static enum err start_tasks(struct worker *w)
{
    lua_State *L = w->loaded->vm.L;

    if (lua_tasks_init(&w->tasks, &w->loaded->vm, &w->deadlines, &w->fetches.fetcher) != OK)
        goto fail;
    lua_newtable(L);
    if (lua_every_init(&w->every, &w->tasks, make_seed()) == OK)
        return OK;
    lua_tasks_fini(&w->tasks);
fail:
    log_error("cannot make the tasks: %s", lua_tostring(L, -1));
    return ERR_SCRIPT;
}

static void end_tasks(struct worker *w)
{
    lua_every_fini(&w->every);
    lua_tasks_fini(&w->tasks);
}

static void serve(struct worker *w)
{
    start_watchers(w);
    probes_start(&w->probes, &w->pool, &w->loaded->config.health, w->loop, &w->lender,
                 &w->deadlines, on_ready, free_descriptor, w);

    ev_run(w->loop, 0);

    entrance_fini(&w->entrance);
    probes_stop(&w->probes);
    stop_watchers(w);
}

static void say_goodbye(struct worker *w)
{
    char text[256];

    counters_print(&w->counters, text, sizeof text);
    log_info("stopped: %s", text);
}

/* Makes all that an exchange needs. */
static void furnish(struct worker *w)
{
    struct config *config = &w->loaded->config;
    struct parse_limits limits = { config->limits.head, config->limits.fields };

    clock_tick(&w->clock);
    deadlines_init(&w->deadlines, w->loop, &w->clock);
    pool_init(&w->pool, config, &w->counters);
    complaints_init(&w->complaints, w->pool.count, &w->clock);
    idle_init(&w->idle, w->pool.count, config->timeouts.idle, &w->deadlines);
    reach_init(&w->reach, w->loop, &w->lender, &w->pipes, &w->idle, &limits);
    w->env = (struct exchange_env){
        .config = config,
        .pool = &w->pool,
        .attempts = &w->reach.attempts,
        .clock = &w->clock,
        .deadlines = &w->deadlines,
        .counters = &w->counters,
        .pipes = &w->pipes,
        .complaints = &w->complaints,
    };
    clients_init(&w->clients, &w->env, w->loop, &w->lender, on_client_left, w);
    dns_init(&w->dns, w->loop, &w->clock, NULL);
    fetch_init(&w->fetches, w->loop, &w->lender, &w->deadlines, &w->dns);
    fetch_set_relief(&w->fetches, free_descriptor, w);
}

static void clear(struct worker *w)
{
    fetch_fini(&w->fetches);
    dns_fini(&w->dns);
    clients_fini(&w->clients);
    idle_fini(&w->idle);
    complaints_fini(&w->complaints);
    pool_fini(&w->pool);
    deadlines_fini(&w->deadlines);
    pipes_fini(&w->pipes);
    buf_lender_fini(&w->lender);
}

int worker_run(struct loaded *loaded)
{
    struct worker w = { .loaded = loaded };
    int code = 1;

    signal(SIGPIPE, SIG_IGN);
    w.loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (w.loop == NULL) {
        log_error("cannot make an event loop: %s", strerror(errno));
        return 1;
    }
    furnish(&w);
    if (start_policy(&w) == OK && start_tasks(&w) == OK) {
        if (entrance_open(&w.entrance, &loaded->config, &w.env, &w.clients, &w.idle, end_if_drained,
                          &w) == OK) {
            serve(&w);
            code = 0;
        }
        end_tasks(&w);
    }
    clear(&w);
    if (code == 0)
        say_goodbye(&w);
    ev_loop_destroy(w.loop);
    log_flush();
    return code;
}
