/* Bytes to heads. */
#include "http/parse.h"

#include "http/framing.h"
#include "http/octet.h"
#include "http/target.h"

enum { CONNECTION_TOKENS_MAX = 32 };

/* How many fields most heads have, those included that are added on the way. */
enum { FIELDS_USUAL = 24 };

static enum parse_news bad(struct parse *parse, enum err *verdict, enum err err, const char *why)
{
    *verdict = err;
    parse->why = why;
    return PARSE_BAD;
}

void parse_begin(struct parse *parse)
{
    *parse = (struct parse){ .seen = 0 };
}

size_t parse_empty_lines(struct span bytes, size_t *lines)
{
    size_t len = 0;

    for (; bytes.len - len >= 2 && memcmp(bytes.at + len, "\r\n", 2) == 0; len += 2)
        if (++*lines > PARSE_EMPTY_MAX)
            break;
    return len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Does the line that begins at parse->line start as no line may? */
static bool is_folded(const struct parse *parse, struct span bytes)
{
    return parse->line < bytes.len && is_blank(bytes.at[parse->line]);
}

static bool is_line_end(struct span bytes, size_t at)
{
    return at + 1 < bytes.len && memcmp(bytes.at + at, "\r\n", 2) == 0;
}

/* Where the line that is being looked at has to end, or the head with it: the CRLF is to come. */
static size_t bound(const struct parse *parse, const struct parse_limits *limits)
{
    size_t most = parse->lines == 0 ? limits->line : limits->field;
    size_t head = limits->head < 2 ? 0 : limits->head - 2;

    return most > 0 && parse->line + most < head ? parse->line + most : head;
}

void parse_hasten(struct parse_limits *limits)
{
    size_t line = bound(&(struct parse){ .lines = 0 }, limits);
    size_t field = bound(&(struct parse){ .lines = 1 }, limits);

    limits->few = line < field ? line : field;
}

/* Is what ends at END, where something odd stands, a line like most? */
static inline bool is_usual(const struct parse *parse, struct span bytes, size_t end,
                            const struct parse_limits *limits)
{
    return is_line_end(bytes, end) && end > parse->line && !is_folded(parse, bytes) &&
           parse->lines <= limits->fields;
}

/* What is said of too many bytes is what was to be said first, had they come one by one. */
static enum parse_news refuse_size(struct parse *parse, const struct parse_limits *limits,
                                   enum err *verdict)
{
    bool is_field = bound(parse, limits) + 2 < limits->head;

    if (parse->lines == 0)
        return bad(parse, verdict, ERR_TARGET_LONG, "start line too long");
    return bad(parse, verdict, ERR_HEAD_LARGE, is_field ? "field too large" : "head too large");
}

/* What to make of something odd at ODD that does not end a usual line, or of the end of the
 * bytes. */
static enum parse_news end_scan(struct parse *parse, struct span bytes, size_t odd,
                                const struct parse_limits *limits, enum err *verdict)
{
    bool folded = is_folded(parse, bytes);

    parse->seen = folded ? parse->line : odd;
    if (bytes.len > limits->few && parse->seen > bound(parse, limits))
        return refuse_size(parse, limits, verdict);
    if (folded)
        return bad(parse, verdict, ERR_MALFORMED, "line begins with white space");
    if (odd == bytes.len || (bytes.at[odd] == '\r' && odd + 1 == bytes.len))
        return PARSE_WAIT;
    if (!is_line_end(bytes, odd))
        return bad(parse, verdict, ERR_MALFORMED, "bare CR or LF, or a control character");
    if (odd == 0)
        return bad(parse, verdict, ERR_MALFORMED, "no start line");
    if (odd > parse->line)
        return bad(parse, verdict, ERR_HEAD_LARGE, "too many fields");
    parse->seen = odd + 2;
    return PARSE_HEAD;
}

enum parse_news parse_scan(struct parse *parse, struct span bytes,
                           const struct parse_limits *limits, enum err *verdict)
{
    size_t odd = octet_next_odd(bytes, parse->seen);
    bool few = bytes.len <= limits->few;

    while (is_usual(parse, bytes, odd, limits)) {
        if (!few && odd > bound(parse, limits))
            break;
        parse->line = parse->seen = odd + 2;
        parse->lines++;
        odd = octet_next_odd(bytes, parse->seen);
    }
    return end_scan(parse, bytes, odd, limits, verdict);
}

static enum err refuse(struct head *head, enum err err, const char *why)
{
    head->why = why;
    return err;
}

/* The name at AT, which some byte ends that cannot be in one. *PLAIN says whether it is made of
 * letters, digits and "-" alone. */
static struct span read_name(const char *at, bool *plain)
{
    struct span name = { at, 0 };

    while (octet_is(name.at[name.len], OCTET_PLAIN))
        name.len++;
    *plain = !octet_is(name.at[name.len], OCTET_TOKEN);
    while (octet_is(name.at[name.len], OCTET_TOKEN))
        name.len++;
    return name;
}

/* Reads the line at *AT, and moves *AT to the next one. Lines end with CRLF, and have no other
 * CR. */
static enum err parse_field(struct head *head, const char **at)
{
    bool plain;
    struct span name = read_name(*at, &plain);
    const char *value = name.at + name.len + 1;
    const char *line_end;
    const char *end;

    if (name.len == 0 || value[-1] != ':')
        return refuse(head, ERR_MALFORMED, "bad field name");
    if (!plain && field_is_lookalike(name))
        return refuse(head, ERR_MALFORMED, "field name that looks like another one");
    while (is_blank(*value))
        value++;
    line_end = rawmemchr(value, '\r');
    for (end = line_end; end > value && is_blank(end[-1]); end--)
        continue;
    head_add(head, field_identify(name), name, (struct span){ value, (size_t)(end - value) });
    *at = line_end + 2;
    return OK;
}

/* One word of a Connection field. */
static enum err take_option(struct head *head, struct span option, bool *asks_to_keep)
{
    if (span_eq_case(option, SPAN("close"))) {
        head->persistent = false;
        return OK;
    }
    if (span_eq_case(option, SPAN("keep-alive"))) {
        *asks_to_keep = true;
        return OK;
    }
    switch (field_identify(option)) {
    case FIELD_CONTENT_LENGTH:
    case FIELD_TRANSFER_ENCODING:
    case FIELD_EXPECT:
    case FIELD_HOST:
        return refuse(head, ERR_MALFORMED, "Connection names a field that is not its to remove");
    case FIELD_UPGRADE:
        head->names_upgrade = true;
        break;
    default:
        break;
    }
    if (option.len > 0 && !octet_all(option, OCTET_TOKEN))
        return refuse(head, ERR_MALFORMED, "bad Connection");
    head->names_fields = head->names_fields || option.len > 0;
    return OK;
}

/* Reads all Connection fields. */
static enum err take_options(struct head *head, bool *asks_to_keep)
{
    unsigned options = 0;

    for (unsigned i = 0; i < head->count; i++) {
        struct span rest = head->fields[i].value;

        if (head->fields[i].id != FIELD_CONNECTION)
            continue;
        while (rest.at != NULL) {
            struct span option = span_trim(span_cut(&rest, ','));

            if (++options > CONNECTION_TOKENS_MAX)
                return refuse(head, ERR_MALFORMED, "Connection too long");
            if (take_option(head, option, asks_to_keep) != OK)
                return ERR_MALFORMED;
        }
    }
    return OK;
}

/* Decides whether the connection may be kept. */
static enum err check_connection(struct head *head)
{
    bool asks_to_keep = false;

    if (head_has(head, FIELD_CONNECTION) && take_options(head, &asks_to_keep) != OK)
        return ERR_MALFORMED;
    if (head->minor == 0 && !asks_to_keep)
        head->persistent = false;
    return OK;
}

/* Splits and checks the fields from AT on, which are the same in both directions, up to the empty
 * line. */
static enum err parse_fields(struct head *head, const char *at)
{
    while (*at != '\r')
        if (parse_field(head, &at) != OK)
            return ERR_MALFORMED;
    return check_connection(head);
}

/* Reads "HTTP/1.x". What is younger than 1.1 is read as that (RFC 9110 section 2.5). */
static enum err parse_version(struct head *head, struct span version)
{
    if (version.len != 8 || memcmp(version.at, "HTTP/", 5) != 0 || version.at[6] != '.' ||
        !octet_is(version.at[5], OCTET_DIGIT) || !octet_is(version.at[7], OCTET_DIGIT))
        return refuse(head, ERR_MALFORMED, "bad version");
    if (version.at[5] != '1')
        return refuse(head, ERR_VERSION, "version is not HTTP/1");
    head->minor = version.at[7] > '0' ? 1 : 0;
    return OK;
}

/* Takes a word of octets of CLASS off *LINE, which ends with CRLF behind its length, and the blank
 * behind it. Empty if there is none. */
static struct span take_word(struct span *line, unsigned char class)
{
    struct span word = { line->at, 0 };

    while (octet_is(word.at[word.len], class))
        word.len++;
    if (word.at[word.len] != ' ')
        return (struct span){ NULL, 0 };
    *line = span_skip(*line, word.len + 1);
    return word;
}

static enum err parse_request_line(struct head *head, struct span line)
{
    head->method = take_word(&line, OCTET_TOKEN);
    if (head->method.len == 0)
        return refuse(head, ERR_MALFORMED, "bad method");
    head->target = take_word(&line, OCTET_VISIBLE);
    if (head->target.len == 0)
        return refuse(head, ERR_MALFORMED, "bad target");
    return parse_version(head, line);
}

/* An expectation that is empty is none, and HTTP/1.0 has none. */
static enum err check_expect(struct head *head)
{
    for (unsigned i = 0; i < head->count && head_has(head, FIELD_EXPECT); i++) {
        struct field *field = &head->fields[i];

        if (field->id != FIELD_EXPECT)
            continue;
        field->gone = head->minor == 0 || field->value.len == 0;
        if (!field->gone && !span_eq_case(field->value, SPAN("100-continue")))
            return refuse(head, ERR_EXPECT, "unknown expectation");
    }
    return OK;
}

/* Copies the head. *LINE is its start line, without the CRLF. Gives where its fields begin. */
static const char *begin(struct head *head, struct arena *arena, struct span bytes,
                         struct span *line)
{
    head_init(head, arena, FIELDS_USUAL);
    *line = arena_copy(arena, bytes);
    line->len = (size_t)((const char *)rawmemchr(line->at, '\r') - line->at);
    return line->at + line->len + 2;
}

enum err parse_request(struct head *head, struct arena *arena, struct span bytes,
                       const struct config_allow *allow)
{
    struct span line;
    const char *fields = begin(head, arena, bytes, &line);
    enum err err = parse_request_line(head, line);

    if (err == OK)
        err = parse_fields(head, fields);
    if (err == OK)
        err = target_resolve(head, allow);
    if (err == OK)
        err = check_expect(head);
    if (err == OK)
        err = framing_of_request(head);
    return err;
}

/* Reads "HTTP/1.x NNN reason"; the reason may be missing, and the blank in front of it too. */
static enum err parse_status_line(struct head *head, struct span line)
{
    enum { VERSION = 8, STATUS = 3, START = VERSION + 1 + STATUS };
    uint64_t number;
    enum err err;

    if (line.len <= VERSION || line.at[VERSION] != ' ')
        return refuse(head, ERR_MALFORMED, "bad version");
    err = parse_version(head, (struct span){ line.at, VERSION });
    if (err != OK)
        return err;
    if (line.len < START || (line.len > START && line.at[START] != ' ') ||
        !span_number((struct span){ line.at + VERSION + 1, STATUS }, 599, &number) || number < 100)
        return refuse(head, ERR_MALFORMED, "bad status");
    head->status = (unsigned)number;
    if (line.len > START)
        head->reason = span_skip(line, START + 1);
    return OK;
}

enum err parse_start(struct parse *parse, struct span bytes, bool is_request)
{
    struct head head = { .why = NULL };
    struct span line = { bytes.at, 0 };
    enum err err;

    if (parse->lines == 0 || parse->started)
        return OK;
    parse->started = true;
    line.len = (size_t)((const char *)rawmemchr(line.at, '\r') - line.at);
    err = is_request ? parse_request_line(&head, line) : parse_status_line(&head, line);
    if (err != OK)
        parse->why = head.why;
    return err;
}

enum err parse_response(struct head *head, struct arena *arena, struct span bytes,
                        const struct head *request)
{
    struct span line;
    const char *fields = begin(head, arena, bytes, &line);
    enum err err = parse_status_line(head, line);

    if (err == OK)
        err = parse_fields(head, fields);
    if (err == OK)
        err = framing_of_response(head, request);
    return err;
}
