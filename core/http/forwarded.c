/* Where a request has come from. */
#include "http/forwarded.h"

#include "http/octet.h"

#include <string.h>

/* Cuts *TEXT at the last comma: what stands behind it is the result. */
static struct span cut_last(struct span *text)
{
    const char *comma = text->len > 0 ? memrchr(text->at, ',', text->len) : NULL;
    struct span last = *text;

    if (comma == NULL) {
        *text = (struct span){ NULL, 0 };
        return last;
    }
    text->len = (size_t)(comma - text->at);
    return span_skip(last, text->len + 1);
}

/* Reads "10.0.0.1", "10.0.0.1:80", "::1", "[::1]" or "[::1]:80". Without a port, that is 0. */
static bool read_address(struct span text, struct addr *at)
{
    struct span port = { NULL, 0 };
    struct span host = text;
    uint64_t number = 0;
    struct net net;

    if (text.at[0] == '[') {
        host = span_skip(text, 1);
        port = host;
        host = span_cut(&port, ']');
        if (port.at == NULL || !addr_is_ipv6(host) || (port.len > 0 && port.at[0] != ':'))
            return false;
        port = port.len > 0 ? span_skip(port, 1) : (struct span){ NULL, 0 };
    } else if (memchr(text.at, ':', text.len) == memrchr(text.at, ':', text.len)) {
        port = text;
        host = span_cut(&port, ':');
    }
    if (memchr(host.at, '/', host.len) != NULL || net_read(&net, host) != OK ||
        (port.at != NULL && !span_number(port, 65535, &number)))
        return false;
    *at = net.base;
    if (at->any.sa_family == AF_INET6)
        at->v6.sin6_port = htons((uint16_t)number);
    else
        at->v4.sin_port = htons((uint16_t)number);
    return true;
}

/* Goes through LIST from its end, as long as *CLIENT, who has said it, is trusted: he speaks for
 * the next one. False as soon as there is nobody else. */
static bool go_back(struct span list, const struct config *config, struct addr *client)
{
    while (list.at != NULL) {
        struct span entry = span_trim(cut_last(&list));

        if (entry.len == 0)
            continue;
        if (!read_address(entry, client) || !config_trusts(config, client))
            return false;
    }
    return true;
}

const struct addr *forwarded_client(const struct head *request, const struct config *config,
                                    const struct addr *from)
{
    struct addr *client = arena_take(request->arena, sizeof *client);
    bool goes_on = true;

    *client = *from;
    for (unsigned i = request->count; i-- > 0 && goes_on;)
        if (request->fields[i].id == FIELD_X_FORWARDED_FOR)
            goes_on = go_back(request->fields[i].value, config, client);
    return client;
}

bool forwarded_stays(const struct field *field, bool trusted)
{
    switch (field->id) {
    case FIELD_X_FORWARDED_FOR:
        return false;
    case FIELD_FORWARDED:
        return field->own;
    default:
        return field->own || trusted;
    }
}

/* Does every quotation in VALUE end? Else it would take in what is said behind it. */
static bool is_closed(struct span value)
{
    bool quoted = false;

    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '"')
            quoted = !quoted;
        else if (quoted && value.at[i] == '\\')
            i++;
    }
    return !quoted;
}

/* Is FIELD one of those that are ID and have something to say, which is believed? */
static bool is_believed(const struct field *field, enum field_id id, bool trusted)
{
    return field->id == id && !field->gone && field->value.len > 0 && (field->own || trusted) &&
           (id != FIELD_FORWARDED || is_closed(field->value));
}

/* What all fields of REQUEST that are ID say, with what is said HERE at its end. */
static struct span join(const struct head *request, enum field_id id, bool trusted,
                        struct span here)
{
    size_t room = here.len;
    char *text;
    char *to;

    for (unsigned i = 0; i < request->count; i++)
        if (is_believed(&request->fields[i], id, trusted))
            room += request->fields[i].value.len + 2;
    text = to = arena_take(request->arena, room);
    for (unsigned i = 0; i < request->count; i++) {
        struct span value = request->fields[i].value;

        if (!is_believed(&request->fields[i], id, trusted))
            continue;
        to = mempcpy(to, value.at, value.len);
        to = mempcpy(to, ", ", 2);
    }
    to = mempcpy(to, here.at, here.len);
    return (struct span){ text, (size_t)(to - text) };
}

static char *put(char *to, struct span text)
{
    return mempcpy(to, text.at, text.len);
}

/* Puts VALUE in quotes, if it needs them. */
static char *put_value(char *to, struct span value)
{
    bool plain = octet_all(value, OCTET_TOKEN);

    to = put(to, plain ? SPAN("") : SPAN("\""));
    to = put(to, value);
    return put(to, plain ? SPAN("") : SPAN("\""));
}

/* The way to here as X-Forwarded-For says it. */
static struct span forwarded_for(const struct head *request, const struct addr *from, bool trusted)
{
    char *ip = arena_take(request->arena, ADDR_TEXT);
    struct span here = { ip, addr_print_host(from, ip) };

    return head_has(request, FIELD_X_FORWARDED_FOR)
               ? join(request, FIELD_X_FORWARDED_FOR, trusted, here)
               : here;
}

/* This hop as Forwarded says it: for=10.0.0.1;host=a;proto=http */
static struct span element(const struct head *request, const struct addr *from)
{
    static const size_t frame = sizeof "for=\"[]\";host=\"\";proto=http";
    char *text = arena_take(request->arena, frame + ADDR_TEXT + request->host.len);
    char *to = put(text, SPAN("for="));
    char node[ADDR_TEXT];
    size_t len = addr_print_host(from, node);

    if (from->any.sa_family == AF_INET6) {
        to = put(to, SPAN("\"["));
        to = put(to, (struct span){ node, len });
        to = put(to, SPAN("]\""));
    } else {
        to = put(to, (struct span){ node, len });
    }
    if (request->host.len > 0)
        to = put_value(put(to, SPAN(";host=")), request->host);
    to = put(to, SPAN(";proto=http"));
    return (struct span){ text, (size_t)(to - text) };
}

/* Adds this hop to a Forwarded that is believed, but not to a script's. */
static void add_forwarded(struct head *onward, const struct head *request, const struct addr *from)
{
    if (head_find(request, FIELD_FORWARDED) == NULL || head_find(onward, FIELD_FORWARDED) != NULL)
        return;
    head_add(onward, FIELD_FORWARDED, SPAN("Forwarded"),
             join(request, FIELD_FORWARDED, true, element(request, from)));
}

void forwarded_add(struct head *onward, const struct head *request, const struct addr *from,
                   bool trusted)
{
    static const struct span proto = SPAN("X-Forwarded-Proto: http");

    head_add(onward, FIELD_X_FORWARDED_FOR, SPAN("X-Forwarded-For"),
             forwarded_for(request, from, trusted));
    if (request->host.len > 0 && head_find(onward, FIELD_X_FORWARDED_HOST) == NULL)
        head_add(onward, FIELD_X_FORWARDED_HOST, SPAN("X-Forwarded-Host"), request->host);
    if (head_find(onward, FIELD_X_FORWARDED_PROTO) == NULL)
        head_add(onward, FIELD_X_FORWARDED_PROTO, (struct span){ proto.at, 17 },
                 span_skip(proto, 19));
    if (trusted)
        add_forwarded(onward, request, from);
}
