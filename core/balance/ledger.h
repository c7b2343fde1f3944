/* The facts of all servers that any pool has, by id and address.
 *
 * A server that is in two pools, or in the old and the new generation, has one entry; it is dropped
 * when the last pool that has it lets go.
 */
#ifndef BALANCE_LEDGER_H
#define BALANCE_LEDGER_H

#include "balance/backend.h"
#include "base/chance.h"

enum { LEDGER_SLOTS = 1024 };

struct ledger {
    struct list slots[LEDGER_SLOTS]; /* by the hash of the id */
    unsigned count;
    void (*dropped)(void *owner, struct facts *facts);
    void (*unreached)(void *owner, struct facts *facts);
    void *owner;
    struct chance chance; /* for all pools; whoever wants to can seed it */
};

/* Nothing known yet. DROPPED is called with OWNER before an entry is freed, so that nobody keeps
 * anything with it. NULL: nobody does. */
void ledger_init(struct ledger *ledger, void (*dropped)(void *owner, struct facts *facts),
                 void *owner);

/* From now on UNREACHED is called, with the owner, when an attempt has not got a connection. */
void ledger_set_unreached(struct ledger *ledger,
                          void (*unreached)(void *owner, struct facts *facts));

/* Nobody could be reached where FACTS say. */
void ledger_tell_unreached(struct ledger *ledger, struct facts *facts);

/* The facts of who is called ID at the address AT; nothing is known of somebody new but that he is
 * there since NOW. To be given back once. */
struct facts *ledger_hold(struct ledger *ledger, const char *id, const struct addr *at, double now);

/* Gives FACTS back. */
void ledger_release(struct ledger *ledger, struct facts *facts);

#endif
