/* Chance for scripts, which a seed makes repeatable: xorshift64*, Marsaglia 2003, Vigna 2016. */
#ifndef VM_LUA_RANDOM_H
#define VM_LUA_RANDOM_H

#include <lua.h>
#include <stdint.h>

/* Pushes random([n]): a whole number from 1 to n, or without n a number in [0, 1). *STATE, which
 * must outlive the function, is the seed, and must not be 0. */
void lua_random_push(lua_State *L, uint64_t *state);

#endif
