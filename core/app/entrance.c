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

/* Where one comes in. */
struct gate {
    struct list link;
    struct listener listener;
    struct addr at;
    char *text;        /* as the script wrote it */
    unsigned round;    /* of entrance_prepare: when it was named last */
    bool adopted;      /* by a config that has held or holds */
    bool accept_proxy; /* as was said when it was named last */
};

#define EACH_GATE(link, e)                                                                         \
    struct list *link = (e)->gates.next;                                                           \
    link != &(e)->gates;                                                                           \
    link = link->next

static struct gate *gate_of(struct list *link)
{
    return container_of(link, struct gate, link);
}

static void start_listeners(struct entrance *e)
{
    e->env->crowded = false;
    for (EACH_GATE(link, e))
        if (gate_of(link)->adopted && !listener_is_closed(&gate_of(link)->listener))
            listener_start(&gate_of(link)->listener);
}

/* Who waits has to wait on, until a client has left, or one can be done without: perhaps soon. */
static void be_crowded(struct entrance *e)
{
    quiet_warn(&e->said_crowded, e->deadlines->clock->now, QUIET, "%s: %u clients, others wait",
               e->most == e->places ? "out of file descriptors" : "limits.connections reached",
               e->clients->count);
    e->env->crowded = true;
    for (EACH_GATE(link, e))
        listener_stop(&gate_of(link)->listener);
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

/* Somebody has come where PROXY headers are accepted: from who is trusted. */
static void on_accept_speaker(void *owner, int fd, const struct addr *from)
{
    struct entrance *e = owner;

    if (config_trusts(e->env->generation->config, from))
        client_new_speaker(e->clients, fd, from);
    else
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

static unsigned count_backends(const struct config *config)
{
    unsigned count = 0;

    for (unsigned i = 0; i < config->pool_count; i++)
        count += config->pools[i].backend_count;
    return count;
}

/* Shares the descriptors out: to clients, with one for a backend each, to checks, and to pipes. */
static void share_descriptors(struct entrance *e, const struct config *config)
{
    rlim_t all = raise_limit();
    rlim_t pipes = all / 32 < PIPES_MAX ? all / 32 : PIPES_MAX;
    rlim_t own = count_open() + count_backends(config) + 2 * pipes;
    rlim_t places = all > own + 2 ? (all - own) / 2 : 1;

    e->env->pipes->most = (unsigned)pipes;
    e->places = places < PLACES_MAX ? (unsigned)places : PLACES_MAX;
    e->idle->most = e->places;
}

void entrance_init(struct entrance *e, struct exchange_env *env, struct clients *clients,
                   struct idle *idle, void (*closed)(void *owner), void *owner)
{
    *e = (struct entrance){
        .env = env,
        .deadlines = env->deadlines,
        .clients = clients,
        .idle = idle,
        .closed = closed,
        .owner = owner,
    };
    list_init(&e->gates);
    deadline_init(&e->look, on_look);
}

static void free_gate(struct gate *gate)
{
    listener_close(&gate->listener);
    list_remove(&gate->link);
    mem_free(gate->text);
    mem_free(gate);
}

/* The gate that LISTEN names and that nobody has named in this round; NULL: there is none. A port
 * that the system chooses is known by what the script wrote. */
static struct gate *find_gate(struct entrance *e, const struct config_listen *listen)
{
    for (EACH_GATE(link, e)) {
        struct gate *gate = gate_of(link);
        bool same = addr_port(&listen->at) == 0 ? strcmp(gate->text, listen->text) == 0
                                                : addr_eq(&gate->at, &listen->at);

        if (same && gate->round != e->round && !gate->listener.ending)
            return gate;
    }
    return NULL;
}

static const struct listener_ops ops = { has_place, make_place, on_accept, free_descriptor,
                                         on_closed };
static const struct listener_ops ops_for_speakers = { has_place, make_place, on_accept_speaker,
                                                      free_descriptor, on_closed };

static struct gate *open_gate(struct entrance *e, const struct config_listen *listen)
{
    struct gate *gate = mem_new(sizeof *gate);

    gate->at = listen->at;
    if (listener_open(&gate->listener, e->deadlines->loop, e->deadlines->clock, &gate->at, &ops,
                      e) != OK) {
        log_error("cannot listen on %s (port %u): %s", listen->text, addr_port(&listen->at),
                  strerror(errno));
        mem_free(gate);
        return NULL;
    }
    gate->text = mem_copy(span_of(listen->text));
    list_append(&e->gates, &gate->link);
    return gate;
}

enum err entrance_prepare(struct entrance *e, struct config *config)
{
    e->round++;
    for (unsigned i = 0; i < config->listen_count; i++) {
        struct config_listen *listen = &config->listens[i];
        struct gate *gate = find_gate(e, listen);

        if (gate == NULL)
            gate = open_gate(e, listen);
        if (gate == NULL) {
            entrance_discard(e);
            return ERR_SYSTEM;
        }
        gate->round = e->round;
        gate->accept_proxy = listen->accept_proxy;
        listen->at = gate->at;
    }
    return OK;
}

/* Frees what is closed, and all that is open without having been adopted. */
static void clear_gates(struct entrance *e)
{
    struct list *next;

    for (struct list *link = e->gates.next; link != &e->gates; link = next) {
        struct gate *gate = gate_of(link);

        next = link->next;
        if (!gate->adopted || listener_is_closed(&gate->listener))
            free_gate(gate);
    }
}

void entrance_discard(struct entrance *e)
{
    clear_gates(e);
}

static void say_listening(const struct gate *gate)
{
    char at[ADDR_TEXT];

    addr_print(&gate->at, at);
    log_info("listening on %s", at);
}

void entrance_adopt(struct entrance *e, const struct config *config)
{
    for (EACH_GATE(link, e)) {
        struct gate *gate = gate_of(link);

        if (gate->round == e->round && !gate->adopted && e->started)
            say_listening(gate);
        gate->adopted = gate->adopted || gate->round == e->round;
        gate->listener.ops = gate->accept_proxy ? &ops_for_speakers : &ops;
    }
    if (!e->started)
        share_descriptors(e, config);
    e->most = e->places < config->limits.connections ? e->places : config->limits.connections;
    if (e->started)
        start_listeners(e);
    for (EACH_GATE(link, e)) {
        struct gate *gate = gate_of(link);

        if (gate->round != e->round && !gate->listener.ending) {
            log_info("no longer listening on %s", gate->text);
            listener_end(&gate->listener);
        }
    }
    clear_gates(e);
}

void entrance_start(struct entrance *e)
{
    for (EACH_GATE(link, e))
        say_listening(gate_of(link));
    e->started = true;
    start_listeners(e);
}

void entrance_client_left(struct entrance *e)
{
    if (e->env->crowded)
        start_listeners(e);
}

void entrance_end(struct entrance *e)
{
    entrance_discard(e);
    e->most = e->places;
    start_listeners(e);
    for (EACH_GATE(link, e))
        listener_end(&gate_of(link)->listener);
}

bool entrance_is_closed(const struct entrance *e)
{
    for (EACH_GATE(link, e))
        if (!listener_is_closed(&gate_of(link)->listener))
            return false;
    return true;
}

void entrance_fini(struct entrance *e)
{
    while (!list_is_empty(&e->gates))
        free_gate(gate_of(e->gates.next));
    deadline_fini(&e->look);
}
