/* Maglev's lookup table (Eisenbud et al., NSDI 2016, section 3.4): who gets which slot.
 *
 * Everybody has a preference: slots OFFSET, OFFSET + SKIP, OFFSET + 2 SKIP ... modulo the size,
 * which is prime, so that all slots are in it. In rounds, in the order given, each claims its next
 * free slot. Who is lighter than the heaviest sits rounds out, with half its weight every other,
 * and goes before those who did not.
 *
 *   rounds   1: a b c     2: a b     3: c a b     4: a b     ...     c has half the weight
 *
 * The same as lua/luaproxy/maglev.lua, bit by bit.
 */
#ifndef VM_MAGLEV_H
#define VM_MAGLEV_H

#include <stdbool.h>
#include <stdint.h>

/* The most that can share a table, and the most slots it can have: the larger of the paper's sizes,
 * which takes some fifty milliseconds. */
enum { MAGLEV_SHARERS = 65535, MAGLEV_SIZE = 655373 };

struct maglev_sharer {
    double weight; /* 0 or more; somebody has more than 0 */
    uint32_t slot; /* where it begins; later, what it has claimed last */
    uint32_t skip; /* 1 to the size - 1 */
    uint32_t claimed;
    uint16_t next; /* who is behind it in the same round */
};

/* Those whose turn it is in a round, in the order they were put down. */
struct maglev_round {
    uint16_t first;
    uint16_t last;
};

/* Can a table have SIZE slots? They must be a prime number. */
bool maglev_fits(int64_t size);

/* Writes into OWNERS who of COUNT SHARERS, counted from 0, has which of SIZE slots. ROUNDS has SIZE
 * elements, which need not be initialised. */
void maglev_fill(struct maglev_sharer *sharers, unsigned count, struct maglev_round *rounds,
                 uint16_t *owners, uint32_t size);

#endif
