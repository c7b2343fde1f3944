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

static inline bool ends_here(enum field_id id)
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

/* Is FIELD, one of HEAD, about this hop alone? */
static inline bool is_hop_by_hop(const struct head *head, const struct field *field)
{
    return ends_here(field->id) ||
           (head->names_fields && !field->own && is_named(head, field->name));
}

/* Adds LINE, "Name: value", whose name is NAME_LEN bytes long. */
static void add_line(struct head *head, enum field_id id, struct span line, size_t name_len)
{
    head_add(head, id, (struct span){ line.at, name_len }, span_skip(line, name_len + 2));
}

static void add_via(struct head *head)
{
    add_line(head, FIELD_VIA,
             head->minor == 0 ? SPAN("Via: 1.0 luaproxy") : SPAN("Via: 1.1 luaproxy"), 3);
}

/* Is FIELD about the way to here, which is told anew? What a client says about it could be
 * anything; a script knows what it says. */
static bool is_told_anew(const struct field *field)
{
    switch (field->id) {
    case FIELD_FORWARDED:
    case FIELD_X_FORWARDED_HOST:
    case FIELD_X_FORWARDED_PROTO:
        return !field->own;
    case FIELD_X_FORWARDED_FOR:
        return true;
    default:
        return false;
    }
}

/* A head with HOST and those fields of REQUEST that go on, with room for what is added. */
static struct head *copy_onward(const struct head *request, struct span host)
{
    enum { ADDED_MAX = 5 };
    struct head *onward = arena_take(request->arena, sizeof *onward);

    *onward = *request;
    onward->room = request->count + ADDED_MAX;
    onward->fields = arena_take(request->arena, onward->room * sizeof *onward->fields);
    onward->count = 0;
    for (unsigned i = 0; i < request->count; i++) {
        const struct field *field = &request->fields[i];

        if (field->gone || is_told_anew(field) || is_hop_by_hop(request, field))
            continue;
        onward->fields[onward->count] = *field;
        if (field->id == FIELD_HOST)
            onward->fields[onward->count].value = host;
        onward->count++;
    }
    if (head_find(request, FIELD_HOST) == NULL)
        head_add(onward, FIELD_HOST, SPAN("Host"), host);
    return onward;
}

/* Does FIELD say where REQUEST came from? An empty one does not. */
static bool is_forwarded_for(const struct head *request, const struct field *field)
{
    return field->id == FIELD_X_FORWARDED_FOR && !field->gone && field->value.len > 0 &&
           !is_hop_by_hop(request, field);
}

/* All X-Forwarded-For of the request, joined, with the address FROM at the end. */
static struct span forwarded_for(const struct head *request, const struct addr *from)
{
    unsigned count = head_has(request, FIELD_X_FORWARDED_FOR) ? request->count : 0;
    size_t room = ADDR_TEXT;
    char *text;
    char *to;

    for (unsigned i = 0; i < count; i++)
        if (is_forwarded_for(request, &request->fields[i]))
            room += request->fields[i].value.len + 2;
    text = to = arena_take(request->arena, room);
    for (unsigned i = 0; i < count; i++) {
        const struct field *field = &request->fields[i];

        if (!is_forwarded_for(request, field))
            continue;
        memcpy(to, field->value.at, field->value.len);
        to += field->value.len;
        *to++ = ',';
        *to++ = ' ';
    }
    to += addr_print_host(from, to);
    return (struct span){ text, (size_t)(to - text) };
}

struct head *hop_request(const struct head *request, const struct addr *from, struct span host)
{
    struct head *onward = copy_onward(request, host);

    add_via(onward);
    head_add(onward, FIELD_X_FORWARDED_FOR, SPAN("X-Forwarded-For"), forwarded_for(request, from));
    if (request->host.len > 0 && head_find(onward, FIELD_X_FORWARDED_HOST) == NULL)
        head_add(onward, FIELD_X_FORWARDED_HOST, SPAN("X-Forwarded-Host"), request->host);
    if (head_find(onward, FIELD_X_FORWARDED_PROTO) == NULL)
        add_line(onward, FIELD_X_FORWARDED_PROTO, SPAN("X-Forwarded-Proto: http"), 17);
    return onward;
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

void hop_response(struct head *response, struct span date)
{
    for (unsigned i = 0; i < response->count; i++)
        if (is_hop_by_hop(response, &response->fields[i]))
            response->fields[i].gone = true;
    add_via(response);
    if (!head_is_interim(response) && head_find(response, FIELD_DATE) == NULL)
        head_add(response, FIELD_DATE, SPAN("Date"), arena_copy(response->arena, date));
}
