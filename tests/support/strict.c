/* A second opinion.
 *
 * Every function that reads takes what it understands from the front of a text; false says that it
 * is wrong, and `why` says how, or that the text ends too early: then `why` is NULL.
 */
#include "support/strict.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A reading of one message. */
struct reading {
    struct strict *s;
    struct strict_message *m;
    struct strict_text rest; /* what was not looked at yet */
    const char *why;
};

static bool wrong(struct reading *r, const char *why)
{
    r->why = why;
    return false;
}

/* The bytes end: nothing is wrong so far. */
static bool cut(struct reading *r)
{
    r->why = NULL;
    return false;
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_token_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           is_one_of(c, "!#$%&'*+-.^_`|~");
}

static bool is_token(struct strict_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_token_char(text.at[i]))
            return false;
    return text.len > 0;
}

/* May TEXT stand in the value of a field, or as a reason? */
static bool is_content(struct strict_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static struct strict_text skip(struct strict_text text, size_t n)
{
    return (struct strict_text){ text.at + n, text.len - n };
}

static struct strict_text trim(struct strict_text text)
{
    while (text.len > 0 && is_one_of(text.at[0], " \t"))
        text = skip(text, 1);
    while (text.len > 0 && is_one_of(text.at[text.len - 1], " \t"))
        text.len--;
    return text;
}

/* Cuts off what stands before the first STOP, and STOP. False if there is none. */
static bool split(struct strict_text *text, char stop, struct strict_text *before)
{
    const char *found = text->len > 0 ? memchr(text->at, stop, text->len) : NULL;

    if (found == NULL)
        return false;
    *before = (struct strict_text){ text->at, (size_t)(found - text->at) };
    *text = skip(*text, before->len + 1);
    return true;
}

bool strict_is(struct strict_text text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.at, word, text.len) == 0;
}

/* Methods, unlike most words, are known by their case too. */
static bool is_method(struct strict_text text, const char *method)
{
    return text.len == strlen(method) && memcmp(text.at, method, text.len) == 0;
}

/* Takes a line that ends with CRLF, and has neither elsewhere. */
static bool take_line(struct reading *r, struct strict_text *line)
{
    size_t len = 0;

    while (len < r->rest.len && !is_one_of(r->rest.at[len], "\r\n"))
        len++;
    if (len == r->rest.len || (r->rest.at[len] == '\r' && len + 1 == r->rest.len)) {
        *line = (struct strict_text){ r->rest.at, len };
        return is_content(*line) ? cut(r) : wrong(r, "a control");
    }
    if (r->rest.at[len] == '\n' || r->rest.at[len + 1] != '\n')
        return wrong(r, "a bare CR or LF");
    *line = (struct strict_text){ r->rest.at, len };
    r->rest = skip(r->rest, len + 2);
    return true;
}

static bool read_version(struct reading *r, struct strict_text text)
{
    if (text.len != 8 || memcmp(text.at, "HTTP/1.", 7) != 0 || !is_one_of(text.at[7], "01"))
        return wrong(r, "not HTTP/1.0 or HTTP/1.1");
    r->m->minor = text.at[7] == '1';
    return true;
}

/* One of the four forms, as far as the method allows it. */
static bool is_target(struct strict_text method, struct strict_text target)
{
    bool connect = is_method(method, "CONNECT");

    for (size_t i = 0; i < target.len; i++)
        if (target.at[i] <= ' ' || target.at[i] >= 0x7f || target.at[i] == '#')
            return false;
    if (target.len == 0)
        return false;
    if (connect)
        return memchr(target.at, ':', target.len) != NULL &&
               memchr(target.at, '/', target.len) == NULL;
    if (target.len == 1 && target.at[0] == '*')
        return is_method(method, "OPTIONS");
    return target.at[0] == '/' ||
           (target.len > 7 && strncasecmp(target.at, "http://", 7) == 0 && target.at[7] != '/');
}

static bool read_request_line(struct reading *r, struct strict_text line)
{
    struct strict_message *m = r->m;

    if (!split(&line, ' ', &m->method) || !split(&line, ' ', &m->target))
        return wrong(r, "not three words");
    if (!is_token(m->method))
        return wrong(r, "no method");
    if (!is_target(m->method, m->target))
        return wrong(r, "no target");
    return read_version(r, line);
}

static bool read_status_line(struct reading *r, struct strict_text line)
{
    struct strict_text version;
    struct strict_text status;

    if (!split(&line, ' ', &version) || !split(&line, ' ', &status))
        return wrong(r, "not a status line");
    if (status.len != 3 || !is_one_of(status.at[0], "12345") || !is_digit(status.at[1]) ||
        !is_digit(status.at[2]))
        return wrong(r, "no status");
    r->m->status = (unsigned)atoi(status.at);
    r->m->reason = line;
    if (!is_content(line))
        return wrong(r, "a control in the reason");
    return read_version(r, version);
}

static bool take_field(struct reading *r, struct strict_text line)
{
    struct strict_message *m = r->m;
    struct strict_field field;

    if (!split(&line, ':', &field.name))
        return wrong(r, "a field without a colon");
    if (!is_token(field.name))
        return wrong(r, "no name of a field");
    if (!is_content(line))
        return wrong(r, "a control in a value");
    field.value = trim(line);
    if ((m->count & (m->count - 1)) == 0)
        m->fields = realloc(m->fields, (2 * m->count + 1) * sizeof *m->fields);
    m->fields[m->count++] = field;
    return true;
}

size_t strict_find(const struct strict_message *message, const char *name, struct strict_text *last)
{
    size_t count = 0;

    *last = (struct strict_text){ "", 0 };
    for (size_t i = 0; i < message->count; i++) {
        if (strict_is(message->fields[i].name, name)) {
            *last = message->fields[i].value;
            count++;
        }
    }
    return count;
}

bool strict_lists(const struct strict_message *message, const char *name, const char *token)
{
    for (size_t i = 0; i < message->count; i++) {
        struct strict_text rest = message->fields[i].value;
        struct strict_text word;

        if (!strict_is(message->fields[i].name, name))
            continue;
        while (split(&rest, ',', &word))
            if (strict_is(trim(word), token))
                return true;
        if (strict_is(trim(rest), token))
            return true;
    }
    return false;
}

/* uri-host and perhaps a port: nothing that could be read as something else. */
static bool is_host(struct strict_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] >= 0x7f || is_one_of(text.at[i], "/\\@?#,\"<>{}|^`"))
            return false;
    return text.len > 0;
}

static bool check_host(struct reading *r)
{
    struct strict_text host;

    switch (strict_find(r->m, "host", &host)) {
    case 0:
        return r->m->minor == 0 || wrong(r, "no Host");
    case 1:
        return is_host(host) || wrong(r, "a bad Host");
    default:
        return wrong(r, "more than one Host");
    }
}

static bool read_length(struct reading *r, struct strict_text text)
{
    r->m->length = 0;
    if (text.len == 0 || text.len > 19 || (text.len > 1 && text.at[0] == '0'))
        return wrong(r, "an odd Content-Length");
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.at[i]))
            return wrong(r, "no Content-Length");
        r->m->length = 10 * r->m->length + (uint64_t)(text.at[i] - '0');
    }
    return r->m->length <= INT64_MAX || wrong(r, "an odd Content-Length");
}

/* What the fields say of the body. */
static bool read_framing(struct reading *r)
{
    struct strict_text length;
    struct strict_text coding;
    size_t lengths = strict_find(r->m, "content-length", &length);
    size_t codings = strict_find(r->m, "transfer-encoding", &coding);

    if (lengths + codings > 1)
        return wrong(r, "framed more than once");
    if (codings == 1) {
        r->m->framing = STRICT_CHUNKED;
        if (r->m->minor == 0)
            return wrong(r, "a coding in HTTP/1.0");
        return strict_is(coding, "chunked") || wrong(r, "an unknown coding");
    }
    r->m->framing = lengths == 1 ? STRICT_LENGTH : STRICT_NO_BODY;
    return lengths == 0 || read_length(r, length);
}

static bool take_fields(struct reading *r)
{
    struct strict_text line;

    for (;;) {
        if (!take_line(r, &line))
            return false;
        if (line.len == 0)
            break;
        if (!take_field(r, line))
            return false;
    }
    r->m->closes = r->m->minor == 1 ? strict_lists(r->m, "connection", "close")
                                    : !strict_lists(r->m, "connection", "keep-alive");
    return read_framing(r);
}

/* Takes N bytes of the body, or as many as there are. */
static bool take_data(struct reading *r, uint64_t n)
{
    struct strict_message *m = r->m;
    size_t there = n < r->rest.len ? (size_t)n : r->rest.len;

    if (there > 0) {
        m->body = realloc(m->body, m->body_len + there);
        memcpy(m->body + m->body_len, r->rest.at, there);
    }
    m->body_len += there;
    r->rest = skip(r->rest, there);
    return there == n || cut(r);
}

static bool read_chunk_size(struct reading *r, struct strict_text line, uint64_t *size)
{
    static const char digits[] = "00112233445566778899aAbBcCdDeEfF";

    *size = 0;
    if (line.len == 0 || line.len > 15 || (line.len > 1 && line.at[0] == '0'))
        return wrong(r, "an odd size of a chunk");
    for (size_t i = 0; i < line.len; i++) {
        if (!is_one_of(line.at[i], digits))
            return wrong(r, "no size of a chunk");
        *size = 16 * *size + (uint64_t)(strchr(digits, line.at[i]) - digits) / 2;
    }
    return true;
}

static bool take_empty_line(struct reading *r)
{
    struct strict_text line;

    if (!take_line(r, &line))
        return line.len == 0 && r->why == NULL ? false : wrong(r, "more than a chunk has");
    return line.len == 0 || wrong(r, "more than a chunk has");
}

static bool take_chunks(struct reading *r)
{
    uint64_t size = 1;

    while (size > 0) {
        struct strict_text line;

        if (!take_line(r, &line))
            return false;
        if (!read_chunk_size(r, line, &size))
            return false;
        if (!take_data(r, size) || !take_empty_line(r))
            return false;
    }
    return true;
}

static bool take_body(struct reading *r)
{
    switch (r->m->framing) {
    case STRICT_NO_BODY:
        break;
    case STRICT_LENGTH:
        return take_data(r, r->m->length);
    case STRICT_CHUNKED:
        return take_chunks(r);
    case STRICT_UNTIL_CLOSE:
        take_data(r, r->rest.len);
        break;
    }
    return true;
}

static struct strict_message *add_message(struct strict *s, size_t start)
{
    if (s->count == s->room) {
        s->room = 2 * s->room + 4;
        s->messages = realloc(s->messages, s->room * sizeof *s->messages);
    }
    s->messages[s->count] = (struct strict_message){ .end = STRICT_IN_HEAD, .start = start };
    return &s->messages[s->count++];
}

static void drop_message(struct strict *s)
{
    free(s->messages[s->count - 1].fields);
    free(s->messages[s->count - 1].body);
    s->count--;
}

/* A message has been read as far as it goes. Says whether another one may follow. */
static bool end_message(struct reading *r, bool fine, const char *bytes)
{
    r->m->stop = (size_t)(r->rest.at - bytes);
    if (!fine && r->why != NULL) {
        r->s->why = r->why;
        r->s->stopped = r->m->start;
        drop_message(r->s);
        return false;
    }
    if (!fine)
        return false;
    r->m->end = r->m->framing == STRICT_UNTIL_CLOSE ? STRICT_OPEN : STRICT_WHOLE;
    if (r->m->closes && r->rest.len > 0) {
        r->s->why = "something follows a message that closes";
        r->s->stopped = r->m->stop;
    }
    return r->rest.len > 0 && !r->m->closes;
}

static void open_tunnel(struct reading *r)
{
    r->s->tunnel = true;
    r->s->opaque = r->rest;
}

static bool take_request(struct reading *r)
{
    struct strict_text line;

    if (!take_line(r, &line) || !read_request_line(r, line))
        return false;
    if (!take_fields(r) || !check_host(r))
        return false;
    r->m->end = STRICT_IN_BODY;
    return take_body(r);
}

void strict_requests(struct strict *s, const char *bytes, size_t len, size_t tunnel)
{
    struct reading r = { .s = s, .rest = { bytes, len } };
    bool more = len > 0;

    *s = (struct strict){ .count = 0 };
    while (more) {
        r.m = add_message(s, (size_t)(r.rest.at - bytes));
        more = end_message(&r, take_request(&r), bytes);
        if (tunnel < s->count && s->messages[tunnel].end == STRICT_WHOLE) {
            open_tunnel(&r);
            s->why = NULL;
            return;
        }
    }
}

/* What a response to METHOD has for a body, whatever its fields say. */
static bool settle_body(struct reading *r, struct strict_text method)
{
    struct strict_message *m = r->m;
    bool connected = is_method(method, "CONNECT") && m->status / 100 == 2;
    struct strict_text value;

    if (m->status / 100 == 1 || m->status == 204 || connected) {
        if (strict_find(m, "content-length", &value) + strict_find(m, "transfer-encoding", &value))
            return wrong(r, "framed, but has no body");
        m->framing = STRICT_NO_BODY;
    } else if (m->status == 304 || is_method(method, "HEAD")) {
        m->framing = STRICT_NO_BODY;
    } else if (m->framing == STRICT_NO_BODY) {
        m->framing = STRICT_UNTIL_CLOSE;
        m->closes = true;
    }
    r->s->tunnel = connected || m->status == 101;
    m->closes = m->closes && !r->s->tunnel;
    return true;
}

static bool take_response(struct reading *r, struct strict_text method)
{
    struct strict_text line;

    if (!take_line(r, &line) || !read_status_line(r, line))
        return false;
    if (!take_fields(r) || !settle_body(r, method))
        return false;
    if (r->m->status == 101 &&
        (!strict_lists(r->m, "connection", "upgrade") || !strict_find(r->m, "upgrade", &line)))
        return wrong(r, "101 without Upgrade");
    r->m->end = STRICT_IN_BODY;
    return take_body(r);
}

void strict_responses(struct strict *s, const char *bytes, size_t len,
                      const struct strict_text *methods, size_t count)
{
    struct reading r = { .s = s, .rest = { bytes, len } };
    size_t answered = 0;
    bool more = len > 0;

    *s = (struct strict){ .count = 0 };
    while (more) {
        if (answered == count) {
            s->why = "a response to no request";
            s->stopped = (size_t)(r.rest.at - bytes);
            return;
        }
        r.m = add_message(s, (size_t)(r.rest.at - bytes));
        more = end_message(&r, take_response(&r, methods[answered]), bytes);
        if (s->why == NULL && s->tunnel) {
            open_tunnel(&r);
            return;
        }
        answered += s->count > 0 && s->messages[s->count - 1].status >= 200;
    }
}

void strict_free(struct strict *s)
{
    while (s->count > 0)
        drop_message(s);
    free(s->messages);
    s->messages = NULL;
}
