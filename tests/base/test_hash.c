/* Numbers that stand for texts. */
#include "base/hash.h"
#include "support/test.h"

/* The hash of COUNT bytes, counting from 0, under the key 00 01 .. 0f. */
static uint64_t hash_of_counting(size_t count)
{
    char bytes[64];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    return hash_sip((struct span){ bytes, count }, bytes);
}

TEST(it_is_siphash_as_its_authors_made_it)
{
    ck_assert_uint_eq(hash_of_counting(0), 0x726fdb47dd0e0e31);
    ck_assert_uint_eq(hash_of_counting(1), 0x74f839c593dc67fd);
    ck_assert_uint_eq(hash_of_counting(7), 0xab0200f58b01d137);
    ck_assert_uint_eq(hash_of_counting(8), 0x93f5f5799a932462);
    ck_assert_uint_eq(hash_of_counting(15), 0xa129ca6149be45e5);
    ck_assert_uint_eq(hash_of_counting(63), 0x958a324ceb064572);
}

TEST(each_byte_and_the_length_matter)
{
    static const char key[HASH_KEY];
    char zeros[40] = "";
    uint64_t before = 0;

    for (size_t len = 0; len < sizeof zeros; len++) {
        uint64_t now = hash_sip((struct span){ zeros, len }, key);

        ck_assert_uint_ne(now, before);
        for (size_t i = 0; i < len; i++) {
            zeros[i] = (char)0x80;
            ck_assert_uint_ne(hash_sip((struct span){ zeros, len }, key), now);
            zeros[i] = 0;
        }
        before = now;
    }
}

TEST(mixing_is_that_of_splitmix64)
{
    /* The first two numbers that splitmix64 makes of the seed 0. */
    ck_assert_uint_eq(hash_mix(0x9e3779b97f4a7c15), 0xe220a8397b1dcdaf);
    ck_assert_uint_eq(hash_mix(2 * 0x9e3779b97f4a7c15), 0x6e789e6aa1b965f4);
}

SUITE(hash, it_is_siphash_as_its_authors_made_it, each_byte_and_the_length_matter,
      mixing_is_that_of_splitmix64);
