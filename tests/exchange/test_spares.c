/* What a request needs, lent while it lasts. */
#include "exchange/spares.h"

#include "support/test.h"

enum { KEPT = 256 };

TEST(what_was_given_back_is_lent_again)
{
    struct spares spares;
    struct request *first;
    struct request *second;

    spares_init(&spares);
    first = spares_take(&spares);
    second = spares_take(&spares);
    ck_assert_ptr_ne(first, second);
    spares_give(&spares, first);
    ck_assert_ptr_eq(spares_take(&spares), first);
    spares_give(&spares, first);
    spares_give(&spares, second);
    ck_assert_ptr_eq(spares_take(&spares), second);
    spares_give(&spares, second);
    spares_fini(&spares);
}

TEST(it_keeps_the_memory_that_a_request_has_had)
{
    struct spares spares;
    struct request *request;
    const void *block;

    spares_init(&spares);
    request = spares_take(&spares);
    arena_take(&request->exchange.arena, 100);
    arena_reset(&request->exchange.arena);
    block = request->exchange.arena.blocks;
    spares_give(&spares, request);
    ck_assert_ptr_nonnull(block);
    ck_assert_ptr_eq(spares_take(&spares)->exchange.arena.blocks, block);
    spares_give(&spares, request);
    spares_fini(&spares);
}

TEST(only_so_many_are_kept)
{
    static struct request *requests[KEPT + 5];
    struct spares spares;

    spares_init(&spares);
    for (int i = 0; i < KEPT + 5; i++)
        requests[i] = spares_take(&spares);
    for (int i = 0; i < KEPT + 5; i++)
        spares_give(&spares, requests[i]);
    ck_assert_uint_eq(spares.count, KEPT);
    spares_fini(&spares);
    ck_assert_uint_eq(spares.count, 0);
}

SUITE(spares, what_was_given_back_is_lent_again, it_keeps_the_memory_that_a_request_has_had,
      only_so_many_are_kept);
