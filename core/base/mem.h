/* Memory: allocate or end the process, and arenas for what lives as long as a request.
 *
 * Nobody checks for NULL: running out is the end of the process, and the limits on connections
 * and buffers are what keeps it from happening.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/span.h"

#include <stddef.h>

/* Zeroed memory of SIZE bytes, to be given back with mem_free. */
void *mem_new(size_t size);

/* Changes the size of what mem_new gave (or NULL); new bytes are not zeroed. */
void *mem_resize(void *memory, size_t size);

/* A copy of TEXT that ends with NUL. */
char *mem_copy(struct span text);

/* Gives MEMORY back. NULL is fine. */
void mem_free(void *memory);

/* Memory that is given out piece by piece and taken back all at once. Embed it, zeroed. */
struct arena {
    struct arena_block *blocks; /* the newest first; the oldest survives arena_reset */
    size_t used;                /* bytes given out of the newest block */
};

/* SIZE bytes, not zeroed, aligned for anything, valid until the next arena_reset. */
void *arena_take(struct arena *arena, size_t size);

/* A copy of TEXT in the arena. */
struct span arena_copy(struct arena *arena, struct span text);

/* Takes everything back, and keeps one block for the next round. */
void arena_reset(struct arena *arena);

/* Gives all blocks back. */
void arena_fini(struct arena *arena);

#endif
