/* An attempt and the lease of its backend: they begin and end together, here and nowhere else. */
#ifndef EXCHANGE_LEASE_H
#define EXCHANGE_LEASE_H

#include "exchange/course.h"

/* Tries B, over a new connection if FRESH. X goes on with PHASE_DIAL. */
enum step_news lease_begin(struct exchange *x, struct backend *b, bool fresh);

/* Tries the same backend once more, over a new connection: that a kept-open one was just being
 * closed says nothing about who was chosen. X goes on with PHASE_DIAL. */
enum step_news lease_again(struct exchange *x);

/* The head of the final response has come. */
void lease_hear(struct exchange *x, unsigned status);

/* Ends the attempt, if there is one: facts are given back, and the policy hears how it ended, with
 * ERR or well. The connection is kept for others if KEEP. */
void lease_end(struct exchange *x, enum err err, bool keep);

#endif
