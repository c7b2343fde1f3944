/*
 * slice: some bytes that belong to somebody else, and the numbers written in them.
 */
#include "slice.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const uint64_t size_max = UINT64_C(1) << 40;
static const double seconds_max = 86400;

struct slice slice_of(const char *text)
{
    return (struct slice){ text, strlen(text) };
}

bool slice_is(struct slice s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

bool slice_is_word(struct slice s, const char *text)
{
    return s.len == strlen(text) && strncasecmp(s.at, text, s.len) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct slice slice_trim(struct slice s)
{
    while (s.len > 0 && is_blank(s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

bool slice_cut(struct slice *rest, char separator, struct slice *piece)
{
    const char *end;

    if (rest->len == 0)
        return false;

    end = memchr(rest->at, separator, rest->len);
    if (end == NULL) {
        *piece = *rest;
        rest->len = 0;
        return true;
    }
    *piece = (struct slice){ rest->at, (size_t)(end - rest->at) };
    rest->at = end + 1;
    rest->len -= piece->len + 1;
    return true;
}

int slice_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool slice_number(struct slice s, uint64_t *value)
{
    uint64_t sum = 0;

    if (s.len == 0 || s.len > 18) /* 18 digits cannot overflow */
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        sum = sum * 10 + (uint64_t)(s.at[i] - '0');
    }
    *value = sum;
    return true;
}

/* By how many bits the suffix C shifts a size; 0 if it is none. */
static int suffix_bits(char c)
{
    switch (c) {
    case 'k':
        return 10;
    case 'm':
        return 20;
    case 'g':
        return 30;
    default:
        return 0;
    }
}

bool slice_size(struct slice s, uint64_t *value)
{
    int bits = s.len > 0 ? suffix_bits(s.at[s.len - 1]) : 0;
    uint64_t count;

    if (bits > 0)
        s.len--;
    if (!slice_number(s, &count) || count > size_max >> bits)
        return false;
    *value = count << bits;
    return true;
}

bool slice_seconds(struct slice s, double *value)
{
    char text[24];
    char *end;
    double seconds;

    if (s.len == 0 || s.len >= sizeof text)
        return false;
    memcpy(text, s.at, s.len);
    text[s.len] = '\0';
    if (strspn(text, "0123456789.") != s.len)
        return false;

    seconds = strtod(text, &end);
    if (end != text + s.len || seconds > seconds_max)
        return false;
    *value = seconds;
    return true;
}
