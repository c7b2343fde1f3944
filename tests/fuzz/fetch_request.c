/* Requests of the proxy's own: whatever a script asks for, what is sent is read as exactly that
 * request and nothing else, or nothing is sent. An input is method, URL, name, value and body, with
 * a byte 0xff between them. */
#include "feed/fetch_request.h"

#include "http/parse.h"

#include "cuts.h"

#include <assert.h>

static const struct parse_limits limits = { .head = 1 << 20, .fields = 100 };

/* Is the field called NAME, with VALUE, among those of HEAD just once? */
static bool has_once(const struct head *head, struct span name, struct span value)
{
    unsigned times = 0;

    for (unsigned i = 0; i < head->count; i++)
        if (span_eq_case(head->fields[i].name, name))
            times += span_eq(head->fields[i].value, value) ? 1 : 2;
    return times == 1;
}

/* BYTES are the request that ASK asks. */
static void check(const struct fetcher_ask *ask, const struct url *url, struct span bytes)
{
    struct arena arena = { .blocks = NULL };
    struct parse parse;
    struct head head;
    enum err verdict;
    enum parse_news news;

    parse_begin(&parse);
    news = parse_scan(&parse, bytes, &limits, &verdict);
    if (news == PARSE_BAD && verdict == ERR_TARGET_LONG)
        return;
    assert(news == PARSE_HEAD);
    assert(parse_request(&head, &arena, (struct span){ bytes.at, parse.seen }) == OK);
    assert(span_eq(head.method, ask->method));
    assert(head.target.at[0] == '/');
    assert(url->target.len == 0 ||
           span_eq(span_skip(head.target, url->target.at[0] != '/'), url->target));
    assert(has_once(&head, ask->fields[0].name, span_trim(ask->fields[0].value)));
    assert(head.count <= 5 && head_has(&head, FIELD_HOST) && head_has(&head, FIELD_CONNECTION));
    assert(span_eq(span_skip(bytes, parse.seen), ask->body));
    assert(head.length == ask->body.len);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = cuts_copy(data, size);
    struct span rest = { copy, size };
    struct arena arena = { .blocks = NULL };
    struct field field = { .gone = false };
    struct fetcher_ask ask = { .fields = &field, .field_count = 1 };
    struct span bytes;
    const char *why;
    struct url url;

    if (size > 0) {
        ask.method = span_cut(&rest, '\xff');
        ask.url = rest.at != NULL ? span_cut(&rest, '\xff') : SPAN("");
        field.name = rest.at != NULL ? span_cut(&rest, '\xff') : SPAN("X");
        field.value = rest.at != NULL ? span_cut(&rest, '\xff') : SPAN("");
        ask.body = rest;
    }
    if (size > 0 && url_cut(&url, ask.url, &why) == OK) {
        bytes = fetch_request_print(&ask, &url, &arena, &why);
        assert((bytes.at == NULL) == (why != NULL));
        if (bytes.at != NULL)
            check(&ask, &url, bytes);
    }
    arena_fini(&arena);
    free(copy);
    return 0;
}
