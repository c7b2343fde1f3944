/* Whether a request may be tried once more, and when: rules without side effects.
 *
 * They follow RFC 9110, 9.2.2, and are strict: never after something was passed back, never without
 * all of the body, never a request twice that must not be done twice.
 */
#ifndef BALANCE_RETRY_H
#define BALANCE_RETRY_H

#include "base/err.h"
#include "conf/config.h"

#include <stdbool.h>

/* What another attempt would be for. */
enum retry_cause {
    RETRY_FOR_CONNECT, /* there was no connection */
    RETRY_FOR_RESET,   /* it ended before the response began */
    RETRY_FOR_TIMEOUT, /* the response did not come in time */
    RETRY_FOR_STATUS,  /* the response is there, and is not what one could wish for */
    RETRY_FOR_NOTHING, /* that the response makes no sense, or a fault of our own */
};

/* How an attempt ended. */
struct retry_case {
    enum retry_cause cause;
    bool wanted;         /* the config has that among its reasons */
    bool answered;       /* a part of the response was seen, and passed on or not understood */
    bool sent;           /* a byte of the request may have reached the backend */
    bool repeatable;     /* the body of the request, if there is one, can be had from its start */
    bool idempotent;     /* doing it twice does it once */
    bool reused;         /* over a kept-open connection, which may just have been closed */
    bool others;         /* somebody is usable who was not tried yet */
    unsigned tries_left; /* attempts the config still allows */
};

enum retry_news {
    RETRY_NO,    /* the client has to be told */
    RETRY_OTHER, /* with a backend that was not tried yet; costs one of tries_left */
    RETRY_SAME,  /* with the same backend, over a new connection; costs nothing */
};

/* What ERR is a cause for, of an attempt whose connection was made if CONNECTED. */
enum retry_cause retry_cause_of(enum err err, bool connected);

/* Does CONFIG have CAUSE among its reasons? STATUS is that of the response, if there is one. */
bool retry_is_wanted(const struct config_retry *config, enum retry_cause cause, unsigned status);

/* What to do after an attempt that ended so. */
enum retry_news retry_judge(const struct retry_case *attempt);

/* Seconds are at most so many from the end of an attempt to the next. */
enum { RETRY_PAUSE_MAX = 60 };

/* How many seconds after the last attempt the one with number ATTEMPT begins, 2 being the second:
 * BACKOFF, doubled for each one further; half of it depends on CHANCE, from 0 to 1, so that those
 * who have failed together do not come back together. */
double retry_pause(double backoff, unsigned attempt, double chance);

#endif
