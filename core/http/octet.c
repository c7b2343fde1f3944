/* Classes of octets. */
#include "http/octet.h"

#include <endian.h>
#include <string.h>

#define SYMBOL  (OCTET_TOKEN | OCTET_VISIBLE)
#define NAMING  (SYMBOL | OCTET_HOST)
#define LETTER  (NAMING | OCTET_PLAIN)
#define NUMERAL (LETTER | OCTET_DIGIT | OCTET_HEX)

const unsigned char octet_class[256] = {
    [0x00 ... 0x08] = OCTET_ODD,
    [0x0a ... 0x1f] = OCTET_ODD,
    [0x7f] = OCTET_ODD,

    ['"'] = OCTET_VISIBLE,
    ['('] = OCTET_VISIBLE,
    [')'] = OCTET_VISIBLE,
    [','] = OCTET_VISIBLE,
    ['/'] = OCTET_VISIBLE,
    [':' ... '@'] = OCTET_VISIBLE,
    ['['] = OCTET_VISIBLE,
    ['\\'] = OCTET_VISIBLE,
    [']'] = OCTET_VISIBLE,
    ['{'] = OCTET_VISIBLE,
    ['}'] = OCTET_VISIBLE,

    ['!'] = NAMING,
    ['#'] = SYMBOL,
    ['$'] = NAMING,
    ['%'] = SYMBOL,
    ['&'] = NAMING,
    ['\''] = NAMING,
    ['*'] = NAMING,
    ['+'] = NAMING,
    ['-'] = LETTER,
    ['.'] = NAMING,
    ['0' ... '9'] = NUMERAL,
    ['A' ... 'F'] = LETTER | OCTET_HEX,
    ['G' ... 'Z'] = LETTER,
    ['^'] = SYMBOL,
    ['_'] = NAMING,
    ['`'] = SYMBOL,
    ['a' ... 'f'] = LETTER | OCTET_HEX,
    ['g' ... 'z'] = LETTER,
    ['|'] = SYMBOL,
    ['~'] = NAMING,
};

bool octet_all(struct span text, unsigned char class)
{
    for (size_t i = 0; i < text.len; i++)
        if (!octet_is(text.at[i], class))
            return false;
    return text.len > 0;
}

/* Sixteen bytes to be looked at together; the compiler makes of it what the machine has. */
typedef unsigned char octets __attribute__((vector_size(16)));

/* Where the first of the sixteen bytes at AT stands that is a control other than TAB, or DEL; 16 if
 * there is none. */
static size_t first_odd(const char *at)
{
    octets bytes;
    octets odd;
    uint64_t halves[2];

    memcpy(&bytes, at, sizeof bytes);
    odd = (octets)(((bytes < 0x20) & (bytes != '\t')) | (bytes == 0x7f));
    memcpy(halves, &odd, sizeof odd);
    if (halves[0] != 0)
        return (size_t)__builtin_ctzll(le64toh(halves[0])) / 8;
    return halves[1] != 0 ? 8 + (size_t)__builtin_ctzll(le64toh(halves[1])) / 8 : 16;
}

size_t octet_next_odd(struct span bytes, size_t from)
{
    while (from + sizeof(octets) <= bytes.len) {
        size_t odd = first_odd(bytes.at + from);

        from += odd;
        if (odd < sizeof(octets))
            return from;
    }
    while (from < bytes.len && !octet_is(bytes.at[from], OCTET_ODD))
        from++;
    return from;
}
