/* Chance that can be repeated: a generator whose whole state is a number, splitmix64 (Steele, Lea,
 * Flood 2014). Good enough for shares and jitter, not for secrets.
 */
#ifndef BASE_CHANCE_H
#define BASE_CHANCE_H

#include <stdint.h>

/* Embed it. Any number will do as a seed; with the same one, the same chances come. */
struct chance {
    uint64_t state;
};

/* A number from 0 to 1, without 1. */
double chance_draw(struct chance *chance);

#endif
