/* Attempts over the network: a kept-open connection if there is one, otherwise a new one. */
#ifndef EXCHANGE_REACH_H
#define EXCHANGE_REACH_H

#include "base/quiet.h"
#include "exchange/attempt.h"
#include "exchange/idle.h"

struct reach {
    struct attempts attempts;
    struct ev_loop *loop;
    struct buf_lender *lender;
    struct pipes *pipes;
    struct idle *idle;
    struct parse_limits limits; /* of the heads of responses */
    struct quiet quiet;         /* about a lack of descriptors */
};

/* Everything given here must outlive the reach. */
void reach_init(struct reach *reach, struct ev_loop *loop, struct buf_lender *lender,
                struct pipes *pipes, struct idle *idle, const struct parse_limits *limits);

#endif
