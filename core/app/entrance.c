/* Who is let in. */
#include "app/entrance.h"

#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* Pipes at once, each of which has two descriptors, and clients. */
enum { PIPES_MAX = 64, PLACES_MAX = 1000000 };

static const double QUIET = 10, LOOK_EVERY = 1; /* seconds */

static void start_listeners(struct entrance *e)
{
    e->env->crowded = false;
    for (unsigned i = 0; i < e->count; i++)
        if (!listener_is_closed(&e->listeners[i]))
            listener_start(&e->listeners[i]);
}

/* Who waits has to wait on, until a client has left, or one can be done without: perhaps soon. */
static void be_crowded(struct entrance *e)
{
    quiet_warn(&e->said_crowded, e->deadlines->clock->now, QUIET, "%s: %u clients, others wait",
               e->most == e->places ? "out of file descriptors" : "limits.connections reached",
               e->clients->count);
    e->env->crowded = true;
    for (unsigned i = 0; i < e->count; i++)
        listener_stop(&e->listeners[i]);
    deadline_set(e->deadlines, &e->look, e->deadlines->clock->now + LOOK_EVERY);
}

static void on_look(struct deadline *deadline)
{
    struct entrance *e = container_of(deadline, struct entrance, look);

    if (e->env->crowded)
        start_listeners(e);
}

static bool has_place(void *owner)
{
    struct entrance *e = owner;

    return e->clients->count < e->most;
}

/* Has the client that has been idle longest go. */
static bool make_place(void *owner)
{
    struct entrance *e = owner;

    if (!clients_make_place(e->clients)) {
        be_crowded(e);
        return false;
    }
    quiet_warn(&e->said_idle, e->deadlines->clock->now, QUIET,
               "%u clients: idle ones make room for others", e->most);
    return true;
}

static void on_accept(void *owner, int fd, const struct addr *from)
{
    struct entrance *e = owner;

    client_new(e->clients, fd, from);
}

/* Who is kept open without being used has to go before somebody is left waiting. */
static bool free_descriptor(void *owner)
{
    struct entrance *e = owner;

    return idle_drop(e->idle) || clients_make_place(e->clients);
}

static void on_closed(void *owner)
{
    struct entrance *e = owner;

    if (entrance_is_closed(e))
        e->closed(e->owner);
}

/* Descriptors are what a proxy needs most: as many as the system lets us have. Gives their
 * number. */
static rlim_t raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return RLIM_INFINITY;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

/* How many descriptors are open; a guess where the system does not tell. */
static unsigned count_open(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    if (folder == NULL)
        return 16;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 3; /* ".", "..", and the folder itself */
}

/* Shares the descriptors out: to clients, with one for a backend each, to checks, and to pipes. */
static void share_descriptors(struct entrance *e)
{
    rlim_t all = raise_limit();
    rlim_t pipes = all / 32 < PIPES_MAX ? all / 32 : PIPES_MAX;
    rlim_t own = count_open() + e->config->backend_count + 2 * pipes;
    rlim_t places = all > own + 2 ? (all - own) / 2 : 1;

    e->env->pipes->most = (unsigned)pipes;
    e->places = places < PLACES_MAX ? (unsigned)places : PLACES_MAX;
    e->idle->most = e->places;
}

enum err entrance_open(struct entrance *e, struct config *config, struct exchange_env *env,
                       struct clients *clients, struct idle *idle, void (*closed)(void *owner),
                       void *owner)
{
    static const struct listener_ops ops = { has_place, make_place, on_accept, free_descriptor,
                                             on_closed };

    *e = (struct entrance){
        .config = config,
        .env = env,
        .deadlines = env->deadlines,
        .clients = clients,
        .idle = idle,
        .closed = closed,
        .owner = owner,
    };
    deadline_init(&e->look, on_look);
    e->listeners = mem_new(config->listen_count * sizeof *e->listeners);
    for (; e->count < config->listen_count; e->count++) {
        struct config_listen *listen = &config->listens[e->count];

        if (listener_open(&e->listeners[e->count], e->deadlines->loop, e->deadlines->clock,
                          &listen->at, &ops, e) != OK) {
            log_error("cannot listen on %s (port %u): %s", listen->text, addr_port(&listen->at),
                      strerror(errno));
            entrance_fini(e);
            return ERR_SYSTEM;
        }
    }
    share_descriptors(e);
    e->most = e->places < config->limits.connections ? e->places : config->limits.connections;
    return OK;
}

void entrance_start(struct entrance *e)
{
    for (unsigned i = 0; i < e->count; i++) {
        char at[ADDR_TEXT];

        addr_print(&e->config->listens[i].at, at);
        log_info("listening on %s", at);
    }
    start_listeners(e);
}

void entrance_client_left(struct entrance *e)
{
    if (e->env->crowded)
        start_listeners(e);
}

void entrance_end(struct entrance *e)
{
    e->most = e->places;
    start_listeners(e);
    for (unsigned i = 0; i < e->count; i++)
        listener_end(&e->listeners[i]);
}

bool entrance_is_closed(const struct entrance *e)
{
    for (unsigned i = 0; i < e->count; i++)
        if (!listener_is_closed(&e->listeners[i]))
            return false;
    return true;
}

void entrance_fini(struct entrance *e)
{
    for (unsigned i = 0; i < e->count; i++)
        listener_close(&e->listeners[i]);
    mem_free(e->listeners);
    e->listeners = NULL;
    e->count = 0;
    deadline_fini(&e->look);
}
