/* One field of a head, and which of them the proxy knows. */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* The fields that the proxy itself has to understand. */
#define FIELD_LIST(X)                                                                              \
    X(FIELD_CONNECTION, "Connection")                                                              \
    X(FIELD_CONTENT_LENGTH, "Content-Length")                                                      \
    X(FIELD_DATE, "Date")                                                                          \
    X(FIELD_EXPECT, "Expect")                                                                      \
    X(FIELD_FORWARDED, "Forwarded")                                                                \
    X(FIELD_HOST, "Host")                                                                          \
    X(FIELD_KEEP_ALIVE, "Keep-Alive")                                                              \
    X(FIELD_MAX_FORWARDS, "Max-Forwards")                                                          \
    X(FIELD_PROXY_CONNECTION, "Proxy-Connection")                                                  \
    X(FIELD_TE, "TE")                                                                              \
    X(FIELD_TRAILER, "Trailer")                                                                    \
    X(FIELD_TRANSFER_ENCODING, "Transfer-Encoding")                                                \
    X(FIELD_UPGRADE, "Upgrade")                                                                    \
    X(FIELD_VIA, "Via")                                                                            \
    X(FIELD_X_FORWARDED_FOR, "X-Forwarded-For")                                                    \
    X(FIELD_X_FORWARDED_HOST, "X-Forwarded-Host")                                                  \
    X(FIELD_X_FORWARDED_PROTO, "X-Forwarded-Proto")                                                \
    X(FIELD_X_FORWARDED, "X-Forwarded-") /* and whatever else begins so */

#define FIELD_CODE(code, text) code,
enum field_id { FIELD_OTHER, FIELD_LIST(FIELD_CODE) FIELD_COUNT };
#undef FIELD_CODE

struct field {
    struct span name;
    struct span value; /* without white space at its ends */
    enum field_id id;
    bool gone; /* dropped: not looked at, not printed */
    bool own;  /* set here, by a script: no Connection can name it away */
};

/* The letters that names begin with that are known, or of a family, by their length: most other
 * names are told apart by that alone. */
enum { FIELD_LENGTHS = 19 };

extern const uint32_t field_letters[FIELD_LENGTHS];

/* Which field NAME is that begins with one of these letters. */
enum field_id field_look_up(struct span name);

/* Which field NAME is. */
static inline enum field_id field_identify(struct span name)
{
    uint32_t letters =
        field_letters[name.len < FIELD_LENGTHS ? name.len : (size_t)FIELD_LENGTHS - 1];

    if (letters == 0 || (letters >> (unsigned char)name.at[0] % 32 & 1) == 0)
        return FIELD_OTHER;
    return field_look_up(name);
}

/* Could NAME, if it has underscores, be taken by a backend for one of the fields we vouch for? */
bool field_is_lookalike(struct span name);

#endif
