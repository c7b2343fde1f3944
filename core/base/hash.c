/* Numbers that stand for texts. The names are those of the paper. */
#include "base/hash.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

/* The COUNT bytes at AT, at most eight, as a number: the first is the lowest. */
static uint64_t read_word(const char *at, size_t count)
{
    uint64_t word = 0;

    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)(unsigned char)at[i] << 8 * i;
    return word;
}

static void stir(struct state *s, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 = rotate(s->v2, 32);
    }
}

static void take(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    stir(s, 2);
    s->v0 ^= word;
}

uint64_t hash_sip(struct span text, const char *key)
{
    uint64_t k0 = read_word(key, 8);
    uint64_t k1 = read_word(key + 8, 8);
    size_t whole = text.len & ~(size_t)7;
    struct state s = {
        .v0 = k0 ^ 0x736f6d6570736575,
        .v1 = k1 ^ 0x646f72616e646f6d,
        .v2 = k0 ^ 0x6c7967656e657261,
        .v3 = k1 ^ 0x7465646279746573,
    };

    for (size_t i = 0; i < whole; i += 8)
        take(&s, read_word(text.at + i, 8));
    take(&s, read_word(text.at + whole, text.len - whole) | (uint64_t)text.len << 56);
    s.v2 ^= 0xff;
    stir(&s, 4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t hash_mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}
