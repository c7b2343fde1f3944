/* Classes of octets. */
#include "http/octet.h"

#define SYMBOL  (OCTET_TOKEN | OCTET_VISIBLE)
#define LETTER  (SYMBOL | OCTET_HOST)
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

    ['!'] = LETTER,
    ['#'] = SYMBOL,
    ['$'] = LETTER,
    ['%'] = SYMBOL,
    ['&'] = LETTER,
    ['\''] = LETTER,
    ['*'] = LETTER,
    ['+'] = LETTER,
    ['-'] = LETTER,
    ['.'] = LETTER,
    ['0' ... '9'] = NUMERAL,
    ['A' ... 'F'] = LETTER | OCTET_HEX,
    ['G' ... 'Z'] = LETTER,
    ['^'] = SYMBOL,
    ['_'] = LETTER,
    ['`'] = SYMBOL,
    ['a' ... 'f'] = LETTER | OCTET_HEX,
    ['g' ... 'z'] = LETTER,
    ['|'] = SYMBOL,
    ['~'] = LETTER,
};

bool octet_all(struct span text, unsigned char class)
{
    for (size_t i = 0; i < text.len; i++)
        if (!octet_is(text.at[i], class))
            return false;
    return text.len > 0;
}
