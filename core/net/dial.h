/* Starting a connection. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "base/addr.h"

/* Starts connecting to AT and gives the descriptor, non-blocking, in *FD. OK if it is under way or
 * done already, which *CONNECTING tells; otherwise nothing is left open. */
enum err dial(const struct addr *at, int *fd, bool *connecting);

#endif
