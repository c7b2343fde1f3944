/* What there is to say of a request whose head has just come, before anybody is asked about it. */
#ifndef EXCHANGE_ARRIVAL_H
#define EXCHANGE_ARRIVAL_H

#include "exchange/course.h"

/* Finds out who has sent X's request: who has connected, or if he is trusted, whom he speaks
 * for. */
void arrival_find_client(struct exchange *x);

/* Is X's request to go on? If not, it is answered. */
bool arrival_goes_on(struct exchange *x);

#endif
