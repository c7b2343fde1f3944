/* Where a body ends.
 *
 *                      +----------------------------------------------+
 *                      v                                              |
 *   SIZE --CR--> SIZE_LF --LF--> DATA --left==0--> DATA_CR --> DATA_LF+
 *     |  ^                |
 *     ;  |                +-size==0--> LINE --CR--> LINE_LF --> LINE ...
 *     v  CR                             |
 *   extensions                          +--CR at its start--> LAST_LF --> END
 *
 *   extensions:  SEMICOLON --> NAME --=--> EQUALS --> VALUE
 *                                             \--"--> QUOTED --"--> UNQUOTED
 *   with a blank behind a name: NAMED, behind a size or a value: WORD_END
 */
#include "http/framing.h"

#include "http/judge.h"
#include "http/octet.h"
#include "http/upgrade.h"

enum {
    CHUNK_SIZE,
    CHUNK_WORD_END, /* the first state of an extension ... */
    CHUNK_SEMICOLON,
    CHUNK_NAME,
    CHUNK_NAMED,
    CHUNK_EQUALS,
    CHUNK_VALUE,
    CHUNK_QUOTED,
    CHUNK_ESCAPE,
    CHUNK_UNQUOTED, /* ... and the last */
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_LINE,
    CHUNK_LINE_LF,
    CHUNK_LAST_LF,
    CHUNK_END,
    CHUNK_BAD,
};

enum { DIGITS_MAX = 15, OVERHEAD_MAX = 16384, TRAILERS_MAX = 100 };

static enum err refuse(struct head *head, enum err err, const char *why)
{
    head->why = why;
    return err;
}

/* Reads what both fields say. *CHUNKED and *LENGTH tell whether they are there. */
static enum err read_fields(struct head *head, bool *chunked, bool *has_length)
{
    const struct field *coding = head_find(head, FIELD_TRANSFER_ENCODING);
    const struct field *length = head_find(head, FIELD_CONTENT_LENGTH);

    if (head_repeats(head, FIELD_TRANSFER_ENCODING) || head_repeats(head, FIELD_CONTENT_LENGTH))
        return refuse(head, ERR_MALFORMED, "framing field repeated");
    *chunked = coding != NULL;
    *has_length = length != NULL;
    if (coding != NULL && length != NULL)
        return refuse(head, ERR_MALFORMED, "both Content-Length and Transfer-Encoding");
    if (coding != NULL && head->minor == 0)
        return refuse(head, ERR_MALFORMED, "Transfer-Encoding in HTTP/1.0");
    if (coding != NULL && !span_eq_case(coding->value, SPAN("chunked")))
        return octet_all(coding->value, OCTET_TOKEN)
                   ? refuse(head, ERR_CODING, "unknown transfer coding")
                   : refuse(head, ERR_MALFORMED, "bad Transfer-Encoding");
    if (coding != NULL && !judge_sees_chunks(head))
        return refuse(head, ERR_MALFORMED, "Transfer-Encoding that can be read in two ways");
    if (length != NULL && !span_number(length->value, INT64_MAX, &head->length))
        return refuse(head, ERR_MALFORMED, "bad Content-Length");
    return OK;
}

enum err framing_of_request(struct head *request)
{
    bool chunked;
    bool has_length;
    enum err err = read_fields(request, &chunked, &has_length);

    if (err != OK)
        return err;
    request->body = chunked ? BODY_CHUNKED : has_length ? BODY_LENGTH : BODY_NONE;
    return OK;
}

enum err framing_of_response(struct head *response, const struct head *request)
{
    bool chunked;
    bool has_length;
    enum err err;

    if (head_is_connect(request) && response->status / 100 == 2) {
        response->body = BODY_TUNNEL; /* whatever its fields say (RFC 9110, 9.3.6) */
        return OK;
    }
    err = read_fields(response, &chunked, &has_length);
    if (err != OK)
        return err;
    if (response->status < 200 || response->status == 204) {
        response->body = BODY_NONE;
    } else if (response->status == 304 || head_is_head(request)) {
        response->body = BODY_NONE;
        response->tells_length = has_length;
    } else if (chunked) {
        response->body = BODY_CHUNKED;
    } else if (has_length) {
        response->body = BODY_LENGTH;
    } else {
        response->body = BODY_UNTIL_CLOSE;
        response->persistent = false;
    }
    return response->status == 101 ? upgrade_agree(response, request) : OK;
}

void framing_begin(struct framing *framing, const struct head *head)
{
    *framing = (struct framing){ .body = head->body, .state = CHUNK_SIZE };
    if (head->body == BODY_LENGTH)
        framing->left = head->length;
}

static struct span cut_data(struct span *input, size_t max, uint64_t left)
{
    struct span data = *input;

    if (data.len > max)
        data.len = max;
    if (data.len > left)
        data.len = (size_t)left;
    *input = span_skip(*input, data.len);
    return data;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* What C leads to behind a size, or a value of an extension. */
static unsigned end_word(char c)
{
    if (c == '\r')
        return CHUNK_SIZE_LF;
    return c == ';' ? CHUNK_SEMICOLON : is_blank(c) ? CHUNK_WORD_END : CHUNK_BAD;
}

/* What C leads to behind a name. */
static unsigned end_name(char c)
{
    return c == '=' ? CHUNK_EQUALS : is_blank(c) ? CHUNK_NAMED : end_word(c);
}

/* What C leads to inside quotes. */
static unsigned quote(char c)
{
    return octet_is(c, OCTET_ODD) ? CHUNK_BAD : CHUNK_QUOTED;
}

static unsigned on_size(struct framing *f, char c)
{
    if (octet_is(c, OCTET_HEX)) {
        unsigned digit =
            octet_is(c, OCTET_DIGIT) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);

        f->left = f->left * 16 + digit;
        return ++f->digits > DIGITS_MAX ? CHUNK_BAD : CHUNK_SIZE;
    }
    if (f->digits == 0)
        return CHUNK_BAD;
    return end_word(c);
}

/* An extension is `;name`, `;name=value` or `;name="value"`, and dropped. White space may stand
 * around the signs, though not at the end of the line (RFC 9112 section 7.1.1). */
static unsigned on_extension(struct framing *f, char c)
{
    bool token = octet_is(c, OCTET_TOKEN);

    if (++f->overhead > OVERHEAD_MAX)
        return CHUNK_BAD;
    switch (f->state) {
    case CHUNK_WORD_END:
        return c == '\r' ? CHUNK_BAD : end_word(c);
    case CHUNK_SEMICOLON:
        return token ? CHUNK_NAME : is_blank(c) ? CHUNK_SEMICOLON : CHUNK_BAD;
    case CHUNK_NAME:
        return token ? CHUNK_NAME : end_name(c);
    case CHUNK_NAMED:
        return c == '\r' ? CHUNK_BAD : end_name(c);
    case CHUNK_EQUALS:
        if (is_blank(c))
            return CHUNK_EQUALS;
        return token ? CHUNK_VALUE : c == '"' ? CHUNK_QUOTED : CHUNK_BAD;
    case CHUNK_VALUE:
        return token ? CHUNK_VALUE : end_word(c);
    case CHUNK_QUOTED:
        return c == '"' ? CHUNK_UNQUOTED : c == '\\' ? CHUNK_ESCAPE : quote(c);
    case CHUNK_ESCAPE:
        return quote(c);
    default:
        return end_word(c);
    }
}

static unsigned on_size_lf(struct framing *f, char c)
{
    if (c != '\n')
        return CHUNK_BAD;
    f->digits = 0;
    f->line = 0;
    f->named = false;
    return f->left > 0 ? CHUNK_DATA : CHUNK_LINE;
}

/* Trailers are read as strictly as fields, and dropped. */
static unsigned on_line(struct framing *f, char c)
{
    if (++f->overhead > OVERHEAD_MAX)
        return CHUNK_BAD;
    if (c == '\r') {
        if (f->line == 0)
            return CHUNK_LAST_LF;
        return f->named && ++f->trailers <= TRAILERS_MAX ? CHUNK_LINE_LF : CHUNK_BAD;
    }
    if (octet_is(c, OCTET_ODD))
        return CHUNK_BAD;
    if (c == ':' && f->line > 0)
        f->named = true;
    else if (!f->named && !octet_is(c, OCTET_TOKEN))
        return CHUNK_BAD;
    f->line++;
    return CHUNK_LINE;
}

/* What state a byte leads to. */
static unsigned next_state(struct framing *f, char c)
{
    if (f->state >= CHUNK_WORD_END && f->state <= CHUNK_UNQUOTED)
        return on_extension(f, c);
    switch (f->state) {
    case CHUNK_SIZE:
        return on_size(f, c);
    case CHUNK_SIZE_LF:
        return on_size_lf(f, c);
    case CHUNK_DATA_CR:
        return c == '\r' ? CHUNK_DATA_LF : CHUNK_BAD;
    case CHUNK_DATA_LF:
        return c == '\n' ? CHUNK_SIZE : CHUNK_BAD;
    case CHUNK_LINE:
        return on_line(f, c);
    case CHUNK_LINE_LF:
        f->line = 0;
        f->named = false;
        return c == '\n' ? CHUNK_LINE : CHUNK_BAD;
    case CHUNK_LAST_LF:
        return c == '\n' ? CHUNK_END : CHUNK_BAD;
    default:
        return CHUNK_BAD;
    }
}

static enum framing_news read_chunked(struct framing *f, struct span *input, size_t max,
                                      struct span *data)
{
    while (f->state != CHUNK_END && f->state != CHUNK_BAD && input->len > 0) {
        if (f->state == CHUNK_DATA) {
            *data = cut_data(input, max, f->left);
            f->left -= data->len;
            if (f->left == 0)
                f->state = CHUNK_DATA_CR;
            return data->len > 0 ? FRAMING_DATA : FRAMING_WAIT;
        }
        f->state = next_state(f, input->at[0]);
        *input = span_skip(*input, 1);
    }
    if (f->state == CHUNK_END)
        return FRAMING_END;
    return f->state == CHUNK_BAD ? FRAMING_BAD : FRAMING_WAIT;
}

static enum framing_news read_length(struct framing *f, struct span *input, size_t max,
                                     struct span *data)
{
    if (f->left == 0)
        return FRAMING_END;
    *data = cut_data(input, max, f->left);
    f->left -= data->len;
    return data->len > 0 ? FRAMING_DATA : FRAMING_WAIT;
}

enum framing_news framing_read(struct framing *framing, struct span *input, size_t max,
                               struct span *data)
{
    switch (framing->body) {
    case BODY_NONE:
        return FRAMING_END;
    case BODY_LENGTH:
        return read_length(framing, input, max, data);
    case BODY_CHUNKED:
        return read_chunked(framing, input, max, data);
    case BODY_UNTIL_CLOSE:
    case BODY_TUNNEL:
        *data = cut_data(input, max, UINT64_MAX);
        return data->len > 0 ? FRAMING_DATA : FRAMING_WAIT;
    }
    return FRAMING_BAD;
}
