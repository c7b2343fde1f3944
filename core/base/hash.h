/* Numbers that stand for texts: SipHash-2-4 (Aumasson, Bernstein 2012). Who does not know the key
 * cannot choose texts that have the same hash.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/span.h"

#include <stdint.h>

enum { HASH_KEY = 16 };

/* The hash of TEXT under KEY, which has HASH_KEY bytes. */
uint64_t hash_sip(struct span text, const char *key);

/* Has each bit of X a say in each bit of the result, and maps no two numbers to the same: the
 * finalizer of splitmix64 (Steele, Lea, Flood 2014). */
uint64_t hash_mix(uint64_t x);

#endif
