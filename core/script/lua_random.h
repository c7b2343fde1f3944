/* Random numbers for scripts: ctx.random. */
#ifndef SCRIPT_LUA_RANDOM_H
#define SCRIPT_LUA_RANDOM_H

#include <lua.h>
#include <stdint.h>

/* Pushes a function random([n]): a whole number from 1 to n or, without n, a number in [0, 1). What
 * it gives depends on SEED alone, which must not be 0. May raise an error for lack of memory. */
void lua_random_push_new(lua_State *L, uint64_t seed);

#endif
