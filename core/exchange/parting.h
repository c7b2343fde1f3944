/* How the connection of a client ends so that it gets all that was written for it.
 *
 * Each step says whether the client is still there and something else can be done.
 */
#ifndef EXCHANGE_PARTING_H
#define EXCHANGE_PARTING_H

#include "exchange/stay.h"

/* C, which is CLOSING, is closed as soon as all has gone. */
bool parting_step_closing(struct client *c);

/* C is LINGERING: a connection closed with unread bytes is reset, which could take the answer from
 * the client. So what it sends is read, and dropped, until it has seen the answer and closes. */
bool parting_step_lingering(struct client *c);

#endif
