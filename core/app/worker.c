/* The process that serves.
 *
 *   entrance --> clients --> exchanges --> reach --> backends
 *                                |
 *                 probes --> generation: pools, policies, router, hooks <-- reload
 */
#include "app/worker.h"

#include "app/edition.h"
#include "app/reload.h"
#include "app/status.h"
#include "app/watch.h"
#include "base/log.h"
#include "exchange/queue.h"
#include "exchange/reach.h"
#include "feed/fetch.h"
#include "vm/lua_files.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>

struct worker {
    struct ev_loop *loop;
    struct clock clock;
    struct counters counters;
    struct buf_lender lender;
    struct pipes pipes;
    struct deadlines deadlines;
    struct soon soon;
    struct ledger ledger;
    struct probes probes;
    struct idle idle;
    struct reach reach;
    struct exchange_env env;
    struct complaints complaints;
    struct queue queue;
    struct clients clients;
    struct entrance entrance;
    struct dns dns;
    struct fetches fetches;
    struct reload reload;
    struct watch watch;
    bool watched;
    struct ev_signal terminate;
    struct ev_signal interrupt;
    struct ev_signal hangup;
    struct ev_signal tell;
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
    deadline_set(&w->deadlines, &w->drained,
                 w->clock.now + reload_config(&w->reload)->timeouts.drain);
}

static void load_anew(struct worker *w)
{
    if (!w->env.draining)
        reload_start(&w->reload);
}

static void on_changed(void *owner)
{
    load_anew(owner);
}

static void on_hangup(struct ev_loop *loop, struct ev_signal *signal, int revents)
{
    struct worker *w = container_of(signal, struct worker, hangup);

    (void)loop;
    (void)revents;
    load_anew(w);
}

static void on_tell(struct ev_loop *loop, struct ev_signal *signal, int revents)
{
    (void)loop;
    (void)revents;
    status_log(&container_of(signal, struct worker, tell)->reload);
}

/* A turn of the loop is done: what can be put off until now is done here. */
static void before_wait(struct ev_loop *loop)
{
    struct worker *w = ev_userdata(loop);

    reload_rest(&w->reload);
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

static void add_watched(void *owner, const char *path)
{
    struct worker *w = owner;

    watch_add(&w->watch, path);
}

/* Watches the files of the script that serves now. */
static void watch_files(struct worker *w)
{
    watch_add(&w->watch, w->reload.source->path);
    if (lua_files_each(&w->reload.current->loaded->vm, add_watched, w) != OK)
        log_warn("out of memory for scripts: not all their files are watched");
    watch_prune(&w->watch);
}

/* Every backend of the script that was loaded has been checked once: now it is known who may be
 * given requests. */
static void on_ready(void *owner)
{
    struct worker *w = owner;

    if (w->env.draining)
        return;
    reload_on_ready(&w->reload);
    if (w->watched)
        watch_files(w);
    w->idle.longest = reload_config(&w->reload)->timeouts.idle;
    if (!w->entrance.started)
        entrance_start(&w->entrance);
}

static void start_signal(struct worker *w, struct ev_signal *signal, int number,
                         void (*on)(struct ev_loop *loop, struct ev_signal *signal, int revents))
{
    ev_signal_init(signal, on, number);
    ev_signal_start(w->loop, signal);
}

static void start_watchers(struct worker *w)
{
    start_signal(w, &w->terminate, SIGTERM, on_terminate);
    start_signal(w, &w->interrupt, SIGINT, on_interrupt);
    start_signal(w, &w->hangup, SIGHUP, on_hangup);
    start_signal(w, &w->tell, SIGUSR1, on_tell);
    ev_set_userdata(w->loop, w);
    ev_set_loop_release_cb(w->loop, before_wait, after_wait);
    deadline_init(&w->drained, on_drained);
}

static void stop_watchers(struct worker *w)
{
    deadline_fini(&w->drained);
    ev_set_loop_release_cb(w->loop, NULL, NULL);
    ev_signal_stop(w->loop, &w->tell);
    ev_signal_stop(w->loop, &w->hangup);
    ev_signal_stop(w->loop, &w->interrupt);
    ev_signal_stop(w->loop, &w->terminate);
}

/* Nobody needs what was known of a server. */
static void on_dropped(void *owner, struct facts *facts)
{
    (void)owner;
    idle_forget(facts);
}

/* There is no connection to a server: is it still there? */
static void on_unreached(void *owner, struct facts *facts)
{
    (void)owner;
    probe_hurry(facts);
}

static void say_goodbye(struct worker *w)
{
    char text[512];

    counters_print(&w->counters, text, sizeof text);
    log_info("stopped: %s", text);
}

/* Makes all that does not come from the script. */
static void furnish(struct worker *w, const struct loaded *loaded)
{
    clock_tick(&w->clock);
    deadlines_init(&w->deadlines, w->loop, &w->clock);
    soon_init(&w->soon, w->loop);
    ledger_init(&w->ledger, on_dropped, w);
    complaints_init(&w->complaints, &w->clock);
    queue_init(&w->queue, &w->soon);
    idle_init(&w->idle, loaded->config.timeouts.idle, &w->deadlines);
    reach_init(&w->reach, w->loop, &w->lender, &w->pipes, &w->idle);
    probes_init(&w->probes, w->loop, &w->lender, &w->deadlines, on_ready, free_descriptor, w);
    w->env = (struct exchange_env){
        .attempts = &w->reach.attempts,
        .clock = &w->clock,
        .deadlines = &w->deadlines,
        .counters = &w->counters,
        .pipes = &w->pipes,
        .complaints = &w->complaints,
        .usher = &w->queue.usher,
    };
    getrandom(&w->env.salt, sizeof w->env.salt, 0);
    ledger_set_unreached(&w->ledger, on_unreached);
    w->ledger.chance.state = w->env.salt;
    clients_init(&w->clients, &w->env, w->loop, &w->lender, on_client_left, w);
    entrance_init(&w->entrance, &w->env, &w->clients, &w->idle, end_if_drained, w);
    dns_init(&w->dns, w->loop, &w->clock, NULL);
    fetch_init(&w->fetches, w->loop, &w->lender, &w->deadlines, &w->dns);
    fetch_set_relief(&w->fetches, free_descriptor, w);
    reload_init(&w->reload, loaded->source, &w->env, &w->ledger, &w->probes, &w->entrance,
                &w->fetches.fetcher);
    watch_init(&w->watch, w->loop, on_changed, w);
}

static void clear(struct worker *w)
{
    probes_stop(&w->probes);
    entrance_fini(&w->entrance);
    clients_fini(&w->clients);
    idle_fini(&w->idle);
    watch_fini(&w->watch);
    reload_fini(&w->reload);
    fetch_fini(&w->fetches);
    dns_fini(&w->dns);
    queue_fini(&w->queue);
    soon_fini(&w->soon);
    deadlines_fini(&w->deadlines);
    pipes_fini(&w->pipes);
    buf_lender_fini(&w->lender);
}

int worker_run(struct loaded *loaded, bool watched)
{
    struct worker w = { .watched = watched };
    int code = 1;

    signal(SIGPIPE, SIG_IGN);
    w.loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (w.loop == NULL) {
        log_error("cannot make an event loop: %s", strerror(errno));
        return 1;
    }
    furnish(&w, loaded);
    start_watchers(&w);
    if (reload_prepare(&w.reload, loaded) == OK) {
        ev_run(w.loop, 0);
        code = 0;
    }
    stop_watchers(&w);
    clear(&w);
    if (code == 0)
        say_goodbye(&w);
    ev_loop_destroy(w.loop);
    log_flush();
    return code;
}
