/* Client connections: each is kept open from one request to the next.
 *
 * A connection without a request costs its stream and nothing else; what a request needs is lent to
 * it by `clients` while the request lasts.
 */
#ifndef EXCHANGE_CLIENT_H
#define EXCHANGE_CLIENT_H

#include "exchange/stay.h"

/* No connections yet. ENV, LOOP and LENDER must outlive them. LEFT is called with OWNER after each
 * that ends. */
void clients_init(struct clients *clients, struct exchange_env *env, struct ev_loop *loop,
                  struct buf_lender *lender, void (*left)(void *owner), void *owner);

/* Ends all connections, whatever they are doing. */
void clients_fini(struct clients *clients);

/* Serves the connection FD of a client at FROM from now on, or turns it away if that has too many.
 * FD is non-blocking and belongs to the client. */
void client_new(struct clients *clients, int fd, const struct addr *from);

/* The same for somebody at FROM who is trusted, and says in a PROXY header for whom he speaks. */
void client_new_speaker(struct clients *clients, int fd, const struct addr *from);

/* Closes the connection that has had no request longest, if it has had none for a while and is not
 * just getting one, so that somebody else has its place. False if there is none such. */
bool clients_make_place(struct clients *clients);

/* Frees what is kept for requests to come. */
void clients_trim(struct clients *clients);

/* Has all connections look again for what they can do: perhaps there is memory now for what had to
 * wait. */
void clients_rouse(struct clients *clients);

/* Ends all connections that have no request and are not just getting one; env->draining must be
 * set, so that the others end after theirs. */
void clients_drain(struct clients *clients);

#endif
