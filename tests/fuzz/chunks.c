/* Chunked bodies: however they are cut, and however little room there is, the data and the verdict
 * are those of a second decoder that takes all at once and shares no code with the first; and what
 * is written of the data, piece by piece, is the same body to a strict reader. */
#include "http/framing.h"
#include "http/print.h"

#include "support/strict.h"

#include "cuts.h"
#include "reader.h"

#include <assert.h>

/* Larger ones could reach the bound on extensions and trailers, which the second decoder lacks. */
enum { SIZE_OF_INPUT_MAX = 16384 };

enum verdict { MORE, GOOD, BAD };

/* The second decoder. */
struct decoder {
    const char *at;
    const char *end;
    char *data;
    size_t length;
};

#define TRY(step)                                                                                  \
    do {                                                                                           \
        enum verdict result = (step);                                                              \
        if (result != GOOD)                                                                        \
            return result;                                                                         \
    } while (0)

static enum verdict take(struct decoder *d, char c)
{
    if (d->at == d->end)
        return MORE;
    return *d->at++ == c ? GOOD : BAD;
}

static enum verdict take_line_end(struct decoder *d)
{
    TRY(take(d, '\r'));
    return take(d, '\n');
}

/* One octet or more of a token, and there is something behind it. */
static enum verdict take_token(struct decoder *d)
{
    const char *start = d->at;

    while (d->at < d->end && reader_is_tchar(*d->at))
        d->at++;
    if (d->at == d->end)
        return MORE;
    return d->at > start ? GOOD : BAD;
}

static enum verdict take_quoted(struct decoder *d)
{
    TRY(take(d, '"'));
    while (d->at < d->end) {
        char c = *d->at++;

        if (c == '"')
            return GOOD;
        if (c == '\\') {
            if (d->at == d->end)
                return MORE;
            c = *d->at++;
        }
        if (!reader_is_text(c))
            return BAD;
    }
    return MORE;
}

static void pass_blanks(struct decoder *d)
{
    while (d->at < d->end && (*d->at == ' ' || *d->at == '\t'))
        d->at++;
}

/* White space may stand around the signs; none is the end of a line. */
static enum verdict take_extensions(struct decoder *d)
{
    for (;;) {
        const char *word_end = d->at;

        pass_blanks(d);
        if (d->at == d->end)
            return MORE;
        if (*d->at != ';') {
            d->at = word_end;
            return take_line_end(d);
        }
        d->at++;
        pass_blanks(d);
        TRY(take_token(d));
        word_end = d->at;
        pass_blanks(d);
        if (d->at == d->end)
            return MORE;
        if (*d->at != '=') {
            d->at = word_end;
            continue;
        }
        d->at++;
        pass_blanks(d);
        if (d->at < d->end && *d->at == '"')
            TRY(take_quoted(d));
        else
            TRY(take_token(d));
    }
}

static enum verdict take_size(struct decoder *d, unsigned long long *size)
{
    static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
    int count = 0;

    *size = 0;
    while (d->at < d->end && reader_among(*d->at, digits)) {
        if (++count > 15)
            return BAD;
        *size = 16 * *size + (unsigned long long)((strchr(digits, *d->at++) - digits) / 2);
    }
    if (d->at == d->end)
        return MORE;
    return count > 0 ? GOOD : BAD;
}

static enum verdict take_trailers(struct decoder *d)
{
    for (unsigned lines = 0;;) {
        if (d->at == d->end)
            return MORE;
        if (*d->at == '\r')
            return take_line_end(d);
        TRY(take_token(d));
        TRY(take(d, ':'));
        while (d->at < d->end && reader_is_text(*d->at))
            d->at++;
        if (d->at < d->end && *d->at == '\r' && ++lines > 100)
            return BAD;
        TRY(take_line_end(d));
    }
}

static enum verdict take_body(struct decoder *d)
{
    for (;;) {
        unsigned long long size;
        size_t there;

        TRY(take_size(d, &size));
        TRY(take_extensions(d));
        if (size == 0)
            return take_trailers(d);
        there = (size_t)(d->end - d->at);
        if (there > size)
            there = (size_t)size;
        memcpy(d->data + d->length, d->at, there);
        d->length += there;
        d->at += there;
        if (there < size)
            return MORE;
        TRY(take_line_end(d));
    }
}

/* A request with a body that is written anew. */
struct written {
    char *at;
    size_t len;
};

static void write_text(struct written *w, struct span text)
{
    memcpy(w->at + w->len, text.at, text.len);
    w->len += text.len;
}

static void write_chunk(struct written *w, struct span data)
{
    char size[PRINT_CHUNK_MAX];

    write_text(w, print_chunk_size(size, data.len));
    write_text(w, data);
    write_text(w, PRINT_CHUNK_END);
}

/* Does a strict reader find the data that are EXPECTED in what was written, and, if it is WHOLE,
 * that they are all? */
static void check_written(struct written *w, const struct decoder *expected, bool whole)
{
    const struct strict_message *m;
    struct strict s;

    if (whole)
        write_text(w, PRINT_LAST_CHUNK);
    strict_requests(&s, w->at, w->len, STRICT_NO_TUNNEL);
    m = s.messages;
    assert(s.why == NULL && s.count == 1 && m->framing == STRICT_CHUNKED);
    assert(m->end == (whole ? STRICT_WHOLE : STRICT_IN_BODY));
    assert(m->body_len == expected->length);
    assert(m->body_len == 0 || memcmp(m->body, expected->data, m->body_len) == 0);
    strict_free(&s);
}

/* Reads the body in pieces, and expects what the second decoder has found. */
static void read_pieces(const uint8_t *bytes, size_t size, const struct decoder *expected,
                        enum verdict verdict)
{
    struct head head = { .body = BODY_CHUNKED };
    struct cuts cuts = cuts_of(bytes, size);
    enum framing_news news = FRAMING_WAIT;
    struct framing framing;
    struct written written = { .at = malloc(100 + size * (PRINT_CHUNK_MAX + 4)) };
    size_t length = 0;
    size_t used = 0;

    write_text(&written, SPAN("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    framing_begin(&framing, &head);
    while (used < size && news != FRAMING_END && news != FRAMING_BAD) {
        size_t there = 1 + cuts_next(&cuts, size - used - 1);
        char *piece = cuts_copy(bytes + used, there);
        struct span rest = { piece, there };

        do {
            size_t max = 1 + cuts_next(&cuts, size);
            struct span data = { NULL, 0 };

            news = framing_read(&framing, &rest, max, &data);
            if (news != FRAMING_DATA)
                break;
            assert(data.len > 0 && data.len <= max && length + data.len <= expected->length);
            assert(memcmp(data.at, expected->data + length, data.len) == 0);
            length += data.len;
            write_chunk(&written, data);
        } while (rest.len > 0);
        used += there - rest.len;
        free(piece);
    }
    assert(length == expected->length);
    assert((news == FRAMING_BAD) == (verdict == BAD));
    assert((news == FRAMING_END) == (verdict == GOOD));
    assert(verdict != GOOD || used == (size_t)(expected->at - (expected->end - size)));
    check_written(&written, expected, news == FRAMING_END);
    free(written.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct decoder decoder;
    char *whole;

    if (size > SIZE_OF_INPUT_MAX)
        return 0;
    whole = cuts_copy(data, size);
    decoder = (struct decoder){ .at = whole, .end = whole + size, .data = malloc(size + 1) };
    read_pieces(data, size, &decoder, take_body(&decoder));
    free(decoder.data);
    free(whole);
    return 0;
}
