/* A request on its way through the proxy, as those see it who route it, choose for it or change it.
 *
 * It belongs to the exchange, which fills it in and keeps it as long as the request lasts.
 */
#ifndef BALANCE_VISIT_H
#define BALANCE_VISIT_H

#include <stdint.h>

struct addr;
struct head;

struct visit {
    struct head *request;
    const struct addr *client;
    uint64_t number;  /* of the request; no other has it */
    unsigned attempt; /* the one that is going to be chosen for, or under way: 1 for the first */
    double now;       /* seconds */
    int kept;         /* what a script keeps for this request, for hooks_forget; 0: nothing */
};

#endif
