/*
 * request: the head of a request, read strictly.
 *
 * First the end of the head is looked for; then the head is cut into lines, and each line is read
 * by a function that says false, and has said why, if it is not right.
 */
#include "request.h"

#include <string.h>

#include "inbuf.h"

struct field {
    struct slice name;
    struct slice value;
};

static bool refuse(struct request *r, int status, const char *why)
{
    r->status = status;
    r->why = why;
    return false;
}

/* Is C one of the characters that methods and field names are made of? */
static bool is_token_char(unsigned char c)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return c != '\0' && strchr(others, c) != NULL;
}

static bool is_token(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_token_char((unsigned char)s.at[i]))
            return false;
    return s.len > 0;
}

/* Has S no control characters but tabs? Carriage returns and line feeds are among those. */
static bool is_printable(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];

        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Cuts one line off *REST. False if it ends in anything but carriage return and line feed. */
static bool cut_line(struct slice *rest, struct slice *line)
{
    if (!slice_cut(rest, '\n', line) || line->len == 0 || line->at[line->len - 1] != '\r')
        return false;
    line->len--;
    return true;
}

/*
 * Sets path and query. What is neither a path nor absolute, "*" for instance, is a path as it is.
 */
static void read_target(struct request *r, struct slice target)
{
    const char *host = memmem(target.at, target.len, "://", 3);

    if (target.at[0] != '/' && host != NULL) {
        size_t before = (size_t)(host + 3 - target.at);
        const char *path = memchr(host + 3, '/', target.len - before);
        size_t skip = path != NULL ? (size_t)(path - target.at) : target.len;

        target = (struct slice){ target.at + skip, target.len - skip };
    }
    r->path = (struct slice){ target.at, 0 };
    slice_cut(&target, '?', &r->path);
    r->query = target;
}

static bool read_version(struct request *r, struct slice version)
{
    if (version.len != 8 || memcmp(version.at, "HTTP/", 5) != 0)
        return refuse(r, 400, "the request line is not METHOD TARGET HTTP/1.x");
    if (!slice_is(version, "HTTP/1.1") && !slice_is(version, "HTTP/1.0"))
        return refuse(r, 505, "the version is neither HTTP/1.1 nor HTTP/1.0");

    r->minor = version.at[7] - '0';
    r->keep_alive = r->minor == 1;
    return true;
}

static bool read_request_line(struct request *r, struct slice line)
{
    struct slice target;

    if (!slice_cut(&line, ' ', &r->method) || !is_token(r->method))
        return refuse(r, 400, "the method is not a token");
    if (!slice_cut(&line, ' ', &target) || target.len == 0 || !is_printable(target) ||
        memchr(target.at, '\t', target.len) != NULL)
        return refuse(r, 400, "the target is empty or has control characters");

    read_target(r, target);
    return read_version(r, line);
}

static bool on_host(struct request *r, struct slice value)
{
    (void)r;
    (void)value;
    return true;
}

static bool on_content_type(struct request *r, struct slice value)
{
    r->content_type = value;
    return true;
}

static bool on_content_length(struct request *r, struct slice value)
{
    if (!slice_number(value, &r->length))
        return refuse(r, 400, "Content-Length is not a number");
    return true;
}

static bool on_transfer_encoding(struct request *r, struct slice value)
{
    if (!slice_is_word(value, "chunked"))
        return refuse(r, 501, "Transfer-Encoding is not exactly chunked");
    r->chunked = true;
    return true;
}

static bool on_expect(struct request *r, struct slice value)
{
    if (!slice_is_word(value, "100-continue"))
        return refuse(r, 417, "Expect is not 100-continue");
    r->expects_continue = r->minor == 1;
    return true;
}

static bool on_connection(struct request *r, struct slice value)
{
    struct slice word;

    while (slice_cut(&value, ',', &word)) {
        word = slice_trim(word);
        if (slice_is_word(word, "close"))
            r->keep_alive = false;
        else if (slice_is_word(word, "keep-alive") && r->minor == 0)
            r->keep_alive = true;
    }
    return true;
}

enum { SEEN_HOST = 1, SEEN_LENGTH = 2, SEEN_CODING = 4, SEEN_TYPE = 8 };

/* The fields that matter here. Those with a bit may come only once. */
static const struct {
    const char *name;
    unsigned seen;
    bool (*read)(struct request *r, struct slice value);
} readers[] = {
    { "Host", SEEN_HOST, on_host },
    { "Content-Length", SEEN_LENGTH, on_content_length },
    { "Transfer-Encoding", SEEN_CODING, on_transfer_encoding },
    { "Content-Type", SEEN_TYPE, on_content_type },
    { "Connection", 0, on_connection },
    { "Expect", 0, on_expect },
};

static bool read_field(struct request *r, struct field f)
{
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (!slice_is_word(f.name, readers[i].name))
            continue;
        if (r->seen & readers[i].seen)
            return refuse(r, 400, "Host, Content-Length, Transfer-Encoding or Content-Type twice");
        r->seen |= readers[i].seen;
        return readers[i].read(r, f.value);
    }
    return true;
}

static bool read_field_line(struct request *r, struct slice line)
{
    struct field f;

    if (memchr(line.at, ':', line.len) == NULL)
        return refuse(r, 400, "a field without a colon");
    slice_cut(&line, ':', &f.name);
    if (!is_token(f.name))
        return refuse(r, 400, "a field name that is not a token, or a folded line");
    if (!is_printable(line))
        return refuse(r, 400, "a field value with control characters");

    f.value = slice_trim(line);
    return read_field(r, f);
}

static bool check_together(struct request *r)
{
    if (r->minor == 1 && !(r->seen & SEEN_HOST))
        return refuse(r, 400, "no Host");
    if ((r->seen & SEEN_LENGTH) && r->chunked)
        return refuse(r, 400, "both Content-Length and Transfer-Encoding");
    if (r->chunked && r->minor == 0)
        return refuse(r, 400, "Transfer-Encoding in HTTP/1.0");
    return true;
}

static bool read_lines(struct request *r)
{
    struct slice rest = { r->head.at, r->head.len - 2 }; /* without the empty line */
    struct slice line;

    if (!cut_line(&rest, &line))
        return refuse(r, 400, "the request line does not end in CR LF");
    if (!read_request_line(r, line))
        return false;

    while (rest.len > 0) {
        if (!cut_line(&rest, &line))
            return refuse(r, 400, "a field does not end in CR LF");
        if (!read_field_line(r, line))
            return false;
    }
    return check_together(r);
}

enum request_news request_read(struct request *r, struct slice bytes, size_t known)
{
    static const char end_mark[] = "\r\n\r\n";
    size_t skip = known > 3 ? known - 3 : 0; /* the mark may have been cut */
    const char *end = memmem(bytes.at + skip, bytes.len - skip, end_mark, 4);
    size_t length = end != NULL ? (size_t)(end + 4 - bytes.at) : bytes.len;

    *r = (struct request){ .head = { bytes.at, length } };
    if (length > INBUF_HEAD_MAX || (end == NULL && length == INBUF_HEAD_MAX)) {
        refuse(r, 431, "the head is longer than 65536 bytes");
        return REQUEST_BAD;
    }
    if (end == NULL)
        return REQUEST_MORE;
    return read_lines(r) ? REQUEST_READY : REQUEST_BAD;
}
