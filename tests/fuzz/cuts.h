/* Where to cut an input: at random, but the same input is always cut at the same places. */
#ifndef FUZZ_CUTS_H
#define FUZZ_CUTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct cuts {
    uint64_t state;
};

/* Begins with a state that depends on all BYTES. */
static inline struct cuts cuts_of(const uint8_t *bytes, size_t size)
{
    struct cuts cuts = { 0xcbf29ce484222325 };

    for (size_t i = 0; i < size; i++)
        cuts.state = (cuts.state ^ bytes[i]) * 0x100000001b3;
    return cuts;
}

/* A number from 0 to MAX. Small ones are as likely as all others together. */
static inline size_t cuts_next(struct cuts *cuts, size_t max)
{
    size_t number;

    cuts->state = cuts->state * 6364136223846793005 + 1442695040888963407;
    number = (size_t)(cuts->state >> 33);
    return number & 1 ? (number >> 1) % (max + 1) : (number >> 1) % ((max < 8 ? max : 8) + 1);
}

/* A copy of BYTES that ends where its memory ends, so that nobody looks behind it; free it. */
static inline char *cuts_copy(const void *bytes, size_t size)
{
    char *copy = malloc(size + (size == 0));

    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

#endif
