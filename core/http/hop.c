/* What ends at this hop, and what is added on the way. */
#include "http/hop.h"

#include <stdio.h>
#include <string.h>

/* Does the Connection of HEAD name NAME? */
static bool is_named(const struct head *head, struct span name)
{
    for (unsigned i = 0; i < head->count; i++) {
        struct span rest = head->fields[i].value;

        if (head->fields[i].id != FIELD_CONNECTION)
            continue;
        while (rest.at != NULL)
            if (span_eq_case(span_trim(span_cut(&rest, ',')), name))
                return true;
    }
    return false;
}

static bool ends_here(enum field_id id)
{
    switch (id) {
    case FIELD_CONNECTION:
    case FIELD_CONTENT_LENGTH:
    case FIELD_KEEP_ALIVE:
    case FIELD_PROXY_CONNECTION:
    case FIELD_TE:
    case FIELD_TRAILER:
    case FIELD_TRANSFER_ENCODING:
    case FIELD_UPGRADE:
        return true;
    default:
        return false;
    }
}

static void drop_hop_by_hop(struct head *head)
{
    for (unsigned i = 0; i < head->count; i++) {
        struct field *field = &head->fields[i];

        if (ends_here(field->id) || (head->names_fields && is_named(head, field->name)))
            field->gone = true;
    }
}

static void add_via(struct head *head)
{
    head_add(head, FIELD_VIA, SPAN("Via"),
             head->minor == 0 ? SPAN("1.0 luaproxy") : SPAN("1.1 luaproxy"));
}

/* Does FIELD say where the request came from? An empty one does not. */
static bool is_forwarded_for(const struct field *field)
{
    return field->id == FIELD_X_FORWARDED_FOR && !field->gone && field->value.len > 0;
}

/* All X-Forwarded-For of the request, joined, with IP at the end. They are dropped. */
static struct span forwarded_for(struct head *request, struct span ip)
{
    size_t length = ip.len;
    char *text;
    char *to;

    for (unsigned i = 0; i < request->count; i++)
        if (is_forwarded_for(&request->fields[i]))
            length += request->fields[i].value.len + 2;
    text = to = arena_take(request->arena, length);
    for (unsigned i = 0; i < request->count; i++) {
        const struct field *field = &request->fields[i];

        if (!is_forwarded_for(field))
            continue;
        memcpy(to, field->value.at, field->value.len);
        to += field->value.len;
        *to++ = ',';
        *to++ = ' ';
    }
    memcpy(to, ip.at, ip.len);
    head_drop(request, FIELD_X_FORWARDED_FOR);
    return (struct span){ text, length };
}

void hop_request(struct head *request, struct span ip)
{
    drop_hop_by_hop(request);
    add_via(request);
    head_add(request, FIELD_X_FORWARDED_FOR, SPAN("X-Forwarded-For"), forwarded_for(request, ip));

    /* What a client says about these could be anything. */
    head_drop(request, FIELD_FORWARDED);
    head_drop(request, FIELD_X_FORWARDED_HOST);
    head_drop(request, FIELD_X_FORWARDED_PROTO);
    if (request->host.len > 0)
        head_add(request, FIELD_X_FORWARDED_HOST, SPAN("X-Forwarded-Host"), request->host);
    head_add(request, FIELD_X_FORWARDED_PROTO, SPAN("X-Forwarded-Proto"), SPAN("http"));
}

bool hop_goes_on(struct head *request)
{
    struct field *left = head_find(request, FIELD_MAX_FORWARDS);
    uint64_t number;
    char *text;

    if (left == NULL || !span_eq(request->method, SPAN("OPTIONS")) ||
        !span_number(left->value, UINT32_MAX, &number))
        return true;
    if (number == 0)
        return false;
    text = arena_take(request->arena, 16);
    left->value = (struct span){ text, (size_t)snprintf(text, 16, "%u", (unsigned)number - 1) };
    return true;
}

void hop_set_host(struct head *request, struct span name)
{
    struct field *host = head_find(request, FIELD_HOST);

    if (host == NULL)
        head_add(request, FIELD_HOST, SPAN("Host"), name);
    else
        host->value = name;
}

void hop_response(struct head *response, struct span date)
{
    drop_hop_by_hop(response);
    add_via(response);
    if (!head_is_interim(response) && head_find(response, FIELD_DATE) == NULL)
        head_add(response, FIELD_DATE, SPAN("Date"), arena_copy(response->arena, date));
}
