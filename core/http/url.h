/* Where a request of the proxy's own goes: the parts of an http:// URL. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/err.h"
#include "base/span.h"

struct url {
    struct span authority; /* as written: what a Host field says */
    struct span host;      /* without brackets */
    uint16_t port;         /* 80 if none is given */
    struct span target;    /* path and query, without the fragment; may lack its first "/" */
};

/* Cuts TEXT, "http://host:port/path?query#fragment", into *URL. ERR_ADDRESS if it is no such URL,
 * or has what cannot be sent as it is; *WHY says what is wrong. */
enum err url_cut(struct url *url, struct span text, const char **why);

#endif
