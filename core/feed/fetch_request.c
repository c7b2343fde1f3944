/* A request of the proxy's own, as bytes. */
#include "feed/fetch_request.h"

#include "http/octet.h"
#include "http/target.h"

#include <stdio.h>

/* Bytes of a head beyond method, URL and fields. */
enum { HEAD_ROOM = 256, FIELD_ROOM = 4 };

static const char agent[] = "luaproxy";

/* Fields that say where a message ends or belong to the connection. */
static const uint32_t own = 1u << FIELD_CONNECTION | 1u << FIELD_CONTENT_LENGTH |
                            1u << FIELD_EXPECT | 1u << FIELD_KEEP_ALIVE |
                            1u << FIELD_PROXY_CONNECTION | 1u << FIELD_TE | 1u << FIELD_TRAILER |
                            1u << FIELD_TRANSFER_ENCODING | 1u << FIELD_UPGRADE;

/* What is wrong with FIELD; NULL if nothing is. */
static const char *judge_field(const struct field *field)
{
    enum field_id id = field_identify(field->name);

    if (!octet_all(field->name, OCTET_TOKEN))
        return "the name of a header is not one";
    if (field_is_lookalike(field->name))
        return "the name of a header looks like another one";
    for (size_t i = 0; i < field->value.len; i++)
        if (octet_is(field->value.at[i], OCTET_ODD))
            return "the value of a header has control characters";
    if ((own >> id & 1) != 0)
        return "a header belongs to the connection: it cannot be set";
    if (id == FIELD_HOST && !target_is_authority(field->value))
        return "the value of Host is not a host name";
    return NULL;
}

static const char *judge(const struct fetcher_ask *ask)
{
    const char *why = NULL;
    unsigned hosts = 0;

    if (!octet_all(ask->method, OCTET_TOKEN))
        return "the method is not a word";
    if (target_why_not(ask->method, NULL) != NULL)
        return "the method is not served";
    for (unsigned i = 0; i < ask->field_count && why == NULL; i++) {
        why = judge_field(&ask->fields[i]);
        hosts += span_eq_case(ask->fields[i].name, SPAN("host"));
    }
    return hosts > 1 ? "there is more than one Host" : why;
}

/* Is there a field called NAME? */
static bool has(const struct fetcher_ask *ask, struct span name)
{
    for (unsigned i = 0; i < ask->field_count; i++)
        if (span_eq_case(ask->fields[i].name, name))
            return true;
    return false;
}

/* Does a request with this method mean something by having an empty body? */
static bool tells_empty_body(struct span method)
{
    return span_eq(method, SPAN("POST")) || span_eq(method, SPAN("PUT")) ||
           span_eq(method, SPAN("PATCH"));
}

static size_t room_for(const struct fetcher_ask *ask, const struct url *url)
{
    size_t room =
        HEAD_ROOM + ask->method.len + url->target.len + url->authority.len + ask->body.len;

    for (unsigned i = 0; i < ask->field_count; i++)
        room += ask->fields[i].name.len + ask->fields[i].value.len + FIELD_ROOM;
    return room;
}

static char *put(char *to, struct span text)
{
    if (text.len > 0)
        memcpy(to, text.at, text.len);
    return to + text.len;
}

static char *put_field(char *to, struct span name, struct span value)
{
    to = put(put(to, name), SPAN(": "));
    return put(put(to, value), SPAN("\r\n"));
}

static char *put_start(char *to, const struct fetcher_ask *ask, const struct url *url)
{
    to = put(put(to, ask->method), SPAN(" "));
    if (url->target.len == 0 || url->target.at[0] != '/')
        *to++ = '/';
    return put(put(to, url->target), SPAN(" HTTP/1.1\r\n"));
}

struct span fetch_request_print(const struct fetcher_ask *ask, const struct url *url,
                                struct arena *arena, const char **why)
{
    struct span request = { NULL, 0 };
    char *to;

    *why = judge(ask);
    if (*why != NULL)
        return request;
    request.at = arena_take(arena, room_for(ask, url));
    to = put_start((char *)request.at, ask, url);
    if (!has(ask, SPAN("host")))
        to = put_field(to, SPAN("Host"), url->authority);
    if (!has(ask, SPAN("user-agent")))
        to = put_field(to, SPAN("User-Agent"), span_of(agent));
    for (unsigned i = 0; i < ask->field_count; i++)
        to = put_field(to, ask->fields[i].name, span_trim(ask->fields[i].value));
    if (ask->body.at != NULL || tells_empty_body(ask->method))
        to += sprintf(to, "Content-Length: %zu\r\n", ask->body.len);
    to = put(put(to, SPAN("Connection: close\r\n\r\n")), ask->body);
    request.len = (size_t)(to - request.at);
    return request;
}
