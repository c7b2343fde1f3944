/* Targets and hosts. The input is a method, a target and a host, a line each; without a third line
 * there is no Host, and HTTP/1.0 is spoken. A second model tells what is accepted, and as what. */
#include "http/target.h"

#include "cuts.h"
#include "reader.h"

#include <assert.h>

/* Is TEXT a decimal number up to MAX, without needless zeros if PLAIN? */
static bool is_number(struct reader_text text, unsigned max, bool plain)
{
    unsigned value = 0;

    if (text.len == 0 || (plain && text.len > 1 && text.at[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!reader_among(text.at[i], "0123456789"))
            return false;
        value = 10 * value + (unsigned)(text.at[i] - '0');
        if (value > max)
            return false;
    }
    return true;
}

static bool is_ipv4(struct reader_text text)
{
    struct reader_text number;

    for (int i = 0; i < 3; i++)
        if (!reader_cut(&text, ".", &number) || !is_number(number, 255, true))
            return false;
    return is_number(text, 255, true);
}

/* How many groups of 16 bits TEXT has; -1 if it is no list of them. At the LAST it may be IPv4. */
static int count_groups(struct reader_text text, bool last)
{
    int groups = 0;
    struct reader_text group;

    if (text.len == 0)
        return 0;
    while (reader_cut(&text, ":", &group)) {
        if (group.len == 0 || group.len > 4)
            return -1;
        for (size_t i = 0; i < group.len; i++)
            if (!reader_among(group.at[i], "0123456789abcdefABCDEF"))
                return -1;
        groups++;
    }
    if (last && is_ipv4(text))
        return groups + 2;
    if (text.len == 0 || text.len > 4)
        return -1;
    for (size_t i = 0; i < text.len; i++)
        if (!reader_among(text.at[i], "0123456789abcdefABCDEF"))
            return -1;
    return groups + 1;
}

static bool is_ipv6(struct reader_text text)
{
    struct reader_text before;
    int first;
    int second;

    if (!reader_cut(&text, "::", &before))
        return count_groups(text, true) == 8;
    first = count_groups(before, false);
    second = count_groups(text, true);
    return first >= 0 && second >= 0 && first + second <= 7;
}

static bool is_authority(struct reader_text text)
{
    struct reader_text host;

    if (text.len > 261)
        return false;
    if (text.len > 0 && text.at[0] == '[') {
        text.at++;
        text.len--;
        if (!reader_cut(&text, "]", &host) || !is_ipv6(host))
            return false;
        if (text.len == 0)
            return true;
        if (text.at[0] != ':')
            return false;
        text.at++;
        text.len--;
        return text.len == 0 || is_number(text, 65535, false);
    }
    if (!reader_cut(&text, ":", &host)) {
        host = text;
        text.len = 0;
    }
    for (size_t i = 0; i < host.len; i++)
        if (!reader_is_tchar(host.at[i]) || reader_among(host.at[i], "#%^`|"))
            return false;
    return host.len > 0 && (text.len == 0 || is_number(text, 65535, false));
}

static bool is_word(struct reader_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

/* Checks RESOLVED, whose target is absolute: http://AUTHORITY and perhaps a path. */
static bool check_absolute(const struct head *resolved, struct reader_text method,
                           struct reader_text rest)
{
    struct reader_text authority = { rest.at, 0 };
    const struct span *target = &resolved->target;

    while (authority.len < rest.len && !reader_among(rest.at[authority.len], "/?"))
        authority.len++;
    rest.at += authority.len;
    rest.len -= authority.len;
    if (!is_authority(authority))
        return false;
    if (resolved->why != NULL)
        return true;
    assert(resolved->host.len == authority.len);
    assert(memcmp(resolved->host.at, authority.at, authority.len) == 0);
    if (rest.len == 0)
        assert(span_eq(*target, is_word(method, "OPTIONS") ? SPAN("*") : SPAN("/")));
    else if (rest.at[0] == '?')
        assert(target->len == rest.len + 1 && target->at[0] == '/' &&
               memcmp(target->at + 1, rest.at, rest.len) == 0);
    else
        assert(target->len == rest.len && memcmp(target->at, rest.at, rest.len) == 0);
    return true;
}

/* Should this be served? What RESOLVED became, if it was, is checked on the way. */
static bool is_fine(const struct head *resolved, struct reader_text method,
                    struct reader_text target, struct reader_text host)
{
    if (host.at != NULL && !is_authority(host))
        return false;
    if (is_word(method, "CONNECT") || is_word(method, "TRACE") ||
        memchr(target.at, '#', target.len) != NULL)
        return false;
    if (target.len >= 7 && reader_is((struct reader_text){ target.at, 7 }, "http://"))
        return check_absolute(resolved, method,
                              (struct reader_text){ target.at + 7, target.len - 7 });
    if (target.at[0] != '/' && !(is_word(target, "*") && is_word(method, "OPTIONS")))
        return false;
    if (resolved->why == NULL) {
        assert(resolved->target.at == target.at && resolved->target.len == target.len);
        assert(resolved->host.len == host.len);
    }
    return true;
}

/* What parse_request has made sure of before. */
static bool is_readable(struct reader_text method, struct reader_text target)
{
    for (size_t i = 0; i < method.len; i++)
        if (!reader_is_tchar(method.at[i]))
            return false;
    for (size_t i = 0; i < target.len; i++)
        if (target.at[i] <= ' ' || target.at[i] >= 0x7f)
            return false;
    return method.len > 0 && target.len > 0;
}

static void resolve(struct reader_text method, struct reader_text target, struct reader_text host)
{
    struct arena arena = { .blocks = NULL };
    char *value = cuts_copy(host.at, host.len);
    struct head head;
    enum err err;

    head_init(&head, &arena, 1);
    head.method = (struct span){ method.at, method.len };
    head.target = (struct span){ target.at, target.len };
    head.minor = host.at != NULL;
    if (host.at != NULL)
        head_add(&head, FIELD_HOST, SPAN("Host"), (struct span){ value, host.len });
    err = target_resolve(&head, NULL);
    assert((err == OK) == (head.why == NULL));
    assert((err == OK) == is_fine(&head, method, target, host));
    if (err == OK && head.host.len > 0)
        assert(span_eq(head_find(&head, FIELD_HOST)->value, head.host));
    arena_fini(&arena);
    free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = cuts_copy(data, size);
    struct reader_text rest = { copy, size };
    struct reader_text host = { NULL, 0 };
    struct reader_text method;
    struct reader_text target;

    if (reader_cut(&rest, "\n", &method)) {
        if (reader_cut(&rest, "\n", &target))
            host = rest;
        else
            target = rest;
        if (is_readable(method, target))
            resolve(method, target, host);
    }
    assert(target_is_authority((struct span){ copy, size }) ==
           is_authority((struct reader_text){ copy, size }));
    free(copy);
    return 0;
}
