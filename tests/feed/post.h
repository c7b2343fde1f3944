/* Requests of the proxy's own to somebody who listens within this process. */
#ifndef TESTS_FEED_POST_H
#define TESTS_FEED_POST_H

#include "name_server.h"

#include "base/mem.h"
#include "feed/fetch.h"

struct post {
    struct fake_time time;
    struct name_server server;
    struct dns dns;
    struct buf_lender lender;
    struct fetches fetches;
    struct addr at;
    int listener;
    char url[ADDR_TEXT + 16];
    /* What is asked, */
    struct fetcher_ask ask;
    struct fetch *fetch; /* NULL if it has not been started or has been answered */
    /* and what came of it. */
    unsigned answered;
    char why[128]; /* "" if there was a response */
    unsigned status;
    char first[64]; /* the first field */
    char *body;
    size_t len;
    unsigned rooms; /* descriptors that can be done without */
};

static inline void post_on_answered(void *owner, const struct fetcher_answer *answer)
{
    struct post *p = owner;

    p->answered++;
    p->fetch = NULL;
    snprintf(p->why, sizeof p->why, "%s", answer->why != NULL ? answer->why : "");
    if (answer->why != NULL)
        return;
    p->status = answer->head->status;
    if (answer->head->count > 0)
        snprintf(p->first, sizeof p->first, "%.*s: %.*s", SPAN_ARG(answer->head->fields[0].name),
                 SPAN_ARG(answer->head->fields[0].value));
    mem_free(p->body);
    p->body = mem_copy(answer->body);
    p->len = answer->body.len;
}

static inline bool post_on_shortage(void *owner)
{
    struct post *p = owner;

    if (p->rooms == 0)
        return false;
    p->rooms--;
    allow_descriptors(1);
    return true;
}

/* Somebody listens at p->url; a GET of that is what is asked. */
static inline void post_begin(struct post *p, const struct saying *sayings)
{
    char text[ADDR_TEXT];

    *p = (struct post){ .rooms = 0 };
    fake_time_begin(&p->time);
    name_server_begin(&p->server, p->time.loop, sayings);
    dns_init(&p->dns, p->time.loop, &p->time.clock, p->server.text);
    fetch_init(&p->fetches, p->time.loop, &p->lender, &p->time.deadlines, &p->dns);
    fetch_set_relief(&p->fetches, post_on_shortage, p);
    p->listener = listen_somewhere(&p->at);
    addr_print(&p->at, text);
    sprintf(p->url, "http://%s/", text);
    p->ask = (struct fetcher_ask){
        .method = SPAN("GET"),
        .url = span_of(p->url),
        .timeout = 5,
        .most = 100000,
        .answered = post_on_answered,
        .owner = p,
    };
}

static inline void post_end(struct post *p)
{
    fetch_fini(&p->fetches);
    dns_fini(&p->dns);
    ck_assert_uint_eq(p->fetches.held, 0);
    ck_assert_uint_eq(p->lender.lent, 0);
    buf_lender_fini(&p->lender);
    name_server_end(&p->server);
    close(p->listener);
    mem_free(p->body);
    fake_time_end(&p->time);
}

/* Starts what is asked; p->why says why not if it cannot be. */
static inline bool post_start(struct post *p)
{
    const char *why = NULL;

    p->answered = 0;
    p->why[0] = '\0';
    p->fetch = fetcher_start(&p->fetches.fetcher, &p->ask, &why);
    if (p->fetch == NULL)
        snprintf(p->why, sizeof p->why, "%s", why);
    ck_assert_uint_eq(p->answered, 0);
    return p->fetch != NULL;
}

static inline void post_turn(struct post *p)
{
    ev_run(p->time.loop, EVRUN_NOWAIT);
}

/* Starts it and takes the connection. */
static inline int post_connect(struct post *p)
{
    int fd;

    ck_assert(post_start(p));
    await(p->listener);
    fd = accept(p->listener, NULL, NULL);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/* Reads from FD, into REQUEST of SIZE bytes, until it ends with END. */
static inline void post_read(struct post *p, int fd, char *request, size_t size, const char *end)
{
    size_t len = 0;

    do {
        ssize_t n = recv(fd, request + len, size - len - 1, MSG_DONTWAIT);

        len += n > 0 ? (size_t)n : 0;
        request[len] = '\0';
        post_turn(p);
    } while (len < strlen(end) || strcmp(request + len - strlen(end), end) != 0);
}

/* Has the request answered with the LEN bytes of RESPONSE, then a close, and waits for what comes
 * of it. */
static inline void post_answer(struct post *p, const char *response, size_t len)
{
    char request[1000];
    int fd = post_connect(p);

    post_read(p, fd, request, sizeof request, "\r\n\r\n");
    ck_assert_int_eq(send(fd, response, len, MSG_NOSIGNAL), (ssize_t)len);
    shutdown(fd, SHUT_WR);
    TURN_UNTIL(p->time.loop, p->answered > 0);
    ck_assert_uint_eq(p->answered, 1);
    close(fd);
}

#endif
