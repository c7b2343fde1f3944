/* Numbers that are named while the program runs: what scripts count. Unlike the program's own
 * counters they may also go down. There are TALLIES_MAX of them at most, so that a script that
 * makes names of what clients send uses up no memory.
 */
#ifndef BASE_TALLIES_H
#define BASE_TALLIES_H

#include "base/span.h"

#include <stdint.h>

enum { TALLIES_MAX = 1000, TALLY_NAME_MAX = 100 };

struct tally {
    int64_t n;
    char name[TALLY_NAME_MAX + 1];
};

/* Embed it, zeroed. */
struct tallies {
    struct tally **sorted; /* by name */
    unsigned count;
};

/* The tally called NAME (1 to TALLY_NAME_MAX bytes, no NUL), at 0 if there was none; it stays where
 * it is until tallies_fini. NULL if there are too many. */
struct tally *tallies_get(struct tallies *tallies, struct span name);

/* Adds N, which may be negative. */
void tallies_add(struct tally *tally, int64_t n);

/* Frees all of them. */
void tallies_fini(struct tallies *tallies);

#endif
