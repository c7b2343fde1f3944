/* Classes of octets. */
#include "http/octet.h"

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
