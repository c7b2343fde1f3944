/* Whether a request may be tried once more: a rule without side effects.
 *
 * It follows RFC 9110, 9.2.2, and is strict: never after something came back, never a body that has
 * already flowed, never a request twice that must not be done twice.
 */
#ifndef BALANCE_RETRY_H
#define BALANCE_RETRY_H

#include <stdbool.h>

/* How an attempt ended. */
struct retry_case {
    bool answered;       /* a part of the response was seen */
    bool sent;           /* a byte of the request may have reached the backend */
    bool body_moved;     /* bytes of the request's body were taken from the client */
    bool idempotent;     /* doing it twice does it once */
    bool reused;         /* over a kept-open connection, which may just have been closed */
    unsigned tries_left; /* attempts the config still allows */
};

enum retry_news {
    RETRY_NO,    /* the client has to be told */
    RETRY_OTHER, /* with a backend that was not tried yet; costs one of tries_left */
    RETRY_SAME,  /* with the same backend, over a new connection; costs nothing */
};

/* What to do after an attempt that ended so. */
enum retry_news retry_judge(const struct retry_case *attempt);

#endif
