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

/* The reserve: in pieces of the size of a buffer, since where much memory was given back there may
 * be no larger holes. */
enum { PIECE = 81920, PIECES = 50 };

/* It is only taken where there is as much again: else it would be gone with the next request. But
 * that may never be, so each time a little less is wanted, and half of it is better than none. */
enum { AT_FIRST = 2 * PIECES, STEP = PIECES / 10, LEAST = PIECES / 2 };

/* Of the process, as memory is. */
static struct {
    void *aside[AT_FIRST];
    int count; /* of the pieces; 0: there is none */
    int wanted;
    bool is_short;
    void (*relief)(void *owner);
    void *owner;
} reserve = { .wanted = AT_FIRST };

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(max_align_t) char bytes[];
};

/* Gives the reserve up, for others to have. False if there is none. */
static bool spend_reserve(void)
{
    if (reserve.count == 0)
        return false;
    while (reserve.count > 0)
        free(reserve.aside[--reserve.count]);
    reserve.is_short = true;
    if (reserve.relief != NULL)
        reserve.relief(reserve.owner);
    return true;
}

static void *or_die(void *memory)
{
    if (memory == NULL) {
        log_error("out of memory: this is the end");
        log_flush();
        abort();
    }
    return memory;
}

void *mem_new(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL && spend_reserve())
        memory = calloc(1, size);
    return or_die(memory);
}

void *mem_resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size);

    if (resized == NULL && spend_reserve())
        resized = realloc(memory, size);
    return or_die(resized);
}

void *mem_try_resize(void *memory, size_t size)
{
    return reserve.is_short ? NULL : realloc(memory, size);
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

/* Takes COUNT pieces, and keeps a reserve of them. False if there are not so many. */
static bool take_pieces(int count)
{
    int taken = 0;

    while (taken < count && (reserve.aside[taken] = malloc(PIECE)) != NULL)
        taken++;
    if (taken == count)
        reserve.count = count < PIECES ? count : PIECES;
    while (taken > reserve.count)
        free(reserve.aside[--taken]);
    return reserve.count > 0;
}

bool mem_keep_reserve(void)
{
    while (reserve.count == 0 && !take_pieces(reserve.wanted)) {
        bool more = reserve.wanted > LEAST;

        reserve.wanted -= more ? STEP : 0;
        if (!more || reserve.is_short)
            return false;
    }
    reserve.wanted = AT_FIRST;
    reserve.is_short = false;
    return true;
}

void mem_set_relief(void (*relief)(void *owner), void *owner)
{
    reserve.relief = relief;
    reserve.owner = owner;
}

bool mem_is_short(void)
{
    return reserve.is_short;
}

static void add_block(struct arena *arena, size_t size)
{
    struct arena_block *block;

    if (size < ARENA_BLOCK)
        size = ARENA_BLOCK;
    block = mem_resize(NULL, sizeof *block + size);
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
