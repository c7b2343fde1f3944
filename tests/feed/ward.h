/* Backends that listen within this process, and their checks. */
#ifndef TESTS_FEED_WARD_H
#define TESTS_FEED_WARD_H

#include "net/fake_time.h"
#include "net/heard.h"
#include "net/sockets.h"

#include "base/mem.h"
#include "feed/probe.h"

enum { BACKENDS_MAX = 3 };

struct ward {
    struct fake_time time;
    struct heard heard;
    struct buf_lender lender;
    struct config config;
    struct config_health *rule; /* of the pool */
    struct counters counters;
    struct ledger ledger;
    struct pool pool;
    struct probes probes;
    int holders[BACKENDS_MAX];   /* of the addresses, */
    int listeners[BACKENDS_MAX]; /* and those who listen at them; -1: nobody */
    unsigned ready;
    unsigned rooms; /* descriptors that can be done without */
};

static inline void ward_on_ready(void *owner)
{
    struct ward *ward = owner;

    ward->ready++;
}

static inline bool ward_on_shortage(void *owner)
{
    struct ward *ward = owner;

    if (ward->rooms == 0)
        return false;
    ward->rooms--;
    allow_descriptors(1);
    return true;
}

/* Backends "a", "b" and so on, as many as COUNT. No check has begun yet. */
static inline void ward_begin(struct ward *ward, unsigned count, enum config_check type)
{
    struct config_pool *pool;

    *ward = (struct ward){ .ready = 0 };
    heard_begin(&ward->heard);
    fake_time_begin(&ward->time);
    config_init(&ward->config);
    pool = config_add_pool(&ward->config, CONFIG_POOL);
    ward->rule = &pool->health;
    ward->rule->type = type;
    ward->rule->path = mem_copy(SPAN("/health"));
    for (unsigned i = 0; i < count; i++) {
        struct config_backend *b = config_add_backend(pool);
        char id[] = { (char)('a' + i), '\0' };

        b->id = mem_copy(span_of(id));
        b->authority = mem_copy(SPAN("a.example:80"));
        b->host = mem_copy(SPAN("a.example"));
        ward->holders[i] = hold_somewhere(&b->at);
        ward->listeners[i] = listen_at(&b->at);
    }
    ledger_init(&ward->ledger, NULL, NULL);
    pool_init(&ward->pool, pool, &ward->ledger, &ward->counters, ward->time.clock.now);
    probes_init(&ward->probes, ward->time.loop, &ward->lender, &ward->time.deadlines, ward_on_ready,
                ward_on_shortage, ward);
}

static inline void ward_start(struct ward *ward)
{
    probes_watch(&ward->probes, &ward->pool, 1);
}

static inline void ward_end(struct ward *ward)
{
    probes_stop(&ward->probes);
    ck_assert_uint_eq(ward->lender.lent, 0);
    buf_lender_fini(&ward->lender);
    for (unsigned i = 0; i < ward->pool.count; i++) {
        close(ward->holders[i]);
        close(ward->listeners[i]);
    }
    pool_fini(&ward->pool);
    config_fini(&ward->config);
    fake_time_end(&ward->time);
    heard_end(&ward->heard);
}

static inline const struct health *ward_health(const struct ward *ward, unsigned i)
{
    return &ward->pool.backends[i].facts->health;
}

static inline void ward_look(struct ward *ward)
{
    ev_run(ward->time.loop, EVRUN_NOWAIT);
}

/* From now on the backend number I refuses. */
static inline void ward_go_away(struct ward *ward, unsigned i)
{
    close(ward->listeners[i]);
    ward->listeners[i] = -1;
}

/* The backend takes the check that comes next, and reads its request. */
static inline int ward_take_request(struct ward *ward, char *request, size_t size)
{
    size_t len = 0;
    int fd;

    await(ward->listeners[0]);
    fd = accept(ward->listeners[0], NULL, NULL);
    do {
        ssize_t n = recv(fd, request + len, size - len - 1, MSG_DONTWAIT);

        len += n > 0 ? (size_t)n : 0;
        request[len] = '\0';
        ward_look(ward);
    } while (strstr(request, "\r\n\r\n") == NULL);
    return fd;
}

#endif
