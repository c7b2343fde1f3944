/* Heads of responses: the same verdict wherever they are cut, and a client is told what a strict
 * reader finds in what the backend has said; with a body behind it, it is one message to another.
 * The first byte chooses the method, the version of the client and whether its connection is
 * kept. */
#include "base/buf.h"
#include "http/hop.h"
#include "http/parse.h"
#include "http/print.h"

#include "bodies.h"
#include "cuts.h"
#include "reader.h"

#include <assert.h>

static const struct parse_limits limits = {
    .head = 2048, .fields = 24, .line = 1024, .field = 512
};

/* Who asked, and how: from the first byte of the input. */
struct asked {
    struct head request;
    unsigned minor;
    bool keep;
};

static enum parse_news scan(struct parse *parse, const uint8_t *data, size_t size, enum err *err)
{
    char *copy = cuts_copy(data, size);
    enum parse_news news = parse_scan(parse, (struct span){ copy, size }, &limits, err);

    free(copy);
    return news;
}

static void scan_pieces(const uint8_t *data, size_t size, const struct parse *whole,
                        enum parse_news expected)
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
    assert(news == expected && parse.why == whole->why);
    assert(news != PARSE_HEAD || parse.seen == whole->seen);
}

/* Is there no body, whatever the fields say? */
static bool is_bodiless(const struct reader_head *came, const struct asked *asked)
{
    return came->status.at[0] == '1' || memcmp(came->status.at, "204", 3) == 0 ||
           memcmp(came->status.at, "304", 3) == 0 || head_is_head(&asked->request);
}

/* Are the fields of CAME those of TOLD, but for what ends here and what is added? */
static void compare_fields(const struct reader_head *came, const struct reader_head *told,
                           bool interim)
{
    bool dated = false;
    size_t next = 0;

    for (size_t i = 0; i < came->count; i++) {
        const struct reader_field *field = &came->fields[i];

        if (reader_ends_here(came, field))
            continue;
        dated = dated || reader_is(field->name, "date");
        assert(next < told->count);
        assert(reader_same(told->fields[next].name, field->name));
        assert(reader_same(told->fields[next++].value, field->value));
    }
    assert(next < told->count && reader_is(told->fields[next++].name, "via"));
    if (!dated && !interim)
        assert(next < told->count && reader_is(told->fields[next++].name, "date"));
    for (; next < told->count; next++)
        assert(reader_is(told->fields[next].name, "content-length") ||
               reader_is(told->fields[next].name, "transfer-encoding") ||
               reader_is(told->fields[next].name, "connection") ||
               (told->status.at[1] == '0' && told->status.at[2] == '1' &&
                reader_is(told->fields[next].name, "upgrade")));
}

/* Is PROTOCOL one of those that are asked for? */
static bool is_asked_for(struct reader_text protocol)
{
    return reader_is(protocol, "websocket") || reader_is(protocol, "x/1");
}

/* An agreement to leave HTTP must be to what was asked for, and is told as such. */
static void compare_upgrade(const struct head *response, const struct reader_head *told,
                            const struct asked *asked)
{
    struct reader_text value = { NULL, 0 };
    struct reader_text protocol;

    if (response->status != 101)
        return;
    assert(asked->request.upgrade.len > 0 && response->body == BODY_TUNNEL);
    assert(reader_find(told, "connection", &value) == 1 && reader_is(value, "upgrade"));
    assert(reader_find(told, "upgrade", &value) == 1);
    while (reader_cut(&value, ",", &protocol))
        assert(is_asked_for(reader_trim(protocol)));
    assert(is_asked_for(reader_trim(value)));
}

/* Is the framing that was TOLD the one of what CAME? */
static void compare_framing(const struct reader_head *came, const struct reader_head *told,
                            const struct asked *asked)
{
    bool bodiless = is_bodiless(came, asked);
    struct reader_text connection = { NULL, 0 };

    assert(came->lengths == 0 || told->lengths == 0 || told->length == came->length);
    if (bodiless)
        assert(told->codings == 0);
    else
        assert(told->lengths == came->lengths &&
               (told->codings == 0) == (asked->minor == 0 || came->lengths == 1));
    if (came->status.at[0] == '1' || memcmp(came->status.at, "204", 3) == 0)
        assert(told->lengths == 0);

    reader_find(told, "connection", &connection);
    if (!bodiless && told->lengths == 0 && told->codings == 0)
        assert(reader_is(connection, "close"));
}

/* Is what was printed into BUF for RESPONSE, with a body behind it, one message, and that one? */
static void check_whole(struct buf *buf, const struct head *response, enum body framing,
                        const struct asked *asked)
{
    struct strict_text method = { asked->request.method.at, asked->request.method.len };
    size_t length = framing == BODY_LENGTH ? (size_t)response->length : 100;
    struct span body = bodies_append(buf, framing, length);
    struct strict s;

    strict_responses(&s, buf_span(buf).at, buf_len(buf), &method, 1);
    bodies_check(&s, body, framing == BODY_NONE ? 0 : length);
    assert(s.messages[0].status == response->status && s.messages[0].minor == 1);
    assert(s.messages[0].framing != STRICT_UNTIL_CLOSE || s.messages[0].closes);
    assert(head_is_interim(response) ||
           s.messages[0].closes == !(asked->keep && framing != BODY_UNTIL_CLOSE));
    strict_free(&s);
}

/* Tells RESPONSE, which was read from BYTES, to the client. */
static void pass(struct head *response, struct span bytes, const struct asked *asked)
{
    struct buf_lender lender = { .idle = NULL };
    struct reader_head came;
    struct reader_head told;
    enum body framing = print_framing(response->body, asked->minor);
    struct buf buf;

    assert(reader_response(&came, bytes.at, bytes.len));
    hop_response(response, SPAN("Sat, 31 Jan 2026 12:00:00 GMT"));
    buf_init(&buf, &lender);
    print_response(&buf, response, asked->minor, asked->keep && framing != BODY_UNTIL_CLOSE,
                   framing);
    assert(reader_response(&told, buf_span(&buf).at, buf_len(&buf)));
    assert(reader_same(came.status, told.status) && reader_same(came.reason, told.reason));
    compare_fields(&came, &told, head_is_interim(response));
    compare_framing(&came, &told, asked);
    if (response->status != 101) /* of which nobody is told unless he has asked for it */
        check_whole(&buf, response, framing, asked);
    compare_upgrade(response, &told, asked);
    buf_fini(&buf);
    buf_lender_fini(&lender);
}

static void read_response(const uint8_t *data, size_t size, const struct asked *asked)
{
    struct arena arena = { .blocks = NULL };
    enum err err = OK;
    struct parse parse;
    struct head head;
    enum parse_news news;

    parse_begin(&parse);
    news = scan(&parse, data, size, &err);
    scan_pieces(data, size, &parse, size == 0 ? PARSE_WAIT : news);
    if (news == PARSE_HEAD) {
        size_t length = parse.seen;
        char *own = cuts_copy(data, length);

        if (parse_response(&head, &arena, (struct span){ own, length }, &asked->request) == OK)
            pass(&head, (struct span){ own, length }, asked);
        else
            assert(head.why != NULL);
        free(own);
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct asked asked;

    if (size == 0)
        return 0;
    asked = (struct asked){
        .request = { .method = data[0] & 1 ? SPAN("HEAD") : SPAN("GET"),
                     .upgrade = data[0] >> 3 & 1 ? SPAN("websocket, x/1") : SPAN("") },
        .minor = data[0] >> 1 & 1,
        .keep = data[0] >> 2 & 1,
    };
    read_response(data + 1, size - 1, &asked);
    return 0;
}
