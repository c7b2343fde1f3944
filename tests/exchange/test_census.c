/* How many connections each address has. */
#include "exchange/census.h"

#include "support/test.h"

enum { MANY = 30000 };

static struct addr address(const char *text)
{
    struct addr at;

    ck_assert_int_eq(addr_resolve(&at, span_of(text), 4000), OK);
    return at;
}

/* One more from TEXT, which may have MOST. */
static enum census_news enter(struct census *census, const char *text, unsigned most,
                              struct census_place *place)
{
    struct addr at = address(text);

    *place = (struct census_place){ .entry = NULL };
    return census_enter(census, &at, most, place);
}

TEST(an_address_has_as_many_as_it_may_and_others_are_not_concerned)
{
    struct census census = { .slots = NULL };
    struct census_place places[5];

    ck_assert_int_eq(enter(&census, "10.0.0.1", 2, &places[0]), CENSUS_FITS);
    ck_assert_int_eq(enter(&census, "10.0.0.1", 2, &places[1]), CENSUS_FITS);
    ck_assert_int_eq(enter(&census, "10.0.0.1", 2, &places[2]), CENSUS_FULL);
    ck_assert_int_eq(enter(&census, "10.0.0.2", 2, &places[3]), CENSUS_FITS);
    ck_assert_int_eq(enter(&census, "2001:db8::1", 2, &places[4]), CENSUS_FITS);
    for (int i = 0; i < 5; i++)
        census_leave(&census, &places[i]);
    census_fini(&census);
}

TEST(who_leaves_makes_room_for_another)
{
    struct census census = { .slots = NULL };
    struct census_place places[2];

    enter(&census, "10.0.0.1", 1, &places[0]);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(enter(&census, "10.0.0.1", 1, &places[1]), CENSUS_FULL);
        census_leave(&census, &places[1]);
    }
    census_leave(&census, &places[0]);
    ck_assert_int_eq(enter(&census, "10.0.0.1", 1, &places[0]), CENSUS_FITS);
    census_leave(&census, &places[0]);
    census_fini(&census);
}

TEST(as_many_as_are_served_are_turned_away_in_peace)
{
    struct census census = { .slots = NULL };
    struct census_place places[4];
    struct census_place none;

    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(enter(&census, "10.0.0.1", 2, &places[i]),
                         i < 2 ? CENSUS_FITS : CENSUS_FULL);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(enter(&census, "10.0.0.1", 2, &none), CENSUS_FLOOD);
        census_leave(&census, &none);
    }
    census_leave(&census, &places[3]);
    ck_assert_int_eq(enter(&census, "10.0.0.1", 2, &places[3]), CENSUS_FULL);
    for (int i = 0; i < 4; i++)
        census_leave(&census, &places[i]);
    census_fini(&census);
}

TEST(a_network_of_64_bits_is_one_address_of_ipv6)
{
    struct census census = { .slots = NULL };
    struct census_place places[3];

    ck_assert_int_eq(enter(&census, "2001:db8:0:1::1", 1, &places[0]), CENSUS_FITS);
    ck_assert_int_eq(enter(&census, "2001:db8:0:1:ffff::2", 1, &places[1]), CENSUS_FULL);
    ck_assert_int_eq(enter(&census, "2001:db8:0:2::1", 1, &places[2]), CENSUS_FITS);
    for (int i = 0; i < 3; i++)
        census_leave(&census, &places[i]);
    census_fini(&census);
}

TEST(an_address_of_ipv4_is_the_same_in_the_clothes_of_ipv6)
{
    struct census census = { .slots = NULL };
    struct census_place places[3];

    ck_assert_int_eq(enter(&census, "10.0.0.1", 1, &places[0]), CENSUS_FITS);
    ck_assert_int_eq(enter(&census, "::ffff:10.0.0.1", 1, &places[1]), CENSUS_FULL);
    ck_assert_int_eq(enter(&census, "::ffff:10.0.0.2", 1, &places[2]), CENSUS_FITS);
    for (int i = 0; i < 3; i++)
        census_leave(&census, &places[i]);
    census_fini(&census);
}

TEST(another_limit_holds_for_those_who_come_then)
{
    struct census census = { .slots = NULL };
    struct census_place places[4];

    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(enter(&census, "10.0.0.1", 3, &places[i]), CENSUS_FITS);
    ck_assert_int_eq(enter(&census, "10.0.0.1", 1, &places[3]), CENSUS_FULL);
    census_leave(&census, &places[3]);
    ck_assert_int_eq(enter(&census, "10.0.0.1", 4, &places[3]), CENSUS_FITS);
    for (int i = 0; i < 4; i++)
        census_leave(&census, &places[i]);
    census_fini(&census);
}

TEST(who_was_never_counted_may_leave)
{
    struct census census = { .slots = NULL };
    struct census_place place = { .entry = NULL };

    census_leave(&census, &place);
    census_fini(&census);
}

TEST(more_addresses_than_slots_are_told_apart)
{
    static struct census_place places[MANY];
    struct census census = { .slots = NULL };
    struct addr at = address("10.0.0.0");

    for (unsigned i = 0; i < MANY; i++) {
        at.v4.sin_addr.s_addr = i;
        ck_assert_int_eq(census_enter(&census, &at, 1, &places[i]), CENSUS_FITS);
    }
    for (unsigned i = 0; i < MANY; i += 2)
        census_leave(&census, &places[i]);
    for (unsigned i = 0; i < MANY; i++) {
        struct census_place another = { .entry = NULL };

        at.v4.sin_addr.s_addr = i;
        ck_assert_int_eq(census_enter(&census, &at, 1, &another),
                         i % 2 == 0 ? CENSUS_FITS : CENSUS_FULL);
        census_leave(&census, &another);
        census_leave(&census, &places[i]);
    }
    census_fini(&census);
}

SUITE(census, an_address_has_as_many_as_it_may_and_others_are_not_concerned,
      who_leaves_makes_room_for_another, as_many_as_are_served_are_turned_away_in_peace,
      a_network_of_64_bits_is_one_address_of_ipv6,
      an_address_of_ipv4_is_the_same_in_the_clothes_of_ipv6,
      another_limit_holds_for_those_who_come_then, who_was_never_counted_may_leave,
      more_addresses_than_slots_are_told_apart);
