/* Which fields the proxy knows. */
#include "http/field.h"

#include <string.h>

#define FIELD_TEXT(code, text) [code] = { text, sizeof text - 1 },
static const struct span field_names[FIELD_COUNT] = { FIELD_LIST(FIELD_TEXT) };
#undef FIELD_TEXT

/* The names by their length. */
static const unsigned char of_length[][4] = {
    [2] = { FIELD_TE },
    [3] = { FIELD_VIA },
    [4] = { FIELD_DATE, FIELD_HOST },
    [6] = { FIELD_EXPECT },
    [7] = { FIELD_TRAILER, FIELD_UPGRADE },
    [9] = { FIELD_FORWARDED },
    [10] = { FIELD_CONNECTION, FIELD_KEEP_ALIVE },
    [12] = { FIELD_MAX_FORWARDS },
    [14] = { FIELD_CONTENT_LENGTH },
    [15] = { FIELD_X_FORWARDED_FOR },
    [16] = { FIELD_PROXY_CONNECTION, FIELD_X_FORWARDED_HOST },
    [17] = { FIELD_TRANSFER_ENCODING, FIELD_X_FORWARDED_PROTO },
};

#define LETTER(c) (1u << (c) % 32)

const uint32_t field_letters[FIELD_LENGTHS] = {
    [2] = LETTER('T'),
    [3] = LETTER('V'),
    [4] = LETTER('D') | LETTER('H'),
    [6] = LETTER('E'),
    [7] = LETTER('T') | LETTER('U'),
    [9] = LETTER('F'),
    [10] = LETTER('C') | LETTER('K'),
    [12] = LETTER('M') | LETTER('X'),
    [13] = LETTER('X'),
    [14] = LETTER('C') | LETTER('X'),
    [15] = LETTER('X'),
    [16] = LETTER('P') | LETTER('X'),
    [17] = LETTER('T') | LETTER('X'),
    [FIELD_LENGTHS - 1] = LETTER('X'), /* and all that are longer */
};

/* Do A and B begin with the same letter? Those of both cases differ in one bit. */
static inline bool begin_alike(struct span a, struct span b)
{
    return ((a.at[0] ^ b.at[0]) & ~0x20) == 0;
}

/* Is NAME one of those that only begin as one that is known? */
static inline bool is_of_family(struct span name)
{
    static const struct span family = { "X-Forwarded-", 12 };

    return name.len >= family.len && begin_alike(name, family) &&
           span_eq_case((struct span){ name.at, family.len }, family);
}

enum field_id field_look_up(struct span name)
{
    if (name.len < sizeof of_length / sizeof of_length[0]) {
        const unsigned char *ids = of_length[name.len];

        for (unsigned i = 0; ids[i] != FIELD_OTHER; i++) {
            struct span known = field_names[ids[i]];

            if (begin_alike(name, known) && span_eq_case(name, known))
                return (enum field_id)ids[i];
        }
    }
    return is_of_family(name) ? FIELD_X_FORWARDED : FIELD_OTHER;
}

bool field_is_lookalike(struct span name)
{
    char plain[32];

    if (name.len == 0 || memchr(name.at, '_', name.len) == NULL)
        return false;
    /* No name that we know is as long as that, but some that begin as it does. */
    if (name.len > sizeof plain)
        name.len = sizeof plain;
    for (size_t i = 0; i < name.len; i++)
        plain[i] = name.at[i] == '_' ? '-' : name.at[i];
    return field_identify((struct span){ plain, name.len }) != FIELD_OTHER;
}
