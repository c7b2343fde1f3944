/* A request of the proxy's own, as bytes. */
#ifndef FEED_FETCH_REQUEST_H
#define FEED_FETCH_REQUEST_H

#include "http/fetcher.h"
#include "http/url.h"

/* Prints what ASK asks URL for, head and body, into ARENA. at == NULL if it has what may not be
 * sent: *WHY says what. Framing and Connection are not the caller's to say. */
struct span fetch_request_print(const struct fetcher_ask *ask, const struct url *url,
                                struct arena *arena, const char **why);

#endif
