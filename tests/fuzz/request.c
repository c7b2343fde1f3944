/* Heads of requests: wherever they are cut they come to the same verdict, and what a backend is
 * sent is what a strict reader finds in what the client has sent; with a body behind it, it is one
 * message to another one. An input of an odd length comes from somebody who is trusted, where TRACE
 * and CONNECT are allowed. */
#include "base/buf.h"
#include "http/forwarded.h"
#include "http/hop.h"
#include "http/parse.h"
#include "http/print.h"

#include "bodies.h"
#include "cuts.h"
#include "reader.h"

#include <assert.h>

/* Small, so that they are reached. */
static const struct parse_limits limits = {
    .head = 2048, .fields = 24, .line = 1024, .field = 512
};

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

static struct reader_text text_of(const char *text)
{
    return (struct reader_text){ text, strlen(text) };
}

/* Is NAME that of a field about the way to here? */
static bool is_of_way(struct reader_text name)
{
    static const size_t family = sizeof "x-forwarded-" - 1;

    return reader_is(name, "forwarded") ||
           (name.len >= family &&
            reader_is((struct reader_text){ name.at, family }, "x-forwarded-"));
}

/* Does FIELD, one of CAME, go on as it came? */
static bool stays(const struct reader_head *came, const struct reader_field *field, bool trusted)
{
    if (is_of_way(field->name))
        return trusted && !reader_is(field->name, "forwarded") &&
               !reader_is(field->name, "x-forwarded-for");
    if (reader_is(field->name, "expect") && (came->minor == '0' || field->value.len == 0))
        return false;
    return !reader_ends_here(came, field);
}

static void expect_field(struct printed *printed, const char *name, struct reader_text value)
{
    const struct reader_field *field = &printed->head.fields[printed->next++];

    assert(printed->next <= printed->head.count);
    assert(reader_is(field->name, name) && reader_same(field->value, value));
}

/* What should have become of the fields of CAME. */
static void expect_fields(struct printed *printed, const struct reader_head *came,
                          struct reader_text host, bool trusted)
{
    for (size_t i = 0; i < came->count; i++) {
        struct reader_field field = came->fields[i];
        const struct reader_field *out = &printed->head.fields[printed->next];

        if (!stays(came, &field, trusted))
            continue;
        if (reader_is(field.name, "host"))
            field.value = host;
        assert(printed->next++ < printed->head.count);
        assert(reader_same(out->name, field.name) && reader_same(out->value, field.value));
    }
}

/* The host that CAME means: of its target, if that has one. */
static struct reader_text host_of(const struct reader_head *came)
{
    struct reader_text host = { NULL, 0 };

    reader_find(came, "host", &host);
    if (came->method.len == 7 && memcmp(came->method.at, "CONNECT", 7) == 0)
        return came->target;
    if (came->target.len < 7 || !reader_is((struct reader_text){ came->target.at, 7 }, "http://"))
        return host;
    host.at = came->target.at + 7;
    for (host.len = 0; host.len < came->target.len - 7; host.len++)
        if (reader_among(host.at[host.len], "/?"))
            break;
    return host;
}

/* Expects a field NAME, which ends with what is said here; if it was not trusted, with nothing
 * else. */
static void expect_end(struct printed *printed, const char *name, const char *here, bool trusted)
{
    const struct reader_field *field = &printed->head.fields[printed->next++];
    size_t len = strlen(here);

    assert(printed->next <= printed->head.count && reader_is(field->name, name));
    assert(field->value.len >= len && (trusted || field->value.len == len));
    assert(memcmp(field->value.at + field->value.len - len, here, len) == 0);
}

/* What should have been added to the fields of CAME. */
static void expect_added(struct printed *printed, const struct reader_head *came,
                         struct reader_text host, bool trusted)
{
    struct reader_text had;

    expect_field(printed, "via", text_of(came->minor == '0' ? "1.0 luaproxy" : "1.1 luaproxy"));
    expect_end(printed, "x-forwarded-for", "192.0.2.1", trusted);
    if (host.len > 0 && !(trusted && reader_find(came, "x-forwarded-host", &had) > 0))
        expect_field(printed, "x-forwarded-host", host);
    if (!trusted || reader_find(came, "x-forwarded-proto", &had) == 0)
        expect_field(printed, "x-forwarded-proto", text_of("http"));
    if (trusted && reader_find(came, "forwarded", &had) > 0)
        expect_end(printed, "forwarded", ";proto=http", trusted);
}

/* Compares what came with what was printed. */
static void compare(const struct reader_head *came, struct printed *printed, bool trusted)
{
    struct reader_text host = host_of(came);
    struct reader_text had_host;

    assert(reader_same(came->method, printed->head.method));
    assert(printed->head.minor == '1');
    assert(printed->head.lengths == came->lengths && printed->head.codings == came->codings);
    assert(came->lengths == 0 || printed->head.length == came->length);

    expect_fields(printed, came, host, trusted);
    if (reader_find(came, "host", &had_host) == 0 && host.len > 0)
        expect_field(printed, "host", host);
    expect_added(printed, came, host, trusted);
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

static const struct addr from = { .v4 = { .sin_family = AF_INET, .sin_addr = { 0x010200c0 } } };

/* The client that is found is one who is not trusted, unless there are none but such. */
static void find_client(const struct head *head)
{
    static struct net net = { .base = { .v4 = { .sin_family = AF_INET } }, .bits = 1 };
    static const struct config config = { .trusted = &net, .trusted_count = 1 };
    const struct addr *client = forwarded_client(head, &config, &from);
    char text[ADDR_TEXT];

    assert(addr_print(client, text) > 0);
    assert(head_has(head, FIELD_X_FORWARDED_FOR) || addr_eq(client, &from));
}

/* Passes HEAD, which was read from BYTES, on. */
static void pass(struct head *head, struct span bytes, bool trusted)
{
    struct hop hop = { &from, trusted };
    struct buf_lender lender = { .idle = NULL };
    struct reader_head came;
    struct printed printed = { .next = 0 };
    struct span out;
    struct buf buf;

    assert(reader_request(&came, bytes.at, bytes.len));
    assert(same(head->method, came.method) && head->minor == (unsigned)(came.minor - '0'));
    buf_init(&buf, &lender);
    print_request(&buf, hop_request(head, &hop, head->host));
    out = buf_span(&buf);
    /* A client of HTTP/1.0 need not know the host; nothing is invented then. */
    if (head->host.len > 0) {
        assert(reader_request(&printed.head, out.at, out.len));
        assert(same(head->target, printed.head.target));
        compare(&came, &printed, trusted);
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
    static const struct config_allow allow = { .trace = true, .connect = true };
    bool trusted = size % 2 == 1;
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
        if (parse_request(&head, &arena, (struct span){ own, length }, trusted ? &allow : NULL) ==
            OK) {
            assert(head.count <= limits.fields + 1 && head.why == NULL);
            find_client(&head);
            pass(&head, (struct span){ own, length }, trusted);
            hop_judge(&head);
        } else {
            assert(head.why != NULL);
        }
        free(own);
    }
    arena_fini(&arena);
    return 0;
}
