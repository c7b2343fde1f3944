/* A second opinion: what a string of bytes means as messages of HTTP/1, by the letter of RFC 9112.
 *
 * Nothing that the RFC merely tolerates is tolerated here, and of what it leaves open only what
 * luaproxy itself writes: no chunk extensions, no trailers, lengths without leading zeros. It
 * shares no code with core/, or a mistake there would hide itself.
 *
 *     struct strict s;
 *
 *     strict_requests(&s, bytes, len, STRICT_NO_TUNNEL);
 *     if (s.why == NULL && s.count == 1 && s.messages[0].end == STRICT_WHOLE)
 *         ...
 *     strict_free(&s);
 */
#ifndef SUPPORT_STRICT_H
#define SUPPORT_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strict_text {
    const char *at;
    size_t len;
};

struct strict_field {
    struct strict_text name;
    struct strict_text value; /* without white space at its ends */
};

/* How the end of a body is told. */
enum strict_body { STRICT_NO_BODY, STRICT_LENGTH, STRICT_CHUNKED, STRICT_UNTIL_CLOSE };

enum strict_end {
    STRICT_WHOLE,   /* all of it is there */
    STRICT_OPEN,    /* its body is whatever comes until the close: it ends well if that does */
    STRICT_IN_BODY, /* the bytes end within its body, */
    STRICT_IN_HEAD, /* or within its head: only the start line can be relied on, if it has one */
};

/* One message. Texts are where they were read. */
struct strict_message {
    struct strict_text method, target; /* of a request */
    unsigned status;                   /* of a response, and then not 0 */
    struct strict_text reason;
    unsigned minor; /* of its version: 0 or 1 */
    struct strict_field *fields;
    size_t count;
    enum strict_body framing;
    uint64_t length; /* for STRICT_LENGTH */
    char *body;      /* decoded */
    size_t body_len;
    enum strict_end end;
    bool closes;        /* nothing may follow it */
    size_t start, stop; /* its bytes: from the first to behind the last */
};

struct strict {
    struct strict_message *messages; /* only the last one may be incomplete */
    size_t count;
    bool tunnel;               /* a message opened a tunnel: */
    struct strict_text opaque; /* what came through it */
    const char *why;           /* what stands behind the messages is none; NULL: nothing does */
    size_t stopped;            /* where that is */
    size_t room;
};

#define STRICT_NO_TUNNEL SIZE_MAX

/* Reads requests. Behind the one with the number TUNNEL, the first is 0, nothing is a request any
 * more; STRICT_NO_TUNNEL if there is none such. */
void strict_requests(struct strict *s, const char *bytes, size_t len, size_t tunnel);

/* Reads the responses to requests with these METHODS, COUNT of them. */
void strict_responses(struct strict *s, const char *bytes, size_t len,
                      const struct strict_text *methods, size_t count);

/* Frees what S owns; the bytes stay the caller's. */
void strict_free(struct strict *s);

/* Is TEXT the same as WORD, whatever their case? */
bool strict_is(struct strict_text text, const char *word);

/* How many fields of MESSAGE are called NAME. *LAST is the value of the last one, empty if none. */
size_t strict_find(const struct strict_message *message, const char *name,
                   struct strict_text *last);

/* Does a field called NAME of MESSAGE list TOKEN, whatever their case? */
bool strict_lists(const struct strict_message *message, const char *name, const char *token);

#endif
