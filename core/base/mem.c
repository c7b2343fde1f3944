/* Memory: allocate or end the process, and arenas.
 *
 *   blocks -> [ block | given out ......|used  free ] -> [ block | full ] -> [ block | full ]
 */
#include "base/mem.h"

#include "base/log.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK = 8192 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(max_align_t) char bytes[];
};

static void *or_die(void *memory)
{
    if (memory == NULL) {
        log_error("out of memory");
        log_flush();
        abort();
    }
    return memory;
}

void *mem_new(size_t size)
{
    return or_die(calloc(1, size));
}

void *mem_resize(void *memory, size_t size)
{
    return or_die(realloc(memory, size));
}

char *mem_copy(struct span text)
{
    char *copy = mem_new(text.len + 1);

    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    return copy;
}

void mem_free(void *memory)
{
    free(memory);
}

static void add_block(struct arena *arena, size_t size)
{
    struct arena_block *block;

    if (size < ARENA_BLOCK)
        size = ARENA_BLOCK;
    block = or_die(malloc(sizeof *block + size));
    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->used = 0;
}

void *arena_take(struct arena *arena, size_t size)
{
    void *piece;

    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (arena->blocks == NULL || arena->blocks->size - arena->used < size)
        add_block(arena, size);
    piece = arena->blocks->bytes + arena->used;
    arena->used += size;
    return piece;
}

struct span arena_copy(struct arena *arena, struct span text)
{
    char *copy = arena_take(arena, text.len);

    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    return (struct span){ copy, text.len };
}

void arena_reset(struct arena *arena)
{
    struct arena_block *oldest;

    while (arena->blocks != NULL && arena->blocks->next != NULL) {
        oldest = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = oldest;
    }
    arena->used = 0;
}

void arena_fini(struct arena *arena)
{
    arena_reset(arena);
    free(arena->blocks);
    arena->blocks = NULL;
}
