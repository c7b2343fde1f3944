/* What a request is for. */
#include "http/target.h"

#include "base/addr.h"
#include "http/octet.h"

/* A name of 255 bytes and a port. */
enum { AUTHORITY_MAX = 261 };

/* The longest that is registered has 17 bytes. */
enum { METHOD_MAX = 32 };

static enum err refuse(struct head *request, enum err err, const char *why)
{
    request->why = why;
    return err;
}

bool target_is_authority(struct span text)
{
    struct span host = text;
    uint64_t port;

    if (text.len > AUTHORITY_MAX)
        return false;
    if (text.len > 0 && text.at[0] == '[') {
        text = span_skip(text, 1);
        host = span_cut(&text, ']');
        if (text.at == NULL || !addr_is_ipv6(host))
            return false;
        host = text;
        text = host.len > 0 ? span_skip(host, 1) : (struct span){ NULL, 0 };
        if (host.len > 0 && host.at[0] != ':')
            return false;
    } else {
        host = span_cut(&text, ':');
        if (!octet_all(host, OCTET_HOST))
            return false;
    }
    return text.len == 0 || span_number(text, 65535, &port);
}

/* Makes "http://host/path" the path, and the host the Host. */
static enum err resolve_absolute(struct head *request)
{
    static const struct span scheme = { "http://", 7 };
    struct span rest = request->target;
    size_t host = 0;

    if (rest.len < scheme.len || !span_eq_case((struct span){ rest.at, scheme.len }, scheme))
        return refuse(request, ERR_MALFORMED, "bad target");
    rest = span_skip(rest, scheme.len);
    while (host < rest.len && rest.at[host] != '/' && rest.at[host] != '?')
        host++;
    request->host = (struct span){ rest.at, host };
    rest = span_skip(rest, host);
    if (rest.len > 0 && rest.at[0] == '?') {
        char *path = arena_take(request->arena, rest.len + 1);

        path[0] = '/';
        memcpy(path + 1, rest.at, rest.len);
        request->target = (struct span){ path, rest.len + 1 };
    } else if (rest.len > 0) {
        request->target = rest;
    } else {
        bool is_options = span_eq(request->method, SPAN("OPTIONS"));

        request->target = is_options ? SPAN("*") : SPAN("/");
    }
    return OK;
}

/* The port of AUTHORITY; 0 if there is none. */
static unsigned port_of(struct span authority)
{
    const char *colon = memrchr(authority.at, ':', authority.len);
    uint64_t port = 0;

    if (colon != NULL)
        span_number(span_skip(authority, (size_t)(colon + 1 - authority.at)), 65535, &port);
    return (unsigned)port;
}

/* Where a tunnel is to lead: "host:port", and the Host says nothing else. */
static enum err resolve_authority(struct head *request)
{
    const struct field *host = head_find(request, FIELD_HOST);

    if (!target_is_authority(request->target) || port_of(request->target) == 0)
        return refuse(request, ERR_MALFORMED, "bad target");
    if (host != NULL && !span_eq_case(host->value, request->target))
        return refuse(request, ERR_MALFORMED, "Host is not the target");
    request->host = request->target;
    return OK;
}

static enum err resolve_form(struct head *request)
{
    struct span target = request->target;

    if (span_eq(request->method, SPAN("CONNECT")))
        return resolve_authority(request);
    if (memchr(target.at, '#', target.len) != NULL)
        return refuse(request, ERR_MALFORMED, "target with a fragment");
    if (target.at[0] == '/')
        return OK;
    if (span_eq(target, SPAN("*")) && span_eq(request->method, SPAN("OPTIONS")))
        return OK;
    return resolve_absolute(request);
}

/* Is METHOD the one that is KNOWN, however it is written? */
static inline bool resembles(struct span method, struct span known)
{
    return method.len == known.len && span_eq_case(method, known);
}

/* Is METHOD one that has no body, and is allowed to few? */
static inline bool is_guarded(struct span method)
{
    return resembles(method, SPAN("TRACE")) || resembles(method, SPAN("CONNECT"));
}

/* Is a guarded METHOD, written as it must be, what ALLOW has? */
static bool is_allowed(struct span method, const struct config_allow *allow)
{
    return allow != NULL && ((allow->trace && span_eq(method, SPAN("TRACE"))) ||
                             (allow->connect && span_eq(method, SPAN("CONNECT"))));
}

/* To us "head" is a method that nobody knows; but there are backends that do not look so closely,
 * and take it for one that changes what the message is. */
const char *target_why_not(struct span method, const struct config_allow *allow)
{
    if (method.len > METHOD_MAX)
        return "method too long";
    if (resembles(method, SPAN("HEAD")) && !span_eq(method, SPAN("HEAD")))
        return "method that looks like HEAD";
    return is_guarded(method) && !is_allowed(method, allow) ? "method is not served" : NULL;
}

static enum err check_method(struct head *request, const struct config_allow *allow)
{
    const char *why = target_why_not(request->method, allow);

    if (why != NULL)
        return refuse(request, ERR_METHOD, why);
    if (!is_guarded(request->method))
        return OK;
    if (head_has(request, FIELD_CONTENT_LENGTH) || head_has(request, FIELD_TRANSFER_ENCODING))
        return refuse(request, ERR_MALFORMED, "method that has no body");
    return OK;
}

/* How far an OPTIONS or a TRACE may go can be said in one way only. */
static enum err check_forwards(struct head *request)
{
    const struct field *left;

    if (!head_has(request, FIELD_MAX_FORWARDS) || !head_is_counted(request))
        return OK;
    left = head_find(request, FIELD_MAX_FORWARDS);
    if (head_repeats(request, FIELD_MAX_FORWARDS) || !octet_all(left->value, OCTET_DIGIT))
        return refuse(request, ERR_MALFORMED, "bad Max-Forwards");
    return OK;
}

/* Finds the one Host field. */
static enum err find_host(struct head *request, struct field **host)
{
    *host = head_find(request, FIELD_HOST);
    if (head_repeats(request, FIELD_HOST))
        return refuse(request, ERR_MALFORMED, "two Host fields");
    if (*host == NULL && request->minor > 0)
        return refuse(request, ERR_MALFORMED, "no Host field");
    if (*host != NULL && !target_is_authority((*host)->value))
        return refuse(request, ERR_MALFORMED, "bad Host");
    return OK;
}

enum err target_resolve(struct head *request, const struct config_allow *allow)
{
    struct field *host;
    enum err err = find_host(request, &host);

    if (err == OK)
        err = check_method(request, allow);
    if (err == OK)
        err = resolve_form(request);
    if (err == OK)
        err = check_forwards(request);
    if (err != OK)
        return err;

    if (request->host.at == NULL) {
        if (host != NULL)
            request->host = host->value;
        return OK;
    }
    if (!target_is_authority(request->host))
        return refuse(request, ERR_MALFORMED, "bad host in the target");
    if (host == NULL)
        host = head_add(request, FIELD_HOST, SPAN("Host"), request->host);
    host->value = request->host;
    return OK;
}
