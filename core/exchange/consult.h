/* What the script is asked about a request and its response, besides the choice of a backend. */
#ifndef EXCHANGE_CONSULT_H
#define EXCHANGE_CONSULT_H

#include "exchange/course.h"

/* Has the hook of the request look at it: it may change it, answer it, or let it wait. Says how X
 * goes on. */
enum step_news consult_request(struct exchange *x);

/* Asks which pool is to have the request. False if that has led to another phase. */
bool consult_router(struct exchange *x);

/* Has the hook of the response look at it. False while it waits; afterwards the response goes on,
 * as it is by then if the hook has failed. */
bool consult_response(struct exchange *x);

/* X ends: the script keeps nothing for it any more. */
void consult_end(struct exchange *x);

#endif
