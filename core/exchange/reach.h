/* Attempts over the network: a kept-open connection if there is one, otherwise a new one. When
 * descriptors run out, those kept open for others are given up; when ports do, those for the same
 * one, since only they have such as are needed. */
#ifndef EXCHANGE_REACH_H
#define EXCHANGE_REACH_H

#include "exchange/attempt.h"
#include "exchange/idle.h"

struct reach {
    struct attempts attempts;
    struct ev_loop *loop;
    struct buf_lender *lender;
    struct pipes *pipes;
    struct idle *idle;
};

/* Everything given here must outlive the reach. */
void reach_init(struct reach *reach, struct ev_loop *loop, struct buf_lender *lender,
                struct pipes *pipes, struct idle *idle);

#endif
