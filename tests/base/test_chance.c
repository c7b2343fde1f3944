/* Chance that can be repeated. */
#include "base/chance.h"
#include "support/test.h"

TEST(the_same_seed_brings_the_same_chances)
{
    struct chance a = { 7 };
    struct chance b = { 7 };
    struct chance other = { 8 };

    ck_assert_double_ne(chance_draw(&a), chance_draw(&other));
    chance_draw(&b);
    for (int i = 0; i < 100; i++)
        ck_assert_double_eq(chance_draw(&a), chance_draw(&b));
}

TEST(every_tenth_of_the_line_is_hit_as_often_as_the_others)
{
    enum { DRAWS = 100000, TENTHS = 10 };
    struct chance chance = { 0 };
    int hits[TENTHS] = { 0 };

    for (int i = 0; i < DRAWS; i++) {
        double x = chance_draw(&chance);

        ck_assert(x >= 0 && x < 1);
        hits[(int)(x * TENTHS)]++;
    }
    for (int i = 0; i < TENTHS; i++)
        ck_assert(hits[i] > DRAWS / TENTHS * 0.97 && hits[i] < DRAWS / TENTHS * 1.03);
}

SUITE(chance, the_same_seed_brings_the_same_chances,
      every_tenth_of_the_line_is_hit_as_often_as_the_others);
