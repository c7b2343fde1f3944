/* Parts to bytes. */
#include "http/print.h"

#include "conf/config.h"

#include <assert.h>
#include <string.h>

/* What is added to a head on its way, at most: a blank in each field, the fields that `hop` and
 * `print` write anew, and what a script sets. So whatever was read fits an empty buffer. */
enum { GROWTH_MAX = CONFIG_FIELDS_MAX + 2048 + HEAD_ADDED_MAX };
_Static_assert(CONFIG_HEAD_MAX + GROWTH_MAX <= BUF_SIZE, "a head must fit a buffer");

static char *put(char *to, struct span text)
{
    if (text.len > 0)
        memcpy(to, text.at, text.len);
    return to + text.len;
}

/* Prints NUMBER in BASE, at most 20 digits. */
static char *put_number(char *to, uint64_t number, unsigned base)
{
    char digits[24];
    char *first = digits + sizeof digits;

    do {
        *--first = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    return put(to, (struct span){ first, (size_t)(digits + sizeof digits - first) });
}

/* Does FIELD stand somewhere as it would be written? */
static bool is_written(const struct field *field)
{
    const char *between = field->name.at + field->name.len;

    return field->value.at == between + 2 && between[0] == ':' && between[1] == ' ';
}

/* The line of FIELD, which is written somewhere, and those of the fields behind it that follow
 * there. *COUNT is their number, of LEFT at most. Their last CRLF is left out. */
static struct span written_lines(const struct field *field, unsigned left, unsigned *count)
{
    const char *start = field->name.at;
    const char *end = field->value.at + field->value.len;

    for (*count = 1; *count < left; ++*count) {
        const struct field *next = &field[*count];

        if (next->gone || next->name.at != end + 2 || memcmp(end, "\r\n", 2) != 0 ||
            !is_written(next))
            break;
        end = next->value.at + next->value.len;
    }
    return (struct span){ start, (size_t)(end - start) };
}

/* Most fields come as they are written, one behind the other: so many are copied together. */
static char *put_fields(char *to, const struct head *head)
{
    unsigned count;

    for (unsigned i = 0; i < head->count; i += count) {
        const struct field *field = &head->fields[i];

        count = 1;
        if (field->gone)
            continue;
        if (is_written(field)) {
            to = put(to, written_lines(field, head->count - i, &count));
        } else {
            to = put(to, field->name);
            *to++ = ':';
            *to++ = ' ';
            to = put(to, field->value);
        }
        *to++ = '\r';
        *to++ = '\n';
    }
    return to;
}

static char *put_framing(char *to, enum body body, const struct head *head)
{
    if (body == BODY_CHUNKED)
        return put(to, SPAN("Transfer-Encoding: chunked\r\n"));
    if (body == BODY_LENGTH || head->tells_length) {
        to = put(to, SPAN("Content-Length: "));
        to = put_number(to, head->length, 10);
        return put(to, SPAN("\r\n"));
    }
    return to;
}

/* Where a head can be printed. */
static char *space_for_head(struct buf *out)
{
    size_t size;

    assert(buf_len(out) == 0);
    return buf_space(out, &size);
}

/* What goes on in another protocol. */
static char *put_upgrade(char *to, struct span protocols)
{
    to = put(to, SPAN("Connection: upgrade\r\nUpgrade: "));
    to = put(to, protocols);
    return put(to, SPAN("\r\n"));
}

void print_request(struct buf *out, const struct head *request)
{
    char *start = space_for_head(out);
    char *to = put(start, request->method);

    *to++ = ' ';
    to = put(to, request->target);
    to = put(to, SPAN(" HTTP/1.1\r\n"));
    to = put_fields(to, request);
    to = put_framing(to, request->body, request);
    if (request->upgrade.len > 0)
        to = put_upgrade(to, request->upgrade);
    to = put(to, SPAN("\r\n"));
    buf_added(out, (size_t)(to - start));
}

void print_response(struct buf *out, const struct head *response, unsigned minor, bool keep,
                    enum body body)
{
    char *start = space_for_head(out);
    char *to = put(start, SPAN("HTTP/1.1 "));

    *to++ = (char)('0' + response->status / 100);
    *to++ = (char)('0' + response->status / 10 % 10);
    *to++ = (char)('0' + response->status % 10);
    *to++ = ' ';
    to = put(to, response->reason);
    to = put(to, SPAN("\r\n"));
    to = put_fields(to, response);
    to = put_framing(to, body, response);
    if (response->upgrade.len > 0) {
        to = put_upgrade(to, response->upgrade);
    } else if (!head_is_interim(response) && body != BODY_TUNNEL) {
        if (!keep)
            to = put(to, SPAN("Connection: close\r\n"));
        else if (minor == 0)
            to = put(to, SPAN("Connection: keep-alive\r\n"));
    }
    to = put(to, SPAN("\r\n"));
    buf_added(out, (size_t)(to - start));
}

enum body print_framing(enum body body, unsigned minor)
{
    if (body == BODY_CHUNKED || body == BODY_UNTIL_CLOSE)
        return minor > 0 ? BODY_CHUNKED : BODY_UNTIL_CLOSE;
    return body;
}

struct span print_chunk_size(char *text, size_t size)
{
    char *to = put_number(text, size, 16);

    to = put(to, SPAN("\r\n"));
    return (struct span){ text, (size_t)(to - text) };
}
