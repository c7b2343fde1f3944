/* The patterns of Lua 5.4, matched such that it can be stopped: %a, [set], *, +, -, ?, %b, %f, %1,
 * captures and their positions. Some take time that grows with the power of the subject's length.
 *
 * It is without Lua: texts in, captures out. Each mistake in a pattern is found where Lua finds it,
 * when the match gets there, and called by the same words.
 */
#ifndef VM_PATTERN_H
#define VM_PATTERN_H

#include "base/span.h"

#include <signal.h>

enum { PATTERN_CAPTURES = 32 };

/* What stands in the place of a capture's length: it is a position; it has not ended. */
enum { PATTERN_POSITION = -2, PATTERN_OPEN = -1 };

enum pattern_news {
    PATTERN_NO,   /* it does not match there */
    PATTERN_YES,  /* it does */
    PATTERN_LATE, /* *late has become something else than 0 */
    PATTERN_BAD,  /* it is no pattern, or one too complex: `fault` says why */
};

struct pattern_capture {
    const char *at;
    ptrdiff_t len;
};

struct pattern {
    /* Of the caller. The texts must be followed by a byte that can be read, as Lua's are. */
    const char *begin; /* of the subject */
    const char *end;
    const char *text_end;              /* of the pattern */
    const volatile sig_atomic_t *late; /* looked at in each step */

    unsigned count; /* of captures, after a match */
    struct pattern_capture captures[PATTERN_CAPTURES];
    const char *fault; /* a format for `number` */
    int number;

    unsigned depth;
    enum pattern_news failed;
};

/* Matches the pattern from TEXT to text_end at the place AT of the subject exactly. *END is where
 * the match ends. */
enum pattern_news pattern_match(struct pattern *p, const char *at, const char *text,
                                const char **end);

/* Looks for the first match at *AT or behind it, and leaves in *AT where it begins. */
enum pattern_news pattern_search(struct pattern *p, const char **at, const char *text,
                                 const char **end);

/* Is TEXT nothing but characters that stand for themselves? */
bool pattern_is_plain(struct span text);

#endif
