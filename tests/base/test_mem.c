/* Memory: allocate or end the process, and arenas. */
#include "base/mem.h"

#include "base/log.h"
#include "scarce.h"
#include "support/test.h"

#include <stdalign.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(new_memory_is_zeroed)
{
    char *memory = mem_new(1000);

    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(memory[i], 0);
    mem_free(memory);
}

TEST(resizing_keeps_what_was_there)
{
    char *memory = mem_resize(NULL, 3);

    memcpy(memory, "abc", 3);
    memory = mem_resize(memory, 100000);
    ck_assert_int_eq(memcmp(memory, "abc", 3), 0);
    memory[99999] = 'x';
    mem_free(memory);
}

TEST(freeing_nothing_is_fine)
{
    mem_free(NULL);
}

TEST(a_copy_ends_with_nul)
{
    char *copy = mem_copy(SPAN("abc"));
    char *nothing = mem_copy((struct span){ NULL, 0 });

    ck_assert_str_eq(copy, "abc");
    ck_assert_str_eq(nothing, "");
    mem_free(copy);
    mem_free(nothing);
}

TEST(a_process_without_memory_says_so_and_ends)
{
    volatile size_t too_much = SIZE_MAX / 4;
    char said[256];
    ssize_t length;
    int pipes[2];
    int status;
    pid_t child;

    ck_assert_int_eq(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        log_set_fd(pipes[1]);
        mem_new(too_much);
        _exit(0);
    }
    close(pipes[1]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    length = read(pipes[0], said, sizeof said - 1);
    ck_assert_int_gt(length, 0);
    said[length] = '\0';
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    ck_assert_ptr_nonnull(strstr(said, "out of memory"));
    close(pipes[0]);
}

/* Takes much memory in some way; 0 is where its bytes would be if they were zeroed. */
static void take_new(void)
{
    char *memory = mem_new(SCARCE_LARGE);

    ck_assert_int_eq(memory[SCARCE_LARGE - 1], 0);
    mem_free(memory);
}

static void take_more(void)
{
    char *memory = mem_resize(NULL, 10);

    memcpy(memory, "abcdefghi", 10);
    memory = mem_resize(memory, SCARCE_LARGE);
    ck_assert_str_eq(memory, "abcdefghi");
    mem_free(memory);
}

static void take_piece(void)
{
    struct arena arena = { .blocks = NULL };

    memset(arena_take(&arena, SCARCE_LARGE), 'x', SCARCE_LARGE);
    arena_fini(&arena);
}

TEST(memory_that_has_run_out_comes_from_the_reserve)
{
    static void (*const takes[])(void) = { take_new, take_more, take_piece };

    for (size_t i = 0; i < sizeof takes / sizeof takes[0]; i++) {
        ck_assert(mem_keep_reserve());
        ck_assert(!mem_is_short());
        mem_set_relief(lift_limit, NULL);
        limit_memory(SCARCE_LEFT);
        takes[i]();
        ck_assert(mem_is_short());
    }
    ck_assert(mem_keep_reserve());
    ck_assert(!mem_is_short());
}

TEST(the_reserve_is_not_for_those_who_can_do_without)
{
    char *memory = mem_try_resize(NULL, 3);

    memcpy(memory, "abc", 3);
    ck_assert(mem_keep_reserve());
    limit_memory(SCARCE_LEFT);
    ck_assert_ptr_null(mem_try_resize(memory, SCARCE_LARGE));
    lift_limit(NULL);
    ck_assert(!mem_is_short());
    make_memory_short();
    ck_assert_ptr_null(mem_try_resize(memory, 100));
    ck_assert(mem_keep_reserve());
    memory = mem_try_resize(memory, 100);
    ck_assert_int_eq(memcmp(memory, "abc", 3), 0);
    mem_free(memory);
}

static void count_call(void *owner)
{
    int *calls = owner;

    ++*calls;
    limit_memory(RLIM_INFINITY);
}

TEST(whoever_is_to_bring_relief_is_told_once)
{
    int calls = 0;

    make_memory_short();
    mem_set_relief(count_call, &calls);
    mem_free(mem_new(100));
    ck_assert_int_eq(calls, 0);
    ck_assert(mem_keep_reserve() && mem_keep_reserve());
    limit_memory(SCARCE_LEFT);
    mem_free(mem_new(SCARCE_LARGE));
    mem_free(mem_new(SCARCE_LARGE));
    ck_assert_int_eq(calls, 1);
}

TEST(an_arena_gives_pieces_that_do_not_overlap)
{
    enum { PIECES = 600 };
    struct arena arena = { .blocks = NULL };
    char *pieces[PIECES];

    for (int i = 0; i < PIECES; i++) {
        pieces[i] = arena_take(&arena, (size_t)i);
        memset(pieces[i], i % 256, (size_t)i);
    }
    for (int i = 0; i < PIECES; i++) {
        int right = 0;

        while (right < i && (unsigned char)pieces[i][right] == i % 256)
            right++;
        ck_assert_int_eq(right, i);
    }
    arena_fini(&arena);
}

TEST(a_piece_is_aligned_for_anything)
{
    struct arena arena = { .blocks = NULL };

    for (size_t size = 0; size < 100; size++)
        ck_assert_uint_eq((uintptr_t)arena_take(&arena, size) % alignof(max_align_t), 0);
    arena_fini(&arena);
}

TEST(a_piece_may_be_larger_than_a_block)
{
    struct arena arena = { .blocks = NULL };
    char *small = arena_take(&arena, 1);
    char *large = arena_take(&arena, 1000000);
    char *next = arena_take(&arena, 1);

    *small = 's';
    memset(large, 'l', 1000000);
    *next = 'n';
    ck_assert_int_eq(*small, 's');
    ck_assert_int_eq(large[999999], 'l');
    arena_fini(&arena);
}

TEST(a_copy_in_an_arena_is_a_copy)
{
    struct arena arena = { .blocks = NULL };
    char text[] = "abc";
    struct span copy = arena_copy(&arena, span_of(text));

    text[0] = '!';
    ck_assert(span_eq(copy, SPAN("abc")));
    ck_assert_uint_eq(arena_copy(&arena, (struct span){ NULL, 0 }).len, 0);
    arena_fini(&arena);
}

TEST(a_reset_arena_begins_anew_with_its_oldest_block)
{
    struct arena arena = { .blocks = NULL };
    void *first = arena_take(&arena, 100);

    for (int i = 0; i < 1000; i++)
        arena_take(&arena, 100);
    arena_reset(&arena);
    ck_assert_uint_eq(arena.used, 0);
    ck_assert_ptr_eq(arena_take(&arena, 100), first);
    arena_fini(&arena);
}

TEST(an_arena_that_gave_nothing_owns_nothing)
{
    struct arena arena = { .blocks = NULL };

    arena_reset(&arena);
    ck_assert_ptr_null(arena.blocks);
    arena_fini(&arena);
    ck_assert_ptr_null(arena.blocks);
}

TEST(a_finished_arena_can_be_used_again)
{
    struct arena arena = { .blocks = NULL };

    arena_take(&arena, 20000);
    arena_fini(&arena);
    ck_assert_ptr_nonnull(arena_take(&arena, 1));
    arena_fini(&arena);
}

SUITE(mem, new_memory_is_zeroed, resizing_keeps_what_was_there, freeing_nothing_is_fine,
      a_copy_ends_with_nul, a_process_without_memory_says_so_and_ends,
      memory_that_has_run_out_comes_from_the_reserve,
      the_reserve_is_not_for_those_who_can_do_without, whoever_is_to_bring_relief_is_told_once,
      an_arena_gives_pieces_that_do_not_overlap, a_piece_is_aligned_for_anything,
      a_piece_may_be_larger_than_a_block, a_copy_in_an_arena_is_a_copy,
      a_reset_arena_begins_anew_with_its_oldest_block, an_arena_that_gave_nothing_owns_nothing,
      a_finished_arena_can_be_used_again);
