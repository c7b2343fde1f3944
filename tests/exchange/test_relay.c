/* Moving the parts of a body while there is room. */
#include "memory_side.h"
#include "support/test.h"

#include "exchange/relay.h"

/* A relay between two sides in memory. The heads are not its business. */
struct road {
    struct memory_side from;
    struct memory_side to;
    struct relay relay;
};

static void begin(struct road *road, const char *says, size_t takes)
{
    memory_side_init(&road->from, says, 0, NULL);
    memory_side_init(&road->to, "", takes, NULL);
    road->to.wrote_head = true;
    road->relay = (struct relay){ .from = &road->from.side, .to = &road->to.side };
}

/* A turn of the loop for both sides. */
static void turn(struct road *road)
{
    side_arm(&road->from.side);
    side_arm(&road->to.side);
    memory_side_turn(&road->from);
    memory_side_turn(&road->to);
}

TEST(all_that_is_there_is_moved_up_to_the_last_part)
{
    struct road road;

    begin(&road, "12345e", 0);
    ck_assert_int_eq(relay_run(&road.relay), RELAY_ENDED);
    ck_assert_str_eq(road.to.got, "12345e");
    ck_assert_uint_eq(road.relay.bytes, 5);
}

TEST(a_last_part_may_have_bytes)
{
    struct road road;

    begin(&road, "12E", 0);
    ck_assert_int_eq(relay_run(&road.relay), RELAY_ENDED);
    ck_assert_str_eq(road.to.got, "12e");
}

TEST(it_waits_for_bytes)
{
    struct road road;

    begin(&road, "12.3e", 0);
    ck_assert_int_eq(relay_run(&road.relay), RELAY_WAIT);
    ck_assert_str_eq(road.to.got, "12");
    turn(&road);
    ck_assert_int_eq(relay_run(&road.relay), RELAY_ENDED);
    ck_assert_str_eq(road.to.got, "123e");
}

TEST(it_waits_for_room_and_reads_no_more_than_that)
{
    struct road road;

    begin(&road, "12345e", 2);
    ck_assert_int_eq(relay_run(&road.relay), RELAY_WAIT);
    ck_assert_str_eq(road.to.got, "12");
    ck_assert_str_eq(road.from.says, "345e");
    turn(&road);
    ck_assert_int_eq(relay_run(&road.relay), RELAY_WAIT);
    turn(&road);
    ck_assert_int_eq(relay_run(&road.relay), RELAY_ENDED);
    ck_assert_str_eq(road.to.got, "12345e");
    ck_assert_uint_eq(road.relay.bytes, 5);
}

TEST(the_end_needs_room_too)
{
    struct road road;

    begin(&road, "1e", 1);
    ck_assert_int_eq(relay_run(&road.relay), RELAY_WAIT);
    ck_assert_str_eq(road.to.got, "1");
    turn(&road);
    ck_assert_int_eq(relay_run(&road.relay), RELAY_ENDED);
    ck_assert_str_eq(road.to.got, "1e");
}

TEST(who_goes_before_the_last_part_is_gone)
{
    static const char *const scripts[] = { "12-", "12x", "12!" };

    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct road road;

        begin(&road, scripts[i], 0);
        ck_assert_int_eq(relay_run(&road.relay), RELAY_GONE);
        ck_assert_str_eq(road.to.got, "12");
        ck_assert_int_eq(relay_run(&road.relay), RELAY_GONE);
    }
}

TEST(behind_the_last_part_nothing_is_read)
{
    struct road road;

    begin(&road, "1e", 0);
    relay_run(&road.relay);
    road.from.says = "!";
    ck_assert_int_eq(relay_run(&road.relay), RELAY_ENDED);
    ck_assert_str_eq(road.to.got, "1e");
}

SUITE(relay, all_that_is_there_is_moved_up_to_the_last_part, a_last_part_may_have_bytes,
      it_waits_for_bytes, it_waits_for_room_and_reads_no_more_than_that, the_end_needs_room_too,
      who_goes_before_the_last_part_is_gone, behind_the_last_part_nothing_is_read);
