/* The patterns of Lua 5.4.
 *
 * A pattern is a row of items. What may have to be tried again with another choice (an item that
 * is repeated, a capture that is taken back) calls `match` for all that follows it; so the depth of
 * the calls is the number of choices that are open, and bounded.
 *
 * Functions that give a place of the subject, where the match goes on, give NULL for "not so".
 * `failed` tells apart whether there is still something to try.
 */
#include "vm/pattern.h"

#include <ctype.h>

/* How many choices may be open, as in Lua. */
enum { DEPTH_MAX = 200 };

static const char *match(struct pattern *p, const char *at, const char *item);

static const char *fail(struct pattern *p, const char *fault, int number)
{
    p->failed = PATTERN_BAD;
    p->fault = fault;
    p->number = number;
    return NULL;
}

/* ---- One character ---- */

/* Is C of the class that the letter CLASS names? A capital letter names the others. */
static bool is_of_class(int c, int class)
{
    int is;

    switch (class | 0x20) {
    case 'a':
        is = isalpha(c);
        break;
    case 'c':
        is = iscntrl(c);
        break;
    case 'd':
        is = isdigit(c);
        break;
    case 'g':
        is = isgraph(c);
        break;
    case 'l':
        is = islower(c);
        break;
    case 'p':
        is = ispunct(c);
        break;
    case 's':
        is = isspace(c);
        break;
    case 'u':
        is = isupper(c);
        break;
    case 'w':
        is = isalnum(c);
        break;
    case 'x':
        is = isxdigit(c);
        break;
    case 'z': /* not in the manual any more, but in Lua */
        is = c == '\0';
        break;
    default:
        return class == c;
    }
    return (class & 0x20) != 0 ? is != 0 : is == 0;
}

static int byte_at(const char *at)
{
    return (unsigned char)*at;
}

/* Is C in the set that begins at SET, and whose bracket closes at CLOSE? */
static bool is_in_set(struct pattern *p, int c, const char *set, const char *close)
{
    bool found = true;

    if (*p->late != 0)
        p->failed = PATTERN_LATE; /* sets may be long */
    set++;
    if (*set == '^') {
        found = false;
        set++;
    }
    while (set < close) {
        if (*set == '%') {
            if (is_of_class(c, byte_at(set + 1)))
                return found;
            set += 2;
        } else if (set[1] == '-' && set + 2 < close) {
            if (byte_at(set) <= c && c <= byte_at(set + 2))
                return found;
            set += 3;
        } else {
            if (byte_at(set) == c)
                return found;
            set++;
        }
    }
    return !found;
}

/* Where the item for one character that begins at ITEM ends; NULL if it does not. */
static const char *end_of_item(struct pattern *p, const char *item)
{
    if (*item == '%') {
        if (item + 1 == p->text_end)
            return fail(p, "malformed pattern (ends with '%%')", 0);
        return item + 2;
    }
    if (*item != '[')
        return item + 1;
    item++;
    if (*item == '^')
        item++;
    do { /* a bracket that comes first does not close */
        if (item == p->text_end)
            return fail(p, "malformed pattern (missing ']')", 0);
        if (*item++ == '%' && item < p->text_end)
            item++;
    } while (item == p->text_end || *item != ']');
    return item + 1;
}

/* Does the item from ITEM to END match the character at AT? */
static inline bool matches(struct pattern *p, const char *at, const char *item, const char *end)
{
    if (at == p->end)
        return false;
    switch (*item) {
    case '.':
        return true;
    case '%':
        return is_of_class(byte_at(at), byte_at(item + 1));
    case '[':
        return is_in_set(p, byte_at(at), item, end - 1);
    default:
        return *item == *at;
    }
}

/* ---- Repeated items ---- */

/* As often as it can be, then less often. */
static const char *match_most(struct pattern *p, const char *at, const char *item, const char *end)
{
    const char *last = at;

    while (matches(p, last, item, end) && p->failed == PATTERN_NO)
        last++;
    for (; last >= at && p->failed == PATTERN_NO; last--) {
        const char *found = match(p, last, end + 1);

        if (found != NULL)
            return found;
    }
    return NULL;
}

/* As seldom as it can be, then more often. */
static const char *match_least(struct pattern *p, const char *at, const char *item, const char *end)
{
    for (;; at++) {
        const char *found = match(p, at, end + 1);

        if (found != NULL)
            return found;
        if (p->failed != PATTERN_NO || !matches(p, at, item, end))
            return NULL;
    }
}

/* ---- Captures ---- */

static const char *open_capture(struct pattern *p, const char *at, const char *item)
{
    bool is_position = item + 1 < p->text_end && item[1] == ')';
    struct pattern_capture *capture = &p->captures[p->count];
    const char *found;

    if (p->count == PATTERN_CAPTURES)
        return fail(p, "too many captures", 0);
    p->count++;
    capture->at = at;
    capture->len = is_position ? PATTERN_POSITION : PATTERN_OPEN;
    found = match(p, at, item + (is_position ? 2 : 1));
    if (found == NULL)
        p->count--;
    return found;
}

static const char *close_capture(struct pattern *p, const char *at, const char *item)
{
    unsigned i = p->count;
    const char *found;

    while (i > 0 && p->captures[i - 1].len != PATTERN_OPEN)
        i--;
    if (i == 0)
        return fail(p, "invalid pattern capture", 0);
    i--;
    p->captures[i].len = at - p->captures[i].at;
    found = match(p, at, item + 1);
    if (found == NULL)
        p->captures[i].len = PATTERN_OPEN;
    return found;
}

/* %1: what was captured, once more. */
static const char *match_again(struct pattern *p, const char *at, int digit)
{
    int i = digit - '1';
    const struct pattern_capture *capture = &p->captures[i < 0 ? 0 : i];

    if (i < 0 || i >= (int)p->count || capture->len == PATTERN_OPEN)
        return fail(p, "invalid capture index %%%d", i + 1);
    if (capture->len < 0 || p->end - at < capture->len ||
        memcmp(at, capture->at, (size_t)capture->len) != 0)
        return NULL;
    return at + capture->len;
}

/* ---- Other items ---- */

/* %bxy at ITEM: from an x to the y that belongs to it. */
static const char *match_balance(struct pattern *p, const char *at, const char *item)
{
    size_t open = 1;

    if (p->text_end - item < 4)
        return fail(p, "malformed pattern (missing arguments to '%%b')", 0);
    if (at == p->end || *at != item[2])
        return NULL;
    for (at++; at < p->end; at++) {
        if (*at == item[3]) {
            if (--open == 0)
                return at + 1;
        } else if (*at == item[2]) {
            open++;
        }
    }
    return NULL;
}

/* %f[set] at ITEM: where a character that is in the set follows one that is not; *NEXT is what
 * follows in the pattern. */
static const char *match_border(struct pattern *p, const char *at, const char *item,
                                const char **next)
{
    const char *set = item + 2;
    int before = at == p->begin ? '\0' : byte_at(at - 1);
    int behind = at == p->end ? '\0' : byte_at(at);
    const char *end;

    if (set >= p->text_end || *set != '[')
        return fail(p, "missing '[' after '%%f' in pattern", 0);
    end = end_of_item(p, set);
    if (end == NULL)
        return NULL;
    *next = end;
    return !is_in_set(p, before, set, end - 1) && is_in_set(p, behind, set, end - 1) ? at : NULL;
}

/* Does the item %X at ITEM stand for something else than a character? Then *AT and *ITEM are moved
 * behind it, or *AT becomes NULL. */
static bool match_special(struct pattern *p, const char **at, const char **item)
{
    const char *next = *item + 2;
    int letter = *item + 1 < p->text_end ? byte_at(*item + 1) : '\0';

    if (letter == 'b') {
        *at = match_balance(p, *at, *item);
        next += 2;
    } else if (letter == 'f') {
        *at = match_border(p, *at, *item, &next);
    } else if (isdigit(letter)) {
        *at = match_again(p, *at, letter);
    } else {
        return false;
    }
    *item = next;
    return true;
}

/* Goes on behind the item from *ITEM to END, which has matched the character at *AT, and may be
 * there OFTEN. False if *AT is the end of the whole match, or NULL for none. */
static inline bool match_one(struct pattern *p, const char **at, const char **item, const char *end,
                             char often)
{
    const char *found;

    switch (often) {
    case '?':
        found = match(p, *at + 1, end + 1);
        *item = end + 1;
        if (found == NULL && p->failed == PATTERN_NO)
            return true;
        *at = found;
        return false;
    case '+':
        *at = match_most(p, *at + 1, *item, end);
        return false;
    case '*':
        *at = match_most(p, *at, *item, end);
        return false;
    case '-':
        *at = match_least(p, *at, *item, end);
        return false;
    default:
        ++*at;
        *item = end;
        return true;
    }
}

/* One item and how often it is there, without what follows it. Moves *AT and *ITEM behind it, for
 * the match to go on; false if *AT is the end of the whole match, or NULL for none. */
static inline bool match_simple(struct pattern *p, const char **at, const char **item)
{
    const char *end = end_of_item(p, *item);
    char often;

    if (end == NULL) {
        *at = NULL;
        return false;
    }
    often = end < p->text_end ? *end : '\0';
    if (matches(p, *at, *item, end))
        return match_one(p, at, item, end, often);
    if (often == '*' || often == '?' || often == '-') {
        *item = end + 1;
        return true;
    }
    *at = NULL;
    return false;
}

/* Matches the rest of the pattern, from ITEM on, at AT. */
static const char *match_rest(struct pattern *p, const char *at, const char *item)
{
    while (item < p->text_end) {
        if (*item == '(')
            return open_capture(p, at, item);
        if (*item == ')')
            return close_capture(p, at, item);
        if (*item == '$' && item + 1 == p->text_end)
            return at == p->end ? at : NULL;
        if (*item == '%' && match_special(p, &at, &item)) {
            if (at == NULL)
                return NULL;
            continue;
        }
        if (!match_simple(p, &at, &item))
            return at;
    }
    return at;
}

static const char *match(struct pattern *p, const char *at, const char *item)
{
    const char *found;

    if (p->depth == 0)
        return fail(p, "pattern too complex", 0);
    if (*p->late != 0) {
        p->failed = PATTERN_LATE;
        return NULL;
    }
    p->depth--;
    found = match_rest(p, at, item);
    p->depth++;
    return p->failed == PATTERN_NO ? found : NULL;
}

static void begin(struct pattern *p)
{
    p->count = 0;
    p->depth = DEPTH_MAX;
    p->failed = PATTERN_NO;
}

static enum pattern_news news_of(const struct pattern *p, const char *end)
{
    if (p->failed != PATTERN_NO)
        return p->failed;
    return end != NULL ? PATTERN_YES : PATTERN_NO;
}

enum pattern_news pattern_match(struct pattern *p, const char *at, const char *text,
                                const char **end)
{
    begin(p);
    *end = match(p, at, text);
    return news_of(p, *end);
}

static bool is_special(char c)
{
    return c != '\0' && strchr("^$*+?.([%-", c) != NULL;
}

/* Does what stands at ITEM match something else than one character? */
static bool is_no_character(const struct pattern *p, const char *item)
{
    int letter = *item == '%' && item + 1 < p->text_end ? byte_at(item + 1) : '\0';

    return *item == '(' || *item == ')' || (*item == '$' && item + 1 == p->text_end) ||
           letter == 'b' || letter == 'f' || isdigit(letter);
}

/* The item that every match of the pattern at TEXT begins with, as far as that is seen at once; its
 * end is in *END. NULL if there is none. */
static const char *first_item(struct pattern *p, const char *text, const char **end)
{
    if (text < p->text_end && *text == '(')
        text++;
    if (text >= p->text_end || is_no_character(p, text))
        return NULL;
    *end = end_of_item(p, text);
    if (*end == NULL)
        return NULL;
    return *end < p->text_end && (**end == '*' || **end == '?' || **end == '-') ? NULL : text;
}

/* The next place from AT on where ITEM, which ends at END, matches; or the end of the subject. */
static const char *skip_to(struct pattern *p, const char *at, const char *item, const char *end)
{
    const char *found;

    if (*item == '%' || *item == '[' || *item == '.') {
        while (at < p->end && !matches(p, at, item, end) && p->failed == PATTERN_NO)
            at++;
        return at;
    }
    found = memchr(at, *item, (size_t)(p->end - at));
    return found != NULL ? found : p->end;
}

enum pattern_news pattern_search(struct pattern *p, const char **at, const char *text,
                                 const char **end)
{
    const char *item_end;
    const char *item = first_item(p, text, &item_end);

    for (begin(p);; ++*at) {
        if (item != NULL) {
            *at = skip_to(p, *at, item, item_end);
            if (*at == p->end)
                return news_of(p, NULL);
        }
        *end = match(p, *at, text);
        if (*end != NULL || p->failed != PATTERN_NO || *at == p->end)
            return news_of(p, *end);
    }
}

bool pattern_is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_special(text.at[i]))
            return false;
    return true;
}
