/* The body of a request, remembered. */
#include "base/scarce.h"
#include "memory_side.h"
#include "support/test.h"

#include "exchange/repeat.h"

#include <string.h>

/* A client, the side that remembers, and what was read of it. */
struct road {
    struct memory_side client;
    struct repeat repeat;
    char got[64]; /* with 'e' for the end */
    bool ended;
};

static void begin(struct road *road, const char *says, size_t most)
{
    *road = (struct road){ .ended = false };
    memory_side_init(&road->client, says, 0, NULL);
    repeat_init(&road->repeat, &road->client.side, most);
}

/* Reads what there is, MAX bytes at a time, up to the end; gives what came instead of it. */
static enum side_news read_all(struct road *road, size_t max)
{
    struct part part;
    enum side_news news = SIDE_PART;

    while (!road->ended && (news = side_read(&road->repeat.side, max, &part)) == SIDE_PART) {
        must(part.body.len <= max, "more is given than there is room for");
        must(part.body.len > 0 || part.last, "a part is empty");
        strncat(road->got, part.body.at != NULL ? part.body.at : "", part.body.len);
        strcat(road->got, part.last ? "e" : "");
        road->ended = part.last;
    }
    return news;
}

/* The same from the start, for somebody else. */
static enum side_news read_again(struct road *road, size_t max)
{
    repeat_rewind(&road->repeat);
    road->got[0] = '\0';
    road->ended = false;
    return read_all(road, max);
}

/* The client goes on. */
static void turn(struct road *road)
{
    side_arm(&road->repeat.side);
    memory_side_turn(&road->client);
}

TEST(what_the_client_says_passes)
{
    struct road road;

    begin(&road, "123e", 10);
    ck_assert_int_eq(read_all(&road, 2), SIDE_PART);
    ck_assert_str_eq(road.got, "123e");
    repeat_fini(&road.repeat);
}

TEST(all_of_it_can_be_had_again_and_again)
{
    static const char *const bodies[] = { "123456789e", "123456789E", "1e", "1E", "e" };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        for (size_t max = 1; max <= 10; max++) {
            struct road road;
            char first[64];

            begin(&road, bodies[i], 9);
            read_all(&road, 4);
            strcpy(first, road.got);
            for (int times = 0; times < 3; times++) {
                ck_assert(repeat_can(&road.repeat));
                ck_assert_int_eq(read_again(&road, max), SIDE_PART);
                ck_assert_str_eq(road.got, first);
            }
            repeat_fini(&road.repeat);
        }
}

TEST(a_part_of_it_can_be_had_again_and_then_the_rest_comes)
{
    struct road road;

    begin(&road, "12.34.5e", 10);
    ck_assert_int_eq(read_all(&road, 10), SIDE_WAIT);
    ck_assert_int_eq(read_again(&road, 10), SIDE_WAIT);
    ck_assert_str_eq(road.got, "12");
    turn(&road);
    ck_assert_int_eq(read_all(&road, 10), SIDE_WAIT);
    ck_assert_str_eq(road.got, "1234");
    ck_assert_int_eq(read_again(&road, 1), SIDE_WAIT);
    ck_assert_str_eq(road.got, "1234");
    turn(&road);
    ck_assert_int_eq(read_all(&road, 10), SIDE_PART);
    ck_assert_str_eq(road.got, "12345e");
    ck_assert_int_eq(read_again(&road, 3), SIDE_PART);
    ck_assert_str_eq(road.got, "12345e");
    repeat_fini(&road.repeat);
}

TEST(it_can_begin_anew_before_all_of_it_was_had_again)
{
    struct road road;
    struct part part;

    begin(&road, "12345.6e", 10);
    read_all(&road, 10);
    repeat_rewind(&road.repeat);
    ck_assert_int_eq(side_read(&road.repeat.side, 2, &part), SIDE_PART);
    ck_assert_int_eq(read_again(&road, 10), SIDE_WAIT);
    ck_assert_str_eq(road.got, "12345");
    turn(&road);
    read_all(&road, 10);
    ck_assert_str_eq(road.got, "123456e");
    repeat_fini(&road.repeat);
}

TEST(as_much_as_may_be_is_remembered_and_no_more)
{
    for (size_t most = 1; most <= 9; most++)
        for (size_t max = 1; max <= 9; max++) {
            struct road road;

            begin(&road, "12345e", most);
            ck_assert_int_eq(read_all(&road, max), SIDE_PART);
            ck_assert_str_eq(road.got, "12345e");
            ck_assert(repeat_can(&road.repeat) == (most >= 5));
            ck_assert(most >= 5 || road.repeat.bytes == NULL);
            repeat_fini(&road.repeat);
        }
}

TEST(large_bodies_are_remembered_whole)
{
    enum { SIZE = 100000 };
    static char says[SIZE + 2];
    struct road road;
    struct part part;
    size_t size = 0;

    memset(says, '7', SIZE);
    says[SIZE / 2] = '3';
    says[SIZE] = 'e';
    begin(&road, says, SIZE);
    do
        side_read(&road.repeat.side, 777, &part);
    while (!part.last);
    repeat_rewind(&road.repeat);
    do {
        ck_assert_int_eq(side_read(&road.repeat.side, 5000, &part), SIDE_PART);
        ck_assert_mem_eq(part.body.at, says + size, part.body.len);
        size += part.body.len;
    } while (!part.last);
    ck_assert_uint_eq(size, SIZE);
    repeat_fini(&road.repeat);
}

TEST(nothing_more_is_remembered_while_memory_is_short)
{
    struct road road;

    begin(&road, "12.34e", 10);
    read_all(&road, 10);
    make_memory_short();
    turn(&road);
    ck_assert_int_eq(read_all(&road, 10), SIDE_PART); /* for which there is room already */
    ck_assert(repeat_can(&road.repeat));
    repeat_fini(&road.repeat);

    begin(&road, "12e", 10);
    ck_assert_int_eq(read_all(&road, 10), SIDE_PART);
    ck_assert_str_eq(road.got, "12e");
    ck_assert(!repeat_can(&road.repeat));
    ck_assert(mem_keep_reserve());
}

TEST(what_is_forgotten_keeps_no_memory_and_lets_the_rest_pass)
{
    struct road road;

    begin(&road, "12.34e", 10);
    read_all(&road, 10);
    repeat_forget(&road.repeat);
    ck_assert(!repeat_can(&road.repeat));
    ck_assert_ptr_null(road.repeat.bytes);
    turn(&road);
    ck_assert_int_eq(read_all(&road, 10), SIDE_PART);
    ck_assert_str_eq(road.got, "1234e");
    ck_assert_ptr_null(road.repeat.bytes);
}

TEST(what_is_forgotten_on_the_way_is_still_read_to_its_end)
{
    static const char *const bodies[] = { "12345e", "12345.67e" };

    for (size_t i = 0; i < 2; i++) {
        struct road road;
        struct part part;

        begin(&road, bodies[i], 10);
        read_all(&road, 10);
        repeat_rewind(&road.repeat);
        road.got[0] = '\0';
        road.ended = false;
        side_read(&road.repeat.side, 2, &part);
        ck_assert_mem_eq(part.body.at, "12", 2);
        repeat_forget(&road.repeat);
        read_all(&road, 10);
        turn(&road);
        read_all(&road, 10);
        ck_assert_str_eq(road.got, i == 0 ? "345e" : "34567e");
        repeat_fini(&road.repeat);
        ck_assert_ptr_null(road.repeat.bytes);
    }
}

TEST(that_the_client_has_gone_is_passed_on_with_its_reason)
{
    static const struct {
        const char *says;
        enum err err;
        const char *why;
    } cases[] = { { "12-", ERR_CLOSED, NULL }, { "12!", ERR_MALFORMED, "malformed" } };

    for (size_t i = 0; i < 2; i++) {
        struct road road;

        begin(&road, cases[i].says, 10);
        ck_assert_int_eq(read_all(&road, 10), SIDE_GONE);
        ck_assert_int_eq(read_again(&road, 10), SIDE_GONE);
        ck_assert_str_eq(road.got, "12");
        ck_assert_int_eq(road.repeat.side.err, cases[i].err);
        ck_assert_pstr_eq(road.repeat.side.why, cases[i].why);
        repeat_fini(&road.repeat);
    }
}

TEST(it_is_as_present_as_the_client_and_takes_nothing)
{
    struct road road;
    struct side *side = &road.repeat.side;

    begin(&road, "x", 10);
    road.client.sips = 1;
    ck_assert(!side_is_gone(side));
    ck_assert(side_is_heard(side));
    ck_assert(!side_is_heard(side));
    ck_assert_uint_eq(side_room(side), 0);
    side_write(side, &(struct part){ .last = true });
    ck_assert(!road.client.wrote_all);
    side_arm(side);
    ck_assert(road.client.armed);
    turn(&road);
    ck_assert(side_is_gone(side));
}

SUITE(repeat, what_the_client_says_passes, all_of_it_can_be_had_again_and_again,
      a_part_of_it_can_be_had_again_and_then_the_rest_comes,
      it_can_begin_anew_before_all_of_it_was_had_again, as_much_as_may_be_is_remembered_and_no_more,
      large_bodies_are_remembered_whole, nothing_more_is_remembered_while_memory_is_short,
      what_is_forgotten_keeps_no_memory_and_lets_the_rest_pass,
      what_is_forgotten_on_the_way_is_still_read_to_its_end,
      that_the_client_has_gone_is_passed_on_with_its_reason,
      it_is_as_present_as_the_client_and_takes_nothing);
