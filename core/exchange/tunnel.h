/* What comes of a request that has led away from HTTP: two relays, each for as long as it lasts.
 *
 *   client ==up==> backend      an end (FIN) is passed on when what was in front of it has left,
 *   client <==down= backend     and the other way goes on; a reset ends both at once, as a reset
 *
 * The lease of the backend lasts as long as the tunnel does.
 */
#ifndef EXCHANGE_TUNNEL_H
#define EXCHANGE_TUNNEL_H

#include "exchange/course.h"

/* The request of X has come: does it ask for a tunnel, and may it? */
void tunnel_ask(struct exchange *x);

/* The client was written the head of a response that makes a tunnel. X goes on with
 * PHASE_TUNNEL. */
enum step_news tunnel_begin(struct exchange *x);

/* Moves what can be moved in either direction. STEP_WAIT if X stays as it is. */
enum step_news tunnel_move(struct exchange *x);

/* Nothing has moved for too long. */
enum step_news tunnel_be_late(struct exchange *x);

#endif
