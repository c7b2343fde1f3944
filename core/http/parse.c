/* Bytes to heads. */
#include "http/parse.h"

#include "http/framing.h"
#include "http/octet.h"
#include "http/target.h"

#include <http_parser.h>

enum { EMPTY_LINES_MAX = 2, CONNECTION_TOKENS_MAX = 32 };

static enum parse_news bad(struct parse *parse, enum err *verdict, enum err err, const char *why)
{
    *verdict = err;
    parse->why = why;
    return PARSE_BAD;
}

void parse_begin(struct parse *parse)
{
    *parse = (struct parse){ .skipped = 0 };
}

/* Where the next control stands at or behind FROM, TAB excepted; bytes.len if there is none. */
static size_t next_odd(struct span bytes, size_t from)
{
    while (from < bytes.len && !octet_is(bytes.at[from], OCTET_ODD))
        from++;
    return from;
}

/* Does the line that begins at parse->line start as no line may? */
static bool is_folded(const struct parse *parse, struct span bytes)
{
    char first;

    if (parse->line >= bytes.len)
        return false;
    first = bytes.at[parse->line];
    return first == ' ' || first == '\t';
}

/* The line that began at parse->line ends at END, a CR. PARSE_HEAD if it was the empty one. */
static enum parse_news end_line(struct parse *parse, size_t end)
{
    bool empty = end == parse->line;

    parse->seen = end + 2;
    parse->line = parse->seen;
    if (empty && parse->lines == 0)
        parse->skipped = parse->seen;
    else if (empty)
        return PARSE_HEAD;
    else
        parse->lines++;
    return PARSE_WAIT;
}

enum parse_news parse_scan(struct parse *parse, struct span bytes,
                           const struct parse_limits *limits, enum err *verdict)
{
    for (;;) {
        bool folded = is_folded(parse, bytes);
        size_t odd = folded ? parse->line : next_odd(bytes, parse->seen);

        /* At least the CRLF is still to come. */
        if (odd + 2 - parse->skipped > limits->head)
            return parse->lines == 0 ? bad(parse, verdict, ERR_TARGET_LONG, "start line too long")
                                     : bad(parse, verdict, ERR_HEAD_LARGE, "head too large");
        if (folded)
            return bad(parse, verdict, ERR_MALFORMED, "line begins with white space");
        parse->seen = odd;
        if (odd == bytes.len || (bytes.at[odd] == '\r' && odd + 1 == bytes.len))
            return PARSE_WAIT;
        if (bytes.at[odd] != '\r' || bytes.at[odd + 1] != '\n')
            return bad(parse, verdict, ERR_MALFORMED, "bare CR or LF, or a control character");
        if (end_line(parse, odd) == PARSE_HEAD)
            return PARSE_HEAD;
        if (parse->skipped > EMPTY_LINES_MAX * 2)
            return bad(parse, verdict, ERR_MALFORMED, "too many empty lines");
        if (parse->lines > limits->fields + 1)
            return bad(parse, verdict, ERR_HEAD_LARGE, "too many fields");
    }
}

static enum err refuse(struct head *head, enum err err, const char *why)
{
    head->why = why;
    return err;
}

static int on_name(http_parser *parser, const char *at, size_t len)
{
    struct span name = { at, len };

    head_add(parser->data, field_identify(name), name, (struct span){ at, 0 });
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t len)
{
    struct head *head = parser->data;

    head->fields[head->count - 1].value = span_trim((struct span){ at, len });
    return 0;
}

/* There is no body as far as http_parser is concerned. */
static int on_head(http_parser *parser)
{
    (void)parser;
    return 2;
}

/* Has http_parser split the lines behind the start line, which end with an empty one. It sees a
 * start line of ours, for it knows few methods and is careless with versions. */
static bool split_fields(struct head *head, struct span lines)
{
    static const struct span start_line = { "GET / HTTP/1.1\r\n", 16 };
    static const http_parser_settings settings = {
        .on_header_field = on_name,
        .on_header_value = on_value,
        .on_headers_complete = on_head,
    };
    http_parser parser;

    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = head;
    http_parser_execute(&parser, &settings, start_line.at, start_line.len);
    return http_parser_execute(&parser, &settings, lines.at, lines.len) == lines.len &&
           HTTP_PARSER_ERRNO(&parser) == HPE_OK;
}

/* Could NAME, which has an underscore, be taken by a backend for one of the fields we vouch for? */
static bool is_lookalike(struct span name)
{
    char plain[32];

    if (name.len > sizeof plain)
        return false;
    for (size_t i = 0; i < name.len; i++)
        plain[i] = name.at[i] == '_' ? '-' : name.at[i];
    return field_identify((struct span){ plain, name.len }) != FIELD_OTHER;
}

static enum err check_names(struct head *head)
{
    for (unsigned i = 0; i < head->count; i++) {
        struct span name = head->fields[i].name;

        if (!octet_all(name, OCTET_TOKEN))
            return refuse(head, ERR_MALFORMED, "bad field name");
        if (memchr(name.at, '_', name.len) != NULL && is_lookalike(name))
            return refuse(head, ERR_MALFORMED, "field name that looks like another one");
    }
    return OK;
}

/* One word of a Connection field. */
static enum err take_option(struct head *head, struct span option)
{
    if (span_eq_case(option, SPAN("close"))) {
        head->persistent = false;
        return OK;
    }
    if (span_eq_case(option, SPAN("keep-alive")))
        return OK;
    switch (field_identify(option)) {
    case FIELD_CONTENT_LENGTH:
    case FIELD_TRANSFER_ENCODING:
    case FIELD_HOST:
        return refuse(head, ERR_MALFORMED, "Connection names a field that is not its to remove");
    default:
        break;
    }
    if (option.len > 0 && !octet_all(option, OCTET_TOKEN))
        return refuse(head, ERR_MALFORMED, "bad Connection");
    head->names_fields = head->names_fields || option.len > 0;
    return OK;
}

/* Reads all Connection fields, and decides whether the connection may be kept. */
static enum err check_connection(struct head *head)
{
    bool asks_to_keep = false;
    unsigned options = 0;

    for (unsigned i = 0; i < head->count; i++) {
        struct span rest = head->fields[i].value;

        if (head->fields[i].id != FIELD_CONNECTION)
            continue;
        while (rest.at != NULL) {
            struct span option = span_trim(span_cut(&rest, ','));

            if (++options > CONNECTION_TOKENS_MAX)
                return refuse(head, ERR_MALFORMED, "Connection too long");
            if (take_option(head, option) != OK)
                return ERR_MALFORMED;
            asks_to_keep = asks_to_keep || span_eq_case(option, SPAN("keep-alive"));
        }
    }
    if (head->minor == 0 && !asks_to_keep)
        head->persistent = false;
    return OK;
}

/* Splits and checks the fields, which are the same in both directions. */
static enum err parse_fields(struct head *head, struct span lines)
{
    enum err err;

    if (!split_fields(head, lines))
        return refuse(head, ERR_MALFORMED, "bad field, or fields that contradict each other");
    err = check_names(head);
    return err == OK ? check_connection(head) : err;
}

/* Reads "HTTP/1.x". */
static enum err parse_version(struct head *head, struct span version)
{
    if (version.len != 8 || memcmp(version.at, "HTTP/", 5) != 0 || version.at[6] != '.' ||
        !octet_is(version.at[5], OCTET_DIGIT) || !octet_is(version.at[7], OCTET_DIGIT))
        return refuse(head, ERR_MALFORMED, "bad version");
    if (version.at[5] != '1')
        return refuse(head, ERR_VERSION, "version is not HTTP/1");
    if (version.at[7] > '1')
        return refuse(head, ERR_VERSION, "version is neither 1.0 nor 1.1");
    head->minor = (unsigned)(version.at[7] - '0');
    return OK;
}

static enum err parse_request_line(struct head *head, struct span line)
{
    struct span version;

    head->method = span_cut(&line, ' ');
    if (!octet_all(head->method, OCTET_TOKEN))
        return refuse(head, ERR_MALFORMED, "bad method");
    head->target = span_cut(&line, ' ');
    if (!octet_all(head->target, OCTET_VISIBLE))
        return refuse(head, ERR_MALFORMED, "bad target");
    version = line;
    return parse_version(head, version);
}

static enum err check_expect(struct head *head)
{
    if (head->minor == 0)
        head_drop(head, FIELD_EXPECT);
    for (unsigned i = 0; i < head->count; i++) {
        const struct field *field = &head->fields[i];

        if (field->id == FIELD_EXPECT && !field->gone &&
            !span_eq_case(field->value, SPAN("100-continue")))
            return refuse(head, ERR_EXPECT, "unknown expectation");
    }
    return OK;
}

/* How many fields BYTES can hold at most: its line ends. */
static unsigned count_lines(struct span bytes)
{
    unsigned lines = 0;

    while (bytes.at != NULL) {
        span_cut(&bytes, '\n');
        lines++;
    }
    return lines;
}

/* Copies the head and cuts its start line off, without its CRLF. */
static struct span begin(struct head *head, struct arena *arena, struct span bytes,
                         struct span *lines)
{
    struct span line;

    /* A few more for the fields that are added on the way. */
    head_init(head, arena, count_lines(bytes) + 4);
    *lines = arena_copy(arena, bytes);
    line = span_cut(lines, '\n');
    line.len--;
    return line;
}

enum err parse_request(struct head *head, struct arena *arena, struct span bytes)
{
    struct span lines;
    struct span line = begin(head, arena, bytes, &lines);
    enum err err = parse_request_line(head, line);

    if (err == OK)
        err = parse_fields(head, lines);
    if (err == OK)
        err = target_resolve(head);
    if (err == OK)
        err = check_expect(head);
    if (err == OK)
        err = framing_of_request(head);
    return err;
}

static enum err parse_status_line(struct head *head, struct span line)
{
    struct span version = span_cut(&line, ' ');
    struct span status = span_cut(&line, ' ');
    uint64_t number;
    enum err err = parse_version(head, version);

    if (err != OK)
        return err;
    if (status.len != 3 || !span_number(status, 599, &number) || number < 100)
        return refuse(head, ERR_MALFORMED, "bad status");
    head->status = (unsigned)number;
    head->reason = line;
    return OK;
}

enum err parse_response(struct head *head, struct arena *arena, struct span bytes,
                        const struct head *request)
{
    struct span lines;
    struct span line = begin(head, arena, bytes, &lines);
    enum err err = parse_status_line(head, line);

    if (err == OK)
        err = parse_fields(head, lines);
    if (err == OK)
        err = framing_of_response(head, request);
    return err;
}
