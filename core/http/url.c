/* The parts of an http:// URL. */
#include "http/url.h"

#include "base/addr.h"
#include "http/octet.h"
#include "http/target.h"

static bool starts_with(struct span text, struct span beginning)
{
    return text.len >= beginning.len &&
           span_eq_case((struct span){ text.at, beginning.len }, beginning);
}

/* The length of the beginning of TEXT without any of STOPS. */
static size_t until(struct span text, const char *stops)
{
    size_t len = 0;

    while (len < text.len && strchr(stops, text.at[len]) == NULL)
        len++;
    return len;
}

static enum err refuse(const char **why, const char *reason)
{
    *why = reason;
    return ERR_ADDRESS;
}

enum err url_cut(struct url *url, struct span text, const char **why)
{
    static const struct span scheme = { "http://", 7 };
    struct span rest;

    if (starts_with(text, SPAN("https://")))
        return refuse(why, "https is not spoken, only http");
    if (!starts_with(text, scheme))
        return refuse(why, "a URL must begin with http://");
    /* In front of anything else: a NUL would pass for one of the stops. */
    if (!octet_all(text, OCTET_VISIBLE))
        return refuse(why, "a URL must be printable ASCII without blanks");
    rest = span_skip(text, scheme.len);
    url->authority = (struct span){ rest.at, until(rest, "/?#") };
    if (addr_cut((struct span){ text.at, scheme.len + url->authority.len }, &url->host, &url->port,
                 why) != OK)
        return ERR_ADDRESS;
    if (!target_is_authority(url->authority))
        return refuse(why, "not a host name");
    rest = span_skip(rest, url->authority.len);
    url->target = (struct span){ rest.at, until(rest, "#") };
    return OK;
}
