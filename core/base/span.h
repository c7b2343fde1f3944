/* Borrowed bytes: a place and a length. A span owns nothing and need not end with NUL. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *at;
    size_t len;
};

/* For printf: printf("%.*s", SPAN_ARG(text)) */
#define SPAN_ARG(s) (int)(s).len, (s).at

/* A span of a string literal, usable where a constant is needed. */
#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

/* The bytes of TEXT without its NUL; NULL gives an empty span. */
static inline struct span span_of(const char *text)
{
    return (struct span){ text, text == NULL ? 0 : strlen(text) };
}

/* TEXT without its first N bytes; N must not exceed its length. */
static inline struct span span_skip(struct span text, size_t n)
{
    return (struct span){ text.at + n, text.len - n };
}

/* Are A and B the same bytes? */
static inline bool span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Are A and B the same but for the case of ASCII letters? */
bool span_eq_case(struct span a, struct span b);

/* TEXT without spaces and tabs at both ends. */
struct span span_trim(struct span text);

/* Cuts *TEXT at the first STOP: what stood before it is the result, *TEXT is what stands behind.
 * Without a STOP the result is all of it, and *TEXT becomes empty with at == NULL. */
struct span span_cut(struct span *text, char stop);

/* Reads TEXT as a decimal number: digits only, at least one, at most MAX.
 * False, and *NUMBER untouched, for everything else. */
bool span_number(struct span text, uint64_t max, uint64_t *number);

#endif
