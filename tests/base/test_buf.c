/* A queue of bytes in a borrowed block. */
#include "base/buf.h"

#include "base/mem.h"
#include "scarce.h"
#include "support/test.h"

/* A lender with one queue, and what the queue should hold. */
struct desk {
    struct buf_lender lender;
    struct buf buf;
};

static void open_desk(struct desk *desk)
{
    *desk = (struct desk){ .lender = { .idle = NULL } };
    buf_init(&desk->buf, &desk->lender);
}

static void close_desk(struct desk *desk)
{
    buf_fini(&desk->buf);
    ck_assert_uint_eq(desk->lender.lent, 0);
    buf_lender_fini(&desk->lender);
}

/* The byte that comes N-th through a queue, if PATTERN was used to fill it. */
static char pattern(size_t n)
{
    return (char)('a' + n % 23);
}

/* Puts N bytes into BUF, beginning with the one that comes FROM-th. */
static void fill(struct buf *buf, size_t from, size_t n)
{
    size_t size;
    char *space = buf_space(buf, &size);

    ck_assert_uint_le(n, size);
    for (size_t i = 0; i < n; i++)
        space[i] = pattern(from + i);
    buf_added(buf, n);
}

static void expect_pattern(const struct buf *buf, size_t from)
{
    struct span held = buf_span(buf);

    size_t right = 0;

    while (right < held.len && held.at[right] == pattern(from + right))
        right++;
    ck_assert_uint_eq(right, held.len);
}

TEST(an_empty_queue_holds_no_memory)
{
    struct desk desk;

    open_desk(&desk);
    ck_assert_ptr_null(desk.buf.block);
    ck_assert(span_eq(buf_span(&desk.buf), SPAN("")));
    ck_assert_uint_eq(buf_len(&desk.buf), 0);
    ck_assert_uint_eq(buf_room(&desk.buf), BUF_SIZE);
    ck_assert_uint_eq(desk.lender.lent, 0);
    close_desk(&desk);
}

TEST(bytes_come_out_as_they_went_in)
{
    struct desk desk;

    open_desk(&desk);
    buf_append(&desk.buf, SPAN("hello "));
    buf_append(&desk.buf, SPAN(""));
    buf_append(&desk.buf, SPAN("world"));
    ck_assert(span_eq(buf_span(&desk.buf), SPAN("hello world")));
    ck_assert_uint_eq(buf_len(&desk.buf), 11);
    ck_assert_uint_eq(buf_room(&desk.buf), BUF_SIZE - 11);
    buf_take(&desk.buf, 6);
    ck_assert(span_eq(buf_span(&desk.buf), SPAN("world")));
    close_desk(&desk);
}

TEST(the_last_byte_taken_gives_the_block_back)
{
    struct desk desk;

    open_desk(&desk);
    buf_append(&desk.buf, SPAN("ab"));
    buf_take(&desk.buf, 1);
    ck_assert_uint_eq(desk.lender.lent, 1);
    buf_take(&desk.buf, 1);
    ck_assert_uint_eq(desk.lender.lent, 0);
    ck_assert_uint_eq(desk.lender.idle_count, 1);
    ck_assert_ptr_null(desk.buf.block);
    close_desk(&desk);
}

TEST(appending_or_taking_nothing_borrows_nothing)
{
    struct desk desk;

    open_desk(&desk);
    buf_append(&desk.buf, (struct span){ NULL, 0 });
    buf_take(&desk.buf, 0);
    buf_added(&desk.buf, 0);
    ck_assert_uint_eq(desk.lender.lent, 0);
    ck_assert_uint_eq(desk.lender.idle_count, 0);
    close_desk(&desk);
}

TEST(space_that_stays_unused_is_given_back)
{
    struct desk desk;
    size_t size;

    open_desk(&desk);
    ck_assert_ptr_nonnull(buf_space(&desk.buf, &size));
    ck_assert_uint_eq(size, BUF_SIZE);
    ck_assert_uint_eq(desk.lender.lent, 1);
    buf_added(&desk.buf, 0);
    ck_assert_uint_eq(desk.lender.lent, 0);
    close_desk(&desk);
}

TEST(unused_space_behind_bytes_costs_no_bytes)
{
    struct desk desk;
    size_t size;

    open_desk(&desk);
    buf_append(&desk.buf, SPAN("abc"));
    buf_take(&desk.buf, 1);
    buf_space(&desk.buf, &size);
    buf_added(&desk.buf, 0);
    ck_assert(span_eq(buf_span(&desk.buf), SPAN("bc")));
    close_desk(&desk);
}

TEST(all_free_room_is_in_one_piece)
{
    struct desk desk;
    size_t size;

    open_desk(&desk);
    fill(&desk.buf, 0, BUF_SIZE);
    buf_take(&desk.buf, BUF_SIZE - 3);
    buf_space(&desk.buf, &size);
    ck_assert_uint_eq(size, BUF_SIZE - 3);
    ck_assert_uint_eq(buf_room(&desk.buf), BUF_SIZE - 3);
    expect_pattern(&desk.buf, BUF_SIZE - 3);
    buf_added(&desk.buf, 0);
    close_desk(&desk);
}

TEST(a_full_queue_has_no_room)
{
    struct desk desk;
    size_t size;

    open_desk(&desk);
    fill(&desk.buf, 0, BUF_SIZE);
    ck_assert_uint_eq(buf_room(&desk.buf), 0);
    buf_space(&desk.buf, &size);
    ck_assert_uint_eq(size, 0);
    buf_added(&desk.buf, 0);
    ck_assert_uint_eq(buf_len(&desk.buf), BUF_SIZE);
    expect_pattern(&desk.buf, 0);
    close_desk(&desk);
}

TEST(the_warmest_block_is_lent_first)
{
    struct desk desk;
    struct buf other;
    char *warm;

    open_desk(&desk);
    buf_init(&other, &desk.lender);
    buf_append(&desk.buf, SPAN("a"));
    buf_append(&other, SPAN("b"));
    warm = other.block;
    buf_take(&desk.buf, 1);
    buf_take(&other, 1);
    ck_assert_uint_eq(desk.lender.idle_count, 2);
    buf_append(&desk.buf, SPAN("c"));
    ck_assert_ptr_eq(desk.buf.block, warm);
    ck_assert_uint_eq(desk.lender.idle_count, 1);
    buf_fini(&other);
    close_desk(&desk);
}

TEST(a_queue_that_ends_gives_its_block_back)
{
    struct desk desk;

    open_desk(&desk);
    buf_append(&desk.buf, SPAN("left over"));
    buf_fini(&desk.buf);
    ck_assert_uint_eq(desk.lender.lent, 0);
    ck_assert_uint_eq(buf_len(&desk.buf), 0);
    buf_fini(&desk.buf);
    close_desk(&desk);
}

TEST(the_lender_keeps_only_some_blocks_for_the_next_rush)
{
    enum { RUSH = 100, KEPT = 64 };
    struct buf_lender lender = { .idle = NULL };
    struct buf *bufs = mem_new(RUSH * sizeof *bufs);

    for (int i = 0; i < RUSH; i++) {
        buf_init(&bufs[i], &lender);
        buf_append(&bufs[i], SPAN("x"));
    }
    ck_assert_uint_eq(lender.lent, RUSH);
    for (int i = 0; i < RUSH; i++)
        buf_fini(&bufs[i]);
    ck_assert_uint_eq(lender.lent, 0);
    ck_assert_uint_eq(lender.idle_count, KEPT);
    buf_lender_fini(&lender);
    ck_assert_uint_eq(lender.idle_count, 0);
    ck_assert_ptr_null(lender.idle);
    mem_free(bufs);
}

TEST(whatever_is_added_and_taken_the_order_stays)
{
    struct desk desk;
    unsigned seed = 1;
    size_t added = 0;
    size_t taken = 0;

    open_desk(&desk);
    for (int step = 0; step < 3000; step++) {
        size_t n;

        seed = seed * 1103515245 + 12345;
        n = (seed >> 16) % 3000;
        if (seed & 0x8000) {
            n = n < buf_room(&desk.buf) ? n : buf_room(&desk.buf);
            fill(&desk.buf, added, n);
            added += n;
        } else {
            n = n < buf_len(&desk.buf) ? n : buf_len(&desk.buf);
            buf_take(&desk.buf, n);
            taken += n;
        }
        ck_assert_uint_eq(buf_len(&desk.buf), added - taken);
        ck_assert_uint_eq(desk.lender.lent, added > taken ? 1 : 0);
        expect_pattern(&desk.buf, taken);
    }
    ck_assert_uint_gt(taken, BUF_SIZE);
    close_desk(&desk);
}

TEST(as_long_as_there_is_memory_everybody_is_lent_a_block)
{
    struct desk desk;

    open_desk(&desk);
    ck_assert(buf_lends(&desk.lender, false));
    ck_assert(buf_lends(&desk.lender, true));
    close_desk(&desk);
}

TEST(while_memory_is_short_blocks_have_to_come_back_first)
{
    struct desk desk;

    open_desk(&desk);
    fill(&desk.buf, 0, 1);
    make_memory_short();
    ck_assert(!buf_lends(&desk.lender, false));
    buf_take(&desk.buf, 1);
    ck_assert(buf_lends(&desk.lender, false));
    buf_lender_trim(&desk.lender);
    ck_assert(!buf_lends(&desk.lender, false));
    ck_assert(mem_keep_reserve());
    ck_assert(buf_lends(&desk.lender, false));
    close_desk(&desk);
}

TEST(but_for_what_is_urgent_some_more_are_made)
{
    enum { MANY = 100 };
    struct buf bufs[MANY];
    struct desk desk;
    unsigned count = 0;

    open_desk(&desk);
    make_memory_short();
    while (count < MANY && buf_lends(&desk.lender, true)) {
        buf_init(&bufs[count], &desk.lender);
        fill(&bufs[count++], 0, 1);
    }
    ck_assert_uint_gt(count, 1);
    ck_assert_uint_lt(count * BUF_SIZE, 2500000);
    buf_take(&bufs[0], 1);
    buf_lender_trim(&desk.lender); /* instead of that one another can be made */
    ck_assert(buf_lends(&desk.lender, true) && !buf_lends(&desk.lender, false));
    for (unsigned i = 1; i < count; i++)
        buf_fini(&bufs[i]);
    close_desk(&desk);
}

SUITE(buf, an_empty_queue_holds_no_memory, bytes_come_out_as_they_went_in,
      the_last_byte_taken_gives_the_block_back, appending_or_taking_nothing_borrows_nothing,
      space_that_stays_unused_is_given_back, unused_space_behind_bytes_costs_no_bytes,
      all_free_room_is_in_one_piece, a_full_queue_has_no_room, the_warmest_block_is_lent_first,
      a_queue_that_ends_gives_its_block_back, the_lender_keeps_only_some_blocks_for_the_next_rush,
      whatever_is_added_and_taken_the_order_stays,
      as_long_as_there_is_memory_everybody_is_lent_a_block,
      while_memory_is_short_blocks_have_to_come_back_first,
      but_for_what_is_urgent_some_more_are_made);
