/* HTTP requests of the proxy's own, over sockets.
 *
 *   start --> the name is asked for --> connecting --> sending, reading --> answered
 *                      |                    |                 |
 *                      +--------------------+-----------------+--> late, failed, cancelled
 */
#include "feed/fetch.h"

#include "feed/fetch_request.h"
#include "feed/fetch_response.h"
#include "net/dial.h"

struct fetch {
    struct list link;
    struct fetches *all;
    struct deadline deadline;
    struct arena arena;
    struct dns_query query; /* on a list while the name is being asked for */
    uint16_t port;
    bool open;
    struct stream stream; /* while open */
    struct span unsent;
    size_t held; /* bytes of the request and of the body so far */
    struct fetch_response response;
    void (*answered)(void *owner, const struct fetcher_answer *answer);
    void *owner;
};

static void free_fetch(struct fetch *fetch)
{
    if (fetch->open)
        stream_close(&fetch->stream);
    dns_cancel(&fetch->query);
    deadline_fini(&fetch->deadline);
    list_remove(&fetch->link);
    fetch->all->held -= fetch->held;
    fetch_response_fini(&fetch->response);
    arena_fini(&fetch->arena);
    mem_free(fetch);
}

/* It is over, for the reason WHY or, if that is NULL, well. The connection goes first, so that
 * whoever hears of it has its descriptor. */
static void end(struct fetch *fetch, const char *why)
{
    const struct fetch_response *response = &fetch->response;
    struct fetcher_answer answer = { .why = why };

    if (why == NULL) {
        answer.head = &response->head;
        answer.body = (struct span){ response->body, response->len };
    }
    if (fetch->open)
        stream_close(&fetch->stream);
    fetch->open = false;
    deadline_clear(&fetch->deadline);
    fetch->answered(fetch->owner, &answer);
    free_fetch(fetch);
}

static void send_more(struct fetch *fetch)
{
    struct stream *s = &fetch->stream;
    size_t room = 1;

    while (fetch->unsent.len > 0 && room > 0) {
        struct span piece = fetch->unsent;

        room = stream_room(s);
        if (piece.len > room)
            piece.len = room;
        stream_write(s, &piece, 1);
        fetch->unsent = span_skip(fetch->unsent, piece.len);
    }
}

/* Counts what FETCH holds now. False if that is too much for all together. */
static bool hold(struct fetch *fetch, size_t held)
{
    struct fetches *all = fetch->all;

    all->held += held - fetch->held;
    fetch->held = held;
    return all->held <= FETCH_HELD_MAX;
}

static void read_more(struct fetch *fetch)
{
    struct stream *s = &fetch->stream;
    size_t before = fetch->response.room;

    switch (fetch_response_take(&fetch->response, &s->in, s->eof)) {
    case FETCH_RESPONSE_WAIT:
        if (s->err != OK)
            end(fetch, err_text(s->err));
        else if (!hold(fetch, fetch->held + fetch->response.room - before))
            end(fetch, "too much is being fetched at once");
        else
            stream_arm(s, true);
        break;
    case FETCH_RESPONSE_DONE:
        end(fetch, NULL);
        break;
    case FETCH_RESPONSE_BAD:
        end(fetch, fetch->response.why);
        break;
    }
}

static void on_wake(void *owner)
{
    struct fetch *fetch = owner;

    if (fetch->stream.err == OK)
        send_more(fetch);
    read_more(fetch);
}

static void on_late(struct deadline *deadline)
{
    end(container_of(deadline, struct fetch, deadline), err_text(ERR_LATE));
}

/* Connects to AT. What cannot be done is told later, or WHY it cannot. */
static const char *connect_to(struct fetch *fetch, const struct addr *at)
{
    struct fetches *all = fetch->all;
    struct addr target = *at;
    bool connecting;
    int fd;
    enum err err;

    if (target.any.sa_family == AF_INET6)
        target.v6.sin6_port = htons(fetch->port);
    else
        target.v4.sin_port = htons(fetch->port);
    do
        err = dial(&target, &fd, &connecting);
    while (err == ERR_EXHAUSTED && all->free_descriptor != NULL &&
           all->free_descriptor(all->owner));
    if (err != OK)
        return err_text(err);
    fetch->open = true;
    stream_open(&fetch->stream, all->loop, all->lender, fd, connecting);
    stream_set_owner(&fetch->stream, on_wake, fetch);
    send_more(fetch);
    stream_arm(&fetch->stream, true);
    return NULL;
}

static void on_found(struct dns_query *query, const struct addr *at, const char *why)
{
    struct fetch *fetch = container_of(query, struct fetch, query);

    if (at != NULL)
        why = connect_to(fetch, at);
    if (why != NULL)
        end(fetch, why);
}

/* Finds out where to go, and goes there. WHY not, or NULL. */
static const char *set_out(struct fetch *fetch, struct span host)
{
    const char *why;
    struct addr at;

    switch (dns_find(fetch->all->dns, &fetch->query, host, &at, &why)) {
    case DNS_KNOWN:
        return connect_to(fetch, &at);
    case DNS_WAITS:
        return NULL;
    case DNS_FAILED:
        return why;
    }
    return NULL;
}

static struct fetch *new_fetch(struct fetches *all, const struct fetcher_ask *ask)
{
    struct fetch *fetch = mem_new(sizeof *fetch);

    *fetch = (struct fetch){
        .all = all,
        .query = { .found = on_found },
        .answered = ask->answered,
        .owner = ask->owner,
    };
    list_init(&fetch->query.link);
    list_push(&all->list, &fetch->link);
    deadline_init(&fetch->deadline, on_late);
    fetch_response_init(&fetch->response, &fetch->arena, arena_copy(&fetch->arena, ask->method),
                        ask->most);
    return fetch;
}

static struct fetch *start(struct fetcher *fetcher, const struct fetcher_ask *ask, const char **why)
{
    struct fetches *all = container_of(fetcher, struct fetches, fetcher);
    struct fetch *fetch;
    struct url url;

    if (url_cut(&url, ask->url, why) != OK)
        return NULL;
    if (ask->body.len > FETCH_HELD_MAX - all->held) {
        *why = "too much is being fetched at once";
        return NULL;
    }
    fetch = new_fetch(all, ask);
    fetch->port = url.port;
    fetch->unsent = fetch_request_print(ask, &url, &fetch->arena, why);
    hold(fetch, fetch->unsent.len);
    if (*why == NULL)
        *why = set_out(fetch, url.host);
    if (*why != NULL) {
        free_fetch(fetch);
        return NULL;
    }
    deadline_set(all->deadlines, &fetch->deadline, all->deadlines->clock->now + ask->timeout);
    return fetch;
}

static void cancel(struct fetcher *fetcher, struct fetch *fetch)
{
    (void)fetcher;
    free_fetch(fetch);
}

void fetch_init(struct fetches *fetches, struct ev_loop *loop, struct buf_lender *lender,
                struct deadlines *deadlines, struct dns *dns)
{
    static const struct fetcher_ops ops = { start, cancel };

    *fetches = (struct fetches){
        .fetcher = { &ops },
        .loop = loop,
        .lender = lender,
        .deadlines = deadlines,
        .dns = dns,
    };
    list_init(&fetches->list);
}

void fetch_set_relief(struct fetches *fetches, bool (*free_descriptor)(void *owner), void *owner)
{
    fetches->free_descriptor = free_descriptor;
    fetches->owner = owner;
}

void fetch_fini(struct fetches *fetches)
{
    while (!list_is_empty(&fetches->list))
        free_fetch(container_of(fetches->list.next, struct fetch, link));
}
