/* Maglev's lookup table. */
#include "vm/maglev.h"
#include "support/test.h"

#include <string.h>

/* Does the table of SIZE slots that COUNT SHARERS make look like EXPECTED? */
static bool makes(struct maglev_sharer *sharers, unsigned count, uint32_t size,
                  const uint16_t *expected)
{
    struct maglev_round rounds[16];
    uint16_t owners[16];

    maglev_fill(sharers, count, rounds, owners, size);
    return memcmp(owners, expected, size * sizeof *owners) == 0;
}

TEST(the_table_is_the_one_in_the_paper)
{
    struct maglev_sharer three[] = {
        { .weight = 1, .slot = 3, .skip = 4 },
        { .weight = 1, .slot = 0, .skip = 2 },
        { .weight = 1, .slot = 3, .skip = 1 },
    };
    struct maglev_sharer two[] = { three[0], three[2] };

    ck_assert(makes(three, 3, 7, (uint16_t[]){ 1, 0, 1, 0, 2, 2, 0 }));
    ck_assert(makes(two, 2, 7, (uint16_t[]){ 0, 0, 0, 0, 1, 1, 1 }));
}

TEST(half_the_weight_claims_every_other_round_and_then_first)
{
    struct maglev_sharer two[] = {
        { .weight = 0.5, .slot = 0, .skip = 1 },
        { .weight = 0.25, .slot = 6, .skip = 6 },
    };

    ck_assert(makes(two, 2, 7, (uint16_t[]){ 0, 0, 0, 0, 1, 1, 1 }));
}

TEST(no_weight_claims_nothing)
{
    struct maglev_sharer two[] = {
        { .weight = 0, .slot = 0, .skip = 1 },
        { .weight = 1e-300, .slot = 1, .skip = 1 },
    };

    ck_assert(makes(two, 2, 3, (uint16_t[]){ 1, 1, 1 }));
}

TEST(a_size_is_prime)
{
    ck_assert(maglev_fits(2) && maglev_fits(7) && maglev_fits(65537) && maglev_fits(MAGLEV_SIZE));
    ck_assert(!maglev_fits(-7) && !maglev_fits(0) && !maglev_fits(1) && !maglev_fits(4));
    ck_assert(!maglev_fits(65536) && !maglev_fits(655379) && !maglev_fits(INT64_MAX));
}

SUITE(maglev, the_table_is_the_one_in_the_paper,
      half_the_weight_claims_every_other_round_and_then_first, no_weight_claims_nothing,
      a_size_is_prime);
