/*
 * recipe: what a path and its query ask for.
 *
 * Two tables: one says for each path what its answers start from, the other which function serves
 * each parameter. The help is printed from the same tables.
 */
#include "recipe.h"

#include <string.h>

#include "query.h"

/* What is written behind the last slash of a path. */
enum number { NUMBER_NONE, NUMBER_SIZE, NUMBER_SECONDS, NUMBER_STATUS };

struct recipe {
    const char *path;
    enum number number;
    const char *help;
    struct answer answer;
};

static const struct recipe recipes[] = {
    { "/bytes/",
      NUMBER_SIZE,
      "N bytes with Content-Length; N is like 100, 16k, 3m, 20g",
      { .source = SOURCE_PATTERN } },
    { "/chunked/",
      NUMBER_SIZE,
      "N bytes in chunks",
      { .source = SOURCE_PATTERN, .framing = FRAMING_CHUNKED } },
    { "/until-close/",
      NUMBER_SIZE,
      "N bytes without framing; they end when the connection does",
      { .source = SOURCE_PATTERN, .framing = FRAMING_CLOSE, .after = AFTER_CLOSE } },
    { "/report",
      NUMBER_NONE,
      "the request: its head as it came, the first 64k of its body decoded",
      { .source = SOURCE_REPORT } },
    { "/echo",
      NUMBER_NONE,
      "the body of the request, sent back while it comes in",
      { .source = SOURCE_REQUEST } },
    { "/sum",
      NUMBER_NONE,
      "length and FNV-1a checksum (64 bits, hexadecimal) of the body",
      { .source = SOURCE_SUM } },
    { "/count",
      NUMBER_NONE,
      "how many requests and connections there were, this one included",
      { .source = SOURCE_COUNTS } },
    { "/status/", NUMBER_STATUS, "status N", { .source = SOURCE_GREETING } },
    { "/interim", NUMBER_NONE, "103 Early Hints at once, then 200", { .hints = true } },
    { "/delay/", NUMBER_SECONDS, "answers after N seconds", { .source = SOURCE_GREETING } },
    { "/drip/",
      NUMBER_SIZE,
      "N bytes, one every 0.05 seconds",
      { .source = SOURCE_PATTERN, .dripping = true, .every = 0.05 } },
    { "/stall/",
      NUMBER_SIZE,
      "promises 2N bytes, sends N, then nothing",
      { .source = SOURCE_PATTERN, .halved = true, .after = AFTER_SILENCE } },
    { "/short/",
      NUMBER_SIZE,
      "promises 2N bytes, sends N, then closes (FIN)",
      { .source = SOURCE_PATTERN, .halved = true, .after = AFTER_CLOSE } },
    { "/reset/",
      NUMBER_SIZE,
      "promises 2N bytes, sends N, then resets (RST)",
      { .source = SOURCE_PATTERN, .halved = true, .after = AFTER_RESET } },
    { "/reset",
      NUMBER_NONE,
      "resets (RST) before any byte of an answer",
      { .source = SOURCE_TEXT, .headless = true, .after = AFTER_RESET } },
    { "/drop",
      NUMBER_NONE,
      "closes (FIN) before any byte of an answer",
      { .source = SOURCE_TEXT, .headless = true, .after = AFTER_CLOSE } },
    { "/silent",
      NUMBER_NONE,
      "never answers",
      { .source = SOURCE_TEXT, .headless = true, .after = AFTER_SILENCE } },
    { "/early",
      NUMBER_NONE,
      "413 at once, without reading the body, then closes",
      { .status = 413, .deaf = true, .after = AFTER_CLOSE, .says_close = true } },
    { "/garbage",
      NUMBER_NONE,
      "something that is not HTTP",
      { .source = SOURCE_TEXT, .headless = true, .text = { "This is not HTTP.\r\n\r\n", 21 } } },
    { "/extra",
      NUMBER_NONE,
      "a right answer, and behind it another one nobody asked for",
      { .junk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\njunk\n" } },
};

/* The answer to all other paths. */
static const struct recipe greeting = { .answer = { .source = SOURCE_GREETING } };

static bool set_status(struct answer *a, struct slice value)
{
    uint64_t status;

    if (!slice_number(value, &status) || status < 100 || status > 999)
        return false;
    a->status = (int)status;
    return true;
}

static bool add_delay(struct answer *a, struct slice value)
{
    double delay;

    if (!slice_seconds(value, &delay))
        return false;
    a->delay += delay;
    return true;
}

static bool set_every(struct answer *a, struct slice value)
{
    return slice_seconds(value, &a->every);
}

static bool set_chunk(struct answer *a, struct slice value)
{
    return slice_size(value, &a->chunk) && a->chunk > 0;
}

static bool set_close(struct answer *a, struct slice value)
{
    bool quietly = slice_is(value, "quiet");

    if (!quietly && !slice_is(value, "1"))
        return false;
    if (a->after == AFTER_NEXT)
        a->after = AFTER_CLOSE;
    a->says_close |= !quietly;
    return true;
}

/* Those without a function are printed with the answer, see reply.h. */
static const struct {
    const char *name;
    const char *value;
    const char *help;
    bool (*set)(struct answer *a, struct slice value);
} parameters[] = {
    { "status", "N", "answers with this status", set_status },
    { "delay", "SECONDS", "waits before the head; all delays add up", add_delay },
    { "close", "1", "says Connection: close, and closes", set_close },
    { "close", "quiet", "closes after the answer without saying so", set_close },
    { "header", "NAME:VALUE", "adds a field; every %XX is decoded; may come again", NULL },
    { "chunk", "SIZE", "bytes in a chunk of /chunked (16k)", set_chunk },
    { "trailer", "NAME:VALUE", "adds a field behind the last chunk; may come again", NULL },
    { "every", "SECONDS", "pause before each byte of /drip (0.05)", set_every },
};

static bool set_parameter(struct answer *a, struct query_pair pair)
{
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        if (parameters[i].set != NULL && slice_is(pair.name, parameters[i].name))
            return parameters[i].set(a, pair.value);
    return true;
}

static bool set_number(struct answer *a, enum number number, struct slice value)
{
    switch (number) {
    case NUMBER_NONE:
        return true;
    case NUMBER_SIZE:
        return slice_size(value, &a->size);
    case NUMBER_SECONDS:
        return add_delay(a, value);
    case NUMBER_STATUS:
        return set_status(a, value);
    }
    return false;
}

/* Does PATH belong to R? If so, *NUMBER becomes what is written behind the last slash. */
static bool matches(const struct recipe *r, struct slice path, struct slice *number)
{
    size_t len = strlen(r->path);

    if (path.len < len || memcmp(path.at, r->path, len) != 0)
        return false;
    *number = (struct slice){ path.at + len, path.len - len };
    return r->number != NUMBER_NONE || number->len == 0;
}

static const struct recipe *find(struct slice path, struct slice *number)
{
    for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++)
        if (matches(&recipes[i], path, number))
            return &recipes[i];
    return &greeting;
}

/* A question we do not understand; the request as such is in order, so the connection stays. */
static void complain(struct answer *a, const char *why)
{
    *a = (struct answer){ .status = 400, .source = SOURCE_TEXT, .text = slice_of(why) };
}

void recipe_follow(struct answer *a, struct slice path, struct slice query)
{
    struct slice number = { 0 };
    struct query_pair pair;
    const struct recipe *recipe = find(path, &number);

    *a = recipe->answer;
    a->chunk = 16384;
    if (a->status == 0)
        a->status = 200;

    if (!set_number(a, recipe->number, number)) {
        complain(a, "bad number in the path\n");
        return;
    }
    while (query_next(&query, &pair)) {
        if (!set_parameter(a, pair)) {
            complain(a, "bad value of a parameter\n");
            return;
        }
    }
}

void recipe_print_help(FILE *to)
{
    fprintf(to, "Paths (all others are greeted):\n");
    for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++)
        fprintf(to, "  %s%-*s  %s\n", recipes[i].path, 15 - (int)strlen(recipes[i].path),
                recipes[i].number != NUMBER_NONE ? "N" : "", recipes[i].help);

    fprintf(to, "\nParameters (of every path, ?a=b&c=d):\n");
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        fprintf(to, "  %s=%-*s  %s\n", parameters[i].name, 17 - (int)strlen(parameters[i].name),
                parameters[i].value, parameters[i].help);
}
