/* A second opinion: reads heads by the letter of RFC 9112 and refuses whatever deviates from it. It
 * shares no code with core/, or a mistake there would hide itself.
 */
#ifndef FUZZ_READER_H
#define FUZZ_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { READER_FIELDS_MAX = 200 };

struct reader_text {
    const char *at;
    size_t len;
};

struct reader_field {
    struct reader_text name;
    struct reader_text value;
};

struct reader_head {
    struct reader_text method, target; /* of a request */
    struct reader_text status, reason; /* of a response */
    char minor;                        /* '0' or '1' */
    struct reader_field fields[READER_FIELDS_MAX];
    size_t count;
    unsigned lengths;          /* how many Content-Length there are */
    unsigned codings;          /* how many Transfer-Encoding */
    unsigned long long length; /* what the last Content-Length says */
};

/* Is C one of SET? */
static inline bool reader_among(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static inline bool reader_is_tchar(char c)
{
    return reader_among(c, "!#$%&'*+-.^_`|~0123456789"
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* May C stand in a field value or a reason? */
static inline bool reader_is_text(char c)
{
    return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

/* Are TEXT and WORD, in small letters, the same but for case? */
static inline bool reader_is(struct reader_text text, const char *word)
{
    size_t i = 0;

    for (; i < text.len && word[i] != '\0'; i++) {
        char c = text.at[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        if (c != word[i])
            return false;
    }
    return i == text.len && word[i] == '\0';
}

static inline bool reader_same(struct reader_text a, struct reader_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Cuts off what stands in front of STOP, and STOP. False if there is none. */
static inline bool reader_cut(struct reader_text *text, const char *stop,
                              struct reader_text *before)
{
    const char *found = memmem(text->at, text->len, stop, strlen(stop));

    if (found == NULL)
        return false;
    *before = (struct reader_text){ text->at, (size_t)(found - text->at) };
    text->len -= before->len + strlen(stop);
    text->at = found + strlen(stop);
    return true;
}

static inline struct reader_text reader_trim(struct reader_text text)
{
    while (text.len > 0 && reader_among(text.at[0], " \t")) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && reader_among(text.at[text.len - 1], " \t"))
        text.len--;
    return text;
}

static inline bool reader_version(struct reader_head *head, struct reader_text text)
{
    if (text.len != 8 || memcmp(text.at, "HTTP/1.", 7) != 0)
        return false;
    head->minor = text.at[7] == '0' ? '0' : '1';
    return text.at[7] >= '0' && text.at[7] <= '9';
}

static inline bool reader_length(struct reader_head *head, struct reader_text text)
{
    head->length = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        if (head->length > 922337203685477580 ||
            (head->length == 922337203685477580 && text.at[i] > '7'))
            return false;
        head->length = 10 * head->length + (unsigned long long)(text.at[i] - '0');
    }
    return text.len > 0;
}

static inline bool reader_line(struct reader_head *head, struct reader_text line)
{
    struct reader_field field;

    if (head->count == READER_FIELDS_MAX || !reader_cut(&line, ":", &field.name))
        return false;
    field.value = reader_trim(line);
    if (field.name.len == 0)
        return false;
    for (size_t i = 0; i < field.name.len; i++)
        if (!reader_is_tchar(field.name.at[i]))
            return false;
    for (size_t i = 0; i < line.len; i++)
        if (!reader_is_text(line.at[i]))
            return false;
    head->fields[head->count++] = field;

    if (reader_is(field.name, "content-length")) {
        head->lengths++;
        return reader_length(head, field.value);
    }
    if (reader_is(field.name, "transfer-encoding")) {
        head->codings++;
        return reader_is(field.value, "chunked");
    }
    return true;
}

/* Reads all fields of REST, which ends with the empty line and nothing behind it. */
static inline bool reader_fields(struct reader_head *head, struct reader_text rest)
{
    struct reader_text line;

    for (;;) {
        if (!reader_cut(&rest, "\r\n", &line))
            return false;
        if (line.len == 0)
            break;
        if (!reader_line(head, line))
            return false;
    }
    return rest.len == 0 && head->lengths + head->codings <= 1 &&
           (head->codings == 0 || head->minor == '1');
}

/* How many fields are called NAME, in small letters. *LAST is the last of them. */
static inline unsigned reader_find(const struct reader_head *head, const char *name,
                                   struct reader_text *last)
{
    unsigned count = 0;

    for (size_t i = 0; i < head->count; i++) {
        if (reader_is(head->fields[i].name, name)) {
            *last = head->fields[i].value;
            count++;
        }
    }
    return count;
}

/* Reads the head of a request, LEN bytes. False if it is not one that everybody reads alike. */
static inline bool reader_request(struct reader_head *head, const char *bytes, size_t len)
{
    struct reader_text rest = { bytes, len };
    struct reader_text line;
    struct reader_text host;

    *head = (struct reader_head){ .count = 0 };
    if (!reader_cut(&rest, "\r\n", &line) || !reader_cut(&line, " ", &head->method) ||
        !reader_cut(&line, " ", &head->target) || !reader_version(head, line))
        return false;
    if (head->method.len == 0 || head->target.len == 0)
        return false;
    for (size_t i = 0; i < head->method.len; i++)
        if (!reader_is_tchar(head->method.at[i]))
            return false;
    for (size_t i = 0; i < head->target.len; i++)
        if (head->target.at[i] <= ' ' || head->target.at[i] >= 0x7f)
            return false;
    if (!reader_fields(head, rest))
        return false;
    switch (reader_find(head, "host", &host)) {
    case 0:
        return head->minor == '0';
    case 1:
        return host.len > 0;
    default:
        return false;
    }
}

/* Reads the head of a response. */
static inline bool reader_response(struct reader_head *head, const char *bytes, size_t len)
{
    struct reader_text rest = { bytes, len };
    struct reader_text line;
    struct reader_text version;

    *head = (struct reader_head){ .count = 0 };
    if (!reader_cut(&rest, "\r\n", &line) || !reader_cut(&line, " ", &version) ||
        !reader_version(head, version))
        return false;
    if (!reader_cut(&line, " ", &head->status)) {
        head->status = line;
        line.len = 0;
    }
    head->reason = line;
    if (head->status.len != 3 || !reader_among(head->status.at[0], "12345"))
        return false;
    for (size_t i = 1; i < 3; i++)
        if (!reader_among(head->status.at[i], "0123456789"))
            return false;
    for (size_t i = 0; i < line.len; i++)
        if (!reader_is_text(line.at[i]))
            return false;
    return reader_fields(head, rest);
}

/* Does Connection name NAME? */
static inline bool reader_names(const struct reader_head *head, struct reader_text name)
{
    for (size_t i = 0; i < head->count; i++) {
        struct reader_text rest = head->fields[i].value;
        struct reader_text word;

        if (!reader_is(head->fields[i].name, "connection"))
            continue;
        while (reader_cut(&rest, ",", &word) || (word = rest, rest.len = 0, word.len > 0)) {
            char lower[128] = "";

            word = reader_trim(word);
            for (size_t j = 0; j < word.len && j + 1 < sizeof lower; j++)
                lower[j] =
                    (char)(word.at[j] >= 'A' && word.at[j] <= 'Z' ? word.at[j] + 32 : word.at[j]);
            if (word.len > 0 && word.len < sizeof lower && reader_is(name, lower))
                return true;
        }
    }
    return false;
}

/* Must a proxy keep FIELD to itself? */
static inline bool reader_ends_here(const struct reader_head *head,
                                    const struct reader_field *field)
{
    static const char *const names[] = {
        "connection", "content-length", "keep-alive",        "proxy-connection",
        "te",         "trailer",        "transfer-encoding", "upgrade",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (reader_is(field->name, names[i]))
            return true;
    return reader_names(head, field->name);
}

#endif
