/* Memory: allocate or end the process, and arenas for what lives as long as a request.
 *
 * Nobody checks for NULL. When the system has no more, a reserve that was kept aside is given up:
 * then memory is short, and whoever can do without some has to give it back, until there is a
 * reserve again. Running out of that too is the end of the process.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory of SIZE bytes, to be given back with mem_free. */
void *mem_new(size_t size);

/* Changes the size of what mem_new gave (or NULL); new bytes are not zeroed. */
void *mem_resize(void *memory, size_t size);

/* The same for whoever can do without: NULL, and MEMORY stays as it is, if there is none, or none
 * but the reserve. */
void *mem_try_resize(void *memory, size_t size);

/* A copy of TEXT that ends with NUL. */
char *mem_copy(struct span text);

/* Gives MEMORY back. NULL is fine. */
void mem_free(void *memory);

/* Keeps 4 MB aside, or 2 if there is no more, unless that was done already. True, and memory is not
 * short any more, if they are there; while it is, the more often this is called the less has to be
 * left besides. They are not touched: where address space is limited, by ulimit -v or by a system
 * that does not promise more than it has, they are what is left; a container that has too much is
 * killed without being asked. */
bool mem_keep_reserve(void);

/* RELIEF is called with OWNER as soon as the reserve is given up, by whoever needs memory at that
 * moment: it may note that, and nothing else. */
void mem_set_relief(void (*relief)(void *owner), void *owner);

/* Was the reserve given up, and is not there again? */
bool mem_is_short(void);

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
