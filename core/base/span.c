/* Borrowed bytes. */
#include "base/span.h"

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* Not strncasecmp: that ends at a NUL, and what is a letter depends on the locale. */
bool span_eq_case(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    if (a.len > 0 && memcmp(a.at, b.at, a.len) == 0)
        return true;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span span_trim(struct span text)
{
    while (text.len > 0 && is_blank(text.at[0]))
        text = span_skip(text, 1);
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

struct span span_cut(struct span *text, char stop)
{
    struct span before = *text;
    const char *found = text->len > 0 ? memchr(text->at, stop, text->len) : NULL;

    if (found == NULL) {
        *text = (struct span){ NULL, 0 };
        return before;
    }
    before.len = (size_t)(found - text->at);
    *text = span_skip(*text, before.len + 1);
    return before;
}

bool span_number(struct span text, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;

    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.at[i] - '0';

        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (value > max)
        return false;
    *number = value;
    return true;
}
