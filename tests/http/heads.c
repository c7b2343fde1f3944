/* Texts to heads, and back. */
#include "heads.h"

#include "base/buf.h"
#include "http/hop.h"
#include "http/print.h"
#include "support/test.h"

const struct parse_limits heads_limits = { .head = 32768, .fields = 100 };

/* Scans the first N bytes of TEXT, which end where their memory ends. */
static enum parse_news scan_piece(struct parse *parse, struct span text, size_t n,
                                  const struct parse_limits *limits, enum err *err)
{
    char *piece = mem_resize(NULL, n + (n == 0));
    enum parse_news news;

    memcpy(piece, text.at, n);
    news = parse_scan(parse, (struct span){ piece, n }, limits, err);
    mem_free(piece);
    return news;
}

static void scan_cut(const struct reading *whole, struct span text, size_t cut,
                     const struct parse_limits *limits)
{
    struct parse parse;
    enum err err = OK;
    enum parse_news news;

    parse_begin(&parse);
    news = scan_piece(&parse, text, cut, limits, &err);
    if (news == PARSE_WAIT)
        news = scan_piece(&parse, text, text.len, limits, &err);
    ck_assert_msg(news == whole->news && err == whole->err && parse.why == whole->why,
                  "cut at %zu: %s, not %s", cut, parse.why ? parse.why : "fine",
                  whole->why ? whole->why : "fine");
    if (news == PARSE_HEAD)
        ck_assert_uint_eq(parse.seen, whole->used);
}

static void scan(struct reading *reading, struct parse *parse, struct span text,
                 const struct parse_limits *limits)
{
    struct parse_limits hasty = *limits;

    parse_hasten(&hasty);
    *reading = (struct reading){ .err = OK };
    parse_begin(parse);
    reading->news = scan_piece(parse, text, text.len, limits, &reading->err);
    reading->used = parse->seen;
    reading->why = parse->why;
    for (size_t cut = 0; cut < text.len; cut++) {
        scan_cut(reading, text, cut, limits);
        scan_cut(reading, text, cut, &hasty);
    }
}

void heads_scan(struct reading *reading, struct span text, const struct parse_limits *limits)
{
    struct parse parse;

    scan(reading, &parse, text, limits);
}

/* Reads the head of TEXT as a request, or if REQUEST is not NULL as a response to it. */
static void read_head(struct reading *reading, struct span text, const struct head *request)
{
    struct parse parse;
    struct span own;
    char *copy;

    scan(reading, &parse, text, &heads_limits);
    if (reading->news != PARSE_HEAD)
        return;
    copy = mem_copy(text);
    own = (struct span){ copy, parse.seen };
    if (request == NULL)
        reading->err = parse_request(&reading->head, &reading->arena, own, NULL);
    else
        reading->err = parse_response(&reading->head, &reading->arena, own, request);
    mem_free(copy);
    reading->why = reading->head.why;
    ck_assert_int_eq(reading->err == OK, reading->why == NULL);
}

void heads_read_request(struct reading *reading, struct span text)
{
    read_head(reading, text, NULL);
}

void heads_read_response(struct reading *reading, struct span text, const char *method)
{
    struct head request = { .method = span_of(method) };

    read_head(reading, text, &request);
}

void heads_read_response_to(struct reading *reading, struct span text, const struct head *request)
{
    read_head(reading, text, request);
}

void heads_free(struct reading *reading)
{
    arena_fini(&reading->arena);
}

enum err heads_request_verdict(struct span text)
{
    struct reading reading;

    heads_read_request(&reading, text);
    heads_free(&reading);
    return reading.err;
}

enum err heads_response_verdict(struct span text, const char *method)
{
    struct reading reading;

    heads_read_response(&reading, text, method);
    heads_free(&reading);
    return reading.err;
}

/* What OUT holds, as a text, and nothing left of it. */
static const char *taken(struct buf *out)
{
    static char text[BUF_SIZE + 1];
    struct span all = buf_span(out);

    memcpy(text, all.at, all.len);
    text[all.len] = '\0';
    buf_fini(out);
    buf_lender_fini(out->lender);
    return text;
}

/* IP with any port. */
static struct addr address(const char *ip)
{
    struct addr at;

    ck_assert_int_eq(addr_resolve(&at, span_of(ip), 1), OK);
    return at;
}

static const char *sent(const struct head *request, const char *ip, bool trusted)
{
    struct addr from = address(ip);
    struct hop hop = { &from, trusted };
    struct buf_lender lender = { .idle = NULL };
    struct buf out;

    buf_init(&out, &lender);
    print_request(&out, hop_request(request, &hop, request->host));
    return taken(&out);
}

const char *heads_sent(const struct head *request, const char *ip)
{
    return sent(request, ip, false);
}

const char *heads_sent_by_trusted(const struct head *request, const char *ip)
{
    return sent(request, ip, true);
}

const char *heads_answered(struct head *response, const char *date, unsigned minor, bool keep)
{
    struct buf_lender lender = { .idle = NULL };
    struct buf out;
    enum body body = print_framing(response->body, minor);

    buf_init(&out, &lender);
    hop_response(response, span_of(date));
    print_response(&out, response, minor, keep, body);
    return taken(&out);
}
