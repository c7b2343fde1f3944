/* The hooks and the router of a world, which do what its test has arranged. */
#ifndef TESTS_EXCHANGE_WORLD_HOOKS_H
#define TESTS_EXCHANGE_WORLD_HOOKS_H

#include "world.h"

/* Gives G those hooks, and that router, that W has. */
void world_hooks_furnish(struct world *w, struct generation *g);

/* A turn of the loop: the hook that waits goes on, if it does not wait for ever. Says whether it
 * does. */
bool world_hooks_turn(struct world *w);

#endif
