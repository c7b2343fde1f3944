/* The requests of others in a world: in flight at its backends, and waiting for them. */
#ifndef TESTS_EXCHANGE_WORLD_OTHERS_H
#define TESTS_EXCHANGE_WORLD_OTHERS_H

#include "world.h"

/* Makes the usher, before there are pools. */
void world_others_init(struct world *w);

/* The others have come, as is arranged. */
void world_others_begin(struct world *w);

/* A turn of the loop: some of theirs end, and the usher works if he is due. False if there is
 * nothing that could happen to them, now or in another turn. */
bool world_others_turn(struct world *w);

/* All of theirs have ended. */
void world_others_end(struct world *w);

#endif
