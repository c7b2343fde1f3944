/* How the connection of a client ends so that it gets all that was written for it.
 *
 * Each step says whether the client is still there and something else can be done.
 */
#ifndef EXCHANGE_PARTING_H
#define EXCHANGE_PARTING_H

#include "exchange/stay.h"

/* C, which is CLOSING, is closed as soon as all has gone, and no byte that it sends can spoil that:
 * see below. */
bool parting_step_closing(struct client *c);

/* C is LINGERING: a connection that gets bytes which nobody will read is reset, and what the client
 * has not taken by then is lost. So what it sends is read, and dropped, until it has seen the
 * answer and closes (RFC 9112 section 9.6). */
bool parting_step_lingering(struct client *c);

#endif
