/* Numbers that are named while the program runs. */
#include "base/tallies.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

TEST(a_name_always_means_the_same_tally)
{
    static const char *const names[] = { "m", "z", "a", "ab", "m2", "A" };
    struct tallies tallies = { .count = 0 };
    struct tally *made[6];

    for (int i = 0; i < 6; i++)
        made[i] = tallies_get(&tallies, span_of(names[i]));
    for (int i = 0; i < 6; i++) {
        ck_assert_ptr_eq(tallies_get(&tallies, span_of(names[i])), made[i]);
        ck_assert_str_eq(made[i]->name, names[i]);
        ck_assert_int_eq(made[i]->n, 0);
    }
    ck_assert_uint_eq(tallies.count, 6);
    tallies_fini(&tallies);
}

TEST(they_are_in_the_order_of_their_names)
{
    static const char *const names[] = { "m", "z", "a", "ab", "m2", "A" };
    struct tallies tallies = { .count = 0 };

    for (int i = 0; i < 6; i++)
        tallies_get(&tallies, span_of(names[i]));
    for (unsigned i = 1; i < tallies.count; i++)
        ck_assert_int_lt(strcmp(tallies.sorted[i - 1]->name, tallies.sorted[i]->name), 0);
    tallies_fini(&tallies);
}

TEST(a_tally_goes_up_and_down_and_wraps)
{
    struct tallies tallies = { .count = 0 };
    struct tally *tally = tallies_get(&tallies, SPAN("x"));

    tallies_add(tally, 5);
    tallies_add(tally, -7);
    ck_assert_int_eq(tally->n, -2);
    tally->n = INT64_MAX;
    tallies_add(tally, 1);
    ck_assert_int_eq(tally->n, INT64_MIN);
    tallies_fini(&tallies);
}

TEST(there_is_a_most_of_them)
{
    struct tallies tallies = { .count = 0 };
    char name[TALLY_NAME_MAX + 1];

    for (int i = 0; i < TALLIES_MAX; i++) {
        sprintf(name, "%0*d", TALLY_NAME_MAX, i);
        ck_assert_ptr_nonnull(tallies_get(&tallies, span_of(name)));
    }
    ck_assert_ptr_null(tallies_get(&tallies, SPAN("one more")));
    ck_assert_ptr_nonnull(tallies_get(&tallies, span_of(name)));
    tallies_fini(&tallies);
    ck_assert_ptr_nonnull(tallies_get(&tallies, SPAN("one more")));
    tallies_fini(&tallies);
}

SUITE(tallies, a_name_always_means_the_same_tally, they_are_in_the_order_of_their_names,
      a_tally_goes_up_and_down_and_wraps, there_is_a_most_of_them);
