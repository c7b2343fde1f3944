/* The proxy without its script: clients, exchanges, attempts, all of it real, on the kernel in
 * memory. */
#ifndef FUZZ_EXCHANGE_HOUSE_H
#define FUZZ_EXCHANGE_HOUSE_H

#include "kernel.h"

#include "exchange/client.h"
#include "exchange/queue.h"
#include "exchange/reach.h"
#include "net/fake_time.h"

/* What an input can choose: a digit each, by its letter. */
struct options {
    unsigned of['z' + 1];
};

struct house {
    struct fake_time time;
    struct buf_lender lender;
    struct pipes pipes;
    struct config config;
    struct ledger ledger;
    struct pool pool;
    struct generation generation;
    struct idle idle;
    struct reach reach;
    struct complaints complaints;
    struct soon soon;
    struct queue queue;
    struct counters counters;
    struct exchange_env env;
    struct clients clients;
    unsigned came, left;
};

/* A house as OPTIONS say. There is only one *H, zeroed at first; its buffers are
 * kept from one time to the next. */
void house_begin(struct house *h, const struct options *options);

/* A client comes whose connection is FD. Its address ends with NUMBER. */
void house_let_in(struct house *h, int fd, unsigned number);

/* Runs the loop until nothing happens any more; aborts if that goes on without end. */
void house_settle(struct house *h);

/* Lets SECONDS pass. */
void house_wait(struct house *h, double seconds);

/* Nobody says anything any more, and nobody holds anything back: lets time pass until all clients
 * have gone. Aborts if they stay. */
void house_wait_for_all(struct house *h);

/* Ends all of it, and aborts if anything is left. */
void house_end(struct house *h);

#endif
