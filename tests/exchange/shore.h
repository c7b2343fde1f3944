/* Attempts over the network, at backends that listen within this process. */
#ifndef TESTS_EXCHANGE_SHORE_H
#define TESTS_EXCHANGE_SHORE_H

#include "net/fake_time.h"
#include "net/sockets.h"

#include "balance/ledger.h"
#include "exchange/reach.h"

/* Two backends that listen within this process, and an attempt at one of them. */
struct shore {
    struct fake_time time;
    struct buf_lender lender;
    struct pipes pipes;
    struct idle idle;
    struct reach reach;
    struct arena arena;
    struct config_backend configs[2];
    struct ledger ledger;
    struct backend backends[2];
    int listeners[2];
    struct head request;
    struct attempt a;
    int near; /* of the connection that was kept last */
    unsigned woken;
};

static inline void shore_wake(void *owner)
{
    struct shore *shore = owner;

    shore->woken++;
}

static inline void shore_begin(struct shore *shore)
{
    *shore = (struct shore){ .woken = 0 };
    fake_time_begin(&shore->time);
    ledger_init(&shore->ledger, NULL, NULL);
    idle_init(&shore->idle, 60, &shore->time.deadlines);
    reach_init(&shore->reach, shore->time.loop, &shore->lender, &shore->pipes, &shore->idle);
    for (unsigned i = 0; i < 2; i++) {
        shore->listeners[i] = listen_somewhere(&shore->configs[i].at);
        shore->backends[i] = (struct backend){ .config = &shore->configs[i], .index = i };
        shore->backends[i].facts =
            ledger_hold(&shore->ledger, i == 0 ? "a" : "b", &shore->configs[i].at, 0);
    }
    head_init(&shore->request, &shore->arena, 4);
    shore->request.method = SPAN("GET");
    shore->request.target = SPAN("/");
}

static inline void shore_end(struct shore *shore)
{
    idle_fini(&shore->idle);
    for (int i = 0; i < 2; i++) {
        close(shore->listeners[i]);
        ledger_release(&shore->ledger, shore->backends[i].facts);
    }
    ck_assert_uint_eq(shore->lender.lent, 0);
    pipes_fini(&shore->pipes);
    buf_lender_fini(&shore->lender);
    arena_fini(&shore->arena);
    fake_time_end(&shore->time);
}

/* Makes an attempt at the backend number I, to be started. */
static inline void shore_prepare(struct shore *shore, unsigned i)
{
    static const struct parse_limits limits = { .head = 1000, .fields = 10 };

    shore->a = (struct attempt){
        .by = &shore->reach.attempts,
        .backend = &shore->backends[i],
        .request = &shore->request,
        .limits = &limits,
        .arena = &shore->arena,
        .wake = shore_wake,
        .owner = shore,
    };
}

/* Starts an attempt at the backend number I. */
static inline void shore_start(struct shore *shore, unsigned i, bool fresh)
{
    shore_prepare(shore, i);
    shore->reach.attempts.start(&shore->a, fresh);
}

static inline enum attempt_news shore_poll(struct shore *shore)
{
    return shore->reach.attempts.poll(&shore->a);
}

static inline void shore_end_attempt(struct shore *shore, bool keep)
{
    shore->reach.attempts.end(&shore->a, keep);
    ck_assert_ptr_null(shore->a.stream);
    ck_assert_ptr_null(shore->a.side);
}

/* Starts an attempt and waits until it is open. Gives the far end of a new connection, or -1. */
static inline int shore_open(struct shore *shore, unsigned i)
{
    shore_start(shore, i, false);
    TURN_UNTIL(shore->time.loop, shore_poll(shore) != ATTEMPT_WAIT);
    ck_assert_int_eq(shore_poll(shore), ATTEMPT_OPEN);
    ck_assert_ptr_nonnull(shore->a.side);
    return shore->a.reused ? -1 : accept(shore->listeners[i], NULL, NULL);
}

/* Has a connection to the backend number I kept, and gives its far end. */
static inline int shore_keep(struct shore *shore, unsigned i)
{
    int far;
    unsigned count = shore->idle.count;

    shore_start(shore, i, true);
    TURN_UNTIL(shore->time.loop, shore_poll(shore) == ATTEMPT_OPEN);
    far = accept(shore->listeners[i], NULL, NULL);
    shore->near = shore->a.stream->io.fd;
    shore_end_attempt(shore, true);
    ck_assert_uint_eq(shore->idle.count, count + 1);
    return far;
}

/* Sends the request over the attempt that is open. */
static inline void shore_ask(struct shore *shore)
{
    struct part head = { PART_HEAD, true, &shore->request, { NULL, 0 }, NULL };

    side_write(shore->a.side, &head);
    side_arm(shore->a.side);
}

/* Waits until all of a response has come, which ends with a part that is the last one. */
static inline void shore_hear(struct shore *shore)
{
    struct part part = { .last = false };

    while (!part.last) {
        enum side_news news = side_read(shore->a.side, SIZE_MAX, &part);

        ck_assert_int_ne(news, SIDE_GONE);
        if (news == SIDE_WAIT) {
            side_arm(shore->a.side);
            ev_run(shore->time.loop, EVRUN_ONCE);
        }
    }
}

#endif
