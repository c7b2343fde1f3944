/* Names to addresses, without waiting.
 *
 *   dns_find --> name, known and fresh ------------------> DNS_KNOWN, DNS_FAILED
 *                name, being asked for  <-- its waiters      DNS_WAITS
 *                  | ares_getaddrinfo
 *                  v
 *                on_answer --> each waiter's found()
 *
 * c-ares has no loop of its own: it says which descriptors it wants watched and when it wants to be
 * called next.
 */
#include "feed/dns.h"

#include "base/mem.h"

#include <ares.h>
#include <arpa/inet.h>
#include <stdio.h>

/* How many names are remembered. */
enum { NAMES_MAX = 256 };

/* How long, in seconds: whatever their servers say, and what could not be found. */
static const double LEAST = 1, MOST = 3600, FAILED = 1;

/* One try with a server, in milliseconds, and how many there are with each. */
enum { TRY = 2000, TRIES = 3 };

struct name {
    struct list link;
    struct dns *dns;
    struct list waiters; /* while it is being asked for */
    bool asking;
    const char *why; /* NULL if the address is known */
    struct addr at;
    double until; /* what is known is not to be used afterwards */
    char text[];
};

/* A descriptor of c-ares. */
struct watch {
    struct list link;
    struct dns *dns;
    struct ev_io io;
};

/* Sets the timer for when c-ares wants to be called next, if it does. */
static void set_timer(struct dns *dns)
{
    struct timeval room;
    struct timeval *next = ares_timeout(dns->channel, NULL, &room);

    ev_timer_stop(dns->loop, &dns->timer);
    if (next == NULL)
        return;
    ev_timer_set(&dns->timer, (double)next->tv_sec + (double)next->tv_usec * 1e-6, 0);
    ev_timer_start(dns->loop, &dns->timer);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct dns *dns = container_of(w, struct dns, timer);

    (void)loop;
    (void)revents;
    ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    set_timer(dns);
}

static void on_io(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct dns *dns = container_of(w, struct watch, io)->dns;
    int fd = w->fd;

    (void)loop;
    /* It may close the socket, which frees the watcher. */
    ares_process_fd(dns->channel, revents & EV_READ ? fd : ARES_SOCKET_BAD,
                    revents & EV_WRITE ? fd : ARES_SOCKET_BAD);
    set_timer(dns);
}

static struct watch *find_watch(struct dns *dns, int fd)
{
    for (struct list *link = dns->watches.next; link != &dns->watches; link = link->next) {
        struct watch *watch = container_of(link, struct watch, link);

        if (watch->io.fd == fd)
            return watch;
    }
    return NULL;
}

static void free_watch(struct watch *watch)
{
    ev_io_stop(watch->dns->loop, &watch->io);
    list_remove(&watch->link);
    mem_free(watch);
}

/* c-ares wants to know of FD when it can be read from or written to; of neither when it is about to
 * close it. */
static void on_socket(void *owner, ares_socket_t fd, int readable, int writable)
{
    struct dns *dns = owner;
    struct watch *watch = find_watch(dns, fd);
    int events = (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0);

    if (events == 0) {
        if (watch != NULL)
            free_watch(watch);
        return;
    }
    if (watch == NULL) {
        watch = mem_new(sizeof *watch);
        watch->dns = dns;
        ev_init(&watch->io, on_io);
        list_push(&dns->watches, &watch->link);
    }
    ev_io_stop(dns->loop, &watch->io);
    ev_io_set(&watch->io, fd, events);
    ev_io_start(dns->loop, &watch->io);
}

static bool open_channel(struct dns *dns)
{
    static char lookups[] = "fb"; /* the hosts file, then the servers */
    struct ares_options options = {
        .timeout = TRY,
        .tries = TRIES,
        .sock_state_cb = on_socket,
        .sock_state_cb_data = dns,
        .lookups = lookups,
    };

    if (dns->channel != NULL)
        return true;
    if (ares_init_options(&dns->channel, &options,
                          ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
                              ARES_OPT_LOOKUPS) != ARES_SUCCESS) {
        dns->channel = NULL;
        return false;
    }
    return dns->servers == NULL ||
           ares_set_servers_ports_csv(dns->channel, dns->servers) == ARES_SUCCESS;
}

static const char *reason_of(int status)
{
    switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
        return err_text(ERR_UNKNOWN_HOST);
    case ARES_EBADNAME:
        return "not a host name";
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED:
        return "no name server answers";
    default:
        return "the name server failed";
    }
}

/* Of the addresses found the first one, IPv4 if there is any. */
static const struct ares_addrinfo_node *choose(const struct ares_addrinfo *found)
{
    const struct ares_addrinfo_node *chosen = NULL;

    for (const struct ares_addrinfo_node *n = found->nodes; n != NULL; n = n->ai_next) {
        if (n->ai_family == AF_INET)
            return n;
        if (n->ai_family == AF_INET6 && chosen == NULL)
            chosen = n;
    }
    return chosen;
}

static double clamp(double seconds)
{
    if (seconds < LEAST)
        return LEAST;
    return seconds > MOST ? MOST : seconds;
}

/* Writes down what was found. */
static void note(struct name *name, int status, const struct ares_addrinfo *found)
{
    const struct ares_addrinfo_node *chosen = NULL;
    double now = name->dns->clock->now;

    if (status == ARES_SUCCESS)
        chosen = choose(found);
    if (chosen == NULL) {
        name->why = reason_of(status == ARES_SUCCESS ? ARES_ENODATA : status);
        name->until = now + FAILED;
        return;
    }
    name->why = NULL;
    name->until = now + clamp(chosen->ai_ttl);
    memcpy(&name->at, chosen->ai_addr, chosen->ai_addrlen);
}

/* Tells those who wait, who may ask for other names: after that this one may be forgotten. */
static void tell(struct name *name)
{
    const char *why = name->why;
    struct addr at = name->at;
    struct list due;

    list_init(&due);
    list_move(&due, &name->waiters);
    while (!list_is_empty(&due)) {
        struct dns_query *query = container_of(due.next, struct dns_query, link);

        list_remove(&query->link);
        query->found(query, why == NULL ? &at : NULL, why);
    }
}

static void on_answer(void *owner, int status, int timeouts, struct ares_addrinfo *found)
{
    struct name *name = owner;

    (void)timeouts;
    if (!name->dns->ending)
        note(name, status, found);
    if (found != NULL)
        ares_freeaddrinfo(found);
    name->asking = false;
    if (!name->dns->ending)
        tell(name);
}

static void free_name(struct name *name)
{
    list_remove(&name->link);
    name->dns->count--;
    mem_free(name);
}

/* Forgets the name that was asked for longest ago, unless it is being asked for. */
static void make_room(struct dns *dns)
{
    struct list *link = dns->names.prev;

    if (dns->count < NAMES_MAX)
        return;
    while (link != &dns->names && container_of(link, struct name, link)->asking)
        link = link->prev;
    if (link != &dns->names)
        free_name(container_of(link, struct name, link));
}

static struct name *find_name(struct dns *dns, struct span host)
{
    struct name *name;

    for (struct list *link = dns->names.next; link != &dns->names; link = link->next) {
        name = container_of(link, struct name, link);
        if (span_eq_case(span_of(name->text), host)) {
            list_remove(link);
            list_push(&dns->names, link);
            return name;
        }
    }
    make_room(dns);
    name = mem_new(sizeof *name + host.len + 1);
    *name = (struct name){ .dns = dns };
    memcpy(name->text, host.at, host.len);
    list_init(&name->waiters);
    list_push(&dns->names, &name->link);
    dns->count++;
    return name;
}

static void ask(struct name *name)
{
    static const struct ares_addrinfo_hints hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
    };
    struct dns *dns = name->dns;

    name->asking = true;
    /* It may answer before it returns. */
    ares_getaddrinfo(dns->channel, name->text, NULL, &hints, on_answer, name);
    set_timer(dns);
}

/* Reads HOST as a number, or as the name that needs no asking. */
static bool read_number(struct span host, struct addr *at)
{
    char text[INET6_ADDRSTRLEN];

    *at = (struct addr){ .v4 = { .sin_family = AF_INET } };
    if (span_eq_case(host, SPAN("localhost"))) {
        at->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return true;
    }
    if (host.len >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", SPAN_ARG(host));
    if (inet_pton(AF_INET, text, &at->v4.sin_addr) == 1)
        return true;
    *at = (struct addr){ .v6 = { .sin6_family = AF_INET6 } };
    return inet_pton(AF_INET6, text, &at->v6.sin6_addr) == 1;
}

enum dns_news dns_find(struct dns *dns, struct dns_query *query, struct span host, struct addr *at,
                       const char **why)
{
    struct name *name;

    if (read_number(host, at))
        return DNS_KNOWN;
    if (!open_channel(dns)) {
        *why = "names cannot be looked up";
        return DNS_FAILED;
    }
    name = find_name(dns, host);
    if (!name->asking && name->until <= dns->clock->now)
        ask(name);
    if (name->asking) {
        list_append(&name->waiters, &query->link);
        return DNS_WAITS;
    }
    *at = name->at;
    *why = name->why;
    return name->why == NULL ? DNS_KNOWN : DNS_FAILED;
}

void dns_cancel(struct dns_query *query)
{
    list_remove(&query->link);
}

void dns_init(struct dns *dns, struct ev_loop *loop, const struct clock *clock, const char *servers)
{
    *dns = (struct dns){ .loop = loop, .clock = clock, .servers = servers };
    ev_init(&dns->timer, on_timer);
    list_init(&dns->watches);
    list_init(&dns->names);
}

void dns_fini(struct dns *dns)
{
    dns->ending = true;
    if (dns->channel != NULL)
        ares_destroy(dns->channel);
    dns->channel = NULL;
    ev_timer_stop(dns->loop, &dns->timer);
    while (!list_is_empty(&dns->watches))
        free_watch(container_of(dns->watches.next, struct watch, link));
    while (!list_is_empty(&dns->names))
        free_name(container_of(dns->names.next, struct name, link));
}
