/* Heads of requests: wherever they are cut they come to the same verdict, and what a backend is
 * sent is what a strict reader finds in what the client has sent; with a body behind it, it is one
 * message to another one. */
#include "base/buf.h"
#include "http/hop.h"
#include "http/parse.h"
#include "http/print.h"

#include "bodies.h"
#include "cuts.h"
#include "reader.h"

#include <assert.h>

/* Small, so that they are reached. */
static const struct parse_limits limits = { 2048, 24 };

/* A model of what a backend should be sent: fields, one by one. */
struct printed {
    struct reader_head head;
    size_t next;
};

static bool same(struct span a, struct reader_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static enum parse_news scan(struct parse *parse, const uint8_t *data, size_t size, enum err *err)
{
    char *copy = cuts_copy(data, size);
    enum parse_news news = parse_scan(parse, (struct span){ copy, size }, &limits, err);

    free(copy);
    return news;
}

/* Scans the bytes as they might come, in pieces, and expects the same as if they came at once. */
static void scan_pieces(const uint8_t *data, size_t size, const struct parse *whole,
                        enum parse_news expected, enum err verdict)
{
    struct cuts cuts = cuts_of(data, size);
    enum parse_news news = PARSE_WAIT;
    enum err err = OK;
    struct parse parse;
    size_t there = 0;

    parse_begin(&parse);
    while (news == PARSE_WAIT && there < size) {
        there += 1 + cuts_next(&cuts, size - there - 1);
        news = scan(&parse, data, there, &err);
    }
    assert(news == expected && err == verdict && parse.why == whole->why);
    assert(parse.lines == whole->lines);
    assert(news != PARSE_HEAD || parse.seen == whole->seen);
}

static void expect_field(struct printed *printed, const char *name, struct reader_text value)
{
    const struct reader_field *field = &printed->head.fields[printed->next++];

    assert(printed->next <= printed->head.count);
    assert(reader_is(field->name, name) && reader_same(field->value, value));
}

/* What should have become of the fields of CAME. */
static void expect_fields(struct printed *printed, const struct reader_head *came,
                          struct reader_text host)
{
    for (size_t i = 0; i < came->count; i++) {
        struct reader_field field = came->fields[i];
        const struct reader_field *out = &printed->head.fields[printed->next];

        if (reader_ends_here(came, &field) || reader_is(field.name, "forwarded") ||
            reader_is(field.name, "x-forwarded-for") || reader_is(field.name, "x-forwarded-host") ||
            reader_is(field.name, "x-forwarded-proto") ||
            (reader_is(field.name, "expect") && (came->minor == '0' || field.value.len == 0)))
            continue;
        if (reader_is(field.name, "host"))
            field.value = host;
        assert(printed->next++ < printed->head.count);
        assert(reader_same(out->name, field.name) && reader_same(out->value, field.value));
    }
}

static struct reader_text text_of(const char *text)
{
    return (struct reader_text){ text, strlen(text) };
}

/* The host that CAME means: of its target, if that has one. */
static struct reader_text host_of(const struct reader_head *came)
{
    struct reader_text host = { NULL, 0 };

    reader_find(came, "host", &host);
    if (came->target.len < 7 || !reader_is((struct reader_text){ came->target.at, 7 }, "http://"))
        return host;
    host.at = came->target.at + 7;
    for (host.len = 0; host.len < came->target.len - 7; host.len++)
        if (reader_among(host.at[host.len], "/?"))
            break;
    return host;
}

/* Compares what came with what was printed. */
static void compare(const struct reader_head *came, struct printed *printed)
{
    struct reader_text host = host_of(came);
    struct reader_text had_host;

    assert(reader_same(came->method, printed->head.method));
    assert(printed->head.minor == '1');
    assert(printed->head.lengths == came->lengths && printed->head.codings == came->codings);
    assert(came->lengths == 0 || printed->head.length == came->length);

    expect_fields(printed, came, host);
    if (reader_find(came, "host", &had_host) == 0 && host.len > 0)
        expect_field(printed, "host", host);
    expect_field(printed, "via", text_of(came->minor == '0' ? "1.0 luaproxy" : "1.1 luaproxy"));
    assert(printed->next < printed->head.count);
    assert(reader_is(printed->head.fields[printed->next++].name, "x-forwarded-for"));
    if (host.len > 0)
        expect_field(printed, "x-forwarded-host", host);
    expect_field(printed, "x-forwarded-proto", text_of("http"));
    assert(printed->next + printed->head.lengths + printed->head.codings == printed->head.count);
}

/* Is what was printed into BUF for HEAD, with a body behind it, one request, and that one? */
static void check_whole(struct buf *buf, const struct head *head)
{
    size_t length = head->body == BODY_CHUNKED ? 100 : (size_t)head->length;
    struct span body = bodies_append(buf, head->body, length);
    struct strict s;

    strict_requests(&s, buf_span(buf).at, buf_len(buf), STRICT_NO_TUNNEL);
    bodies_check(&s, body, head->body == BODY_NONE ? 0 : length);
    assert(bodies_same(s.messages[0].method, head->method));
    assert(bodies_same(s.messages[0].target, head->target));
    assert(!s.messages[0].closes);
    strict_free(&s);
}

/* Passes HEAD, which was read from BYTES, on. */
static void pass(struct head *head, struct span bytes)
{
    static const struct addr from = { .v4 = { .sin_family = AF_INET, .sin_addr = { 0x010200c0 } } };
    struct buf_lender lender = { .idle = NULL };
    struct reader_head came;
    struct printed printed = { .next = 0 };
    struct span out;
    struct buf buf;

    assert(reader_request(&came, bytes.at, bytes.len));
    assert(same(head->method, came.method) && head->minor == (unsigned)(came.minor - '0'));
    buf_init(&buf, &lender);
    print_request(&buf, hop_request(head, &from, head->host));
    out = buf_span(&buf);
    /* A client of HTTP/1.0 need not know the host; nothing is invented then. */
    if (head->host.len > 0) {
        assert(reader_request(&printed.head, out.at, out.len));
        assert(same(head->target, printed.head.target));
        compare(&came, &printed);
        check_whole(&buf, head);
    }
    buf_fini(&buf);
    buf_lender_fini(&lender);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { .blocks = NULL };
    enum err err = OK;
    struct parse parse;
    struct head head;
    enum parse_news news;

    parse_begin(&parse);
    news = scan(&parse, data, size, &err);
    scan_pieces(data, size, &parse, size == 0 ? PARSE_WAIT : news, err);
    if (news == PARSE_HEAD) {
        size_t length = parse.seen;
        char *own = cuts_copy(data, length);

        assert(length <= limits.head);
        if (parse_request(&head, &arena, (struct span){ own, length }) == OK) {
            assert(head.count <= limits.fields + 1 && head.why == NULL);
            pass(&head, (struct span){ own, length });
        } else {
            assert(head.why != NULL);
        }
        free(own);
    }
    arena_fini(&arena);
    return 0;
}
