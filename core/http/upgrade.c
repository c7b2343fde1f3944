/* Another protocol than HTTP, over the same connection. */
#include "http/upgrade.h"

#include "http/octet.h"

#include <string.h>

/* So many protocols are looked at; the others are liked less. */
enum { PROTOCOLS_MAX = 16 };

/* Who says whether NAME is one of the protocols that are to be kept. */
typedef bool wanted(struct span name, const void *of);

/* What is collected of the Upgrade fields of a head. */
struct list_of_names {
    char *text;
    size_t len;
    unsigned seen;    /* names looked at, */
    unsigned refused; /* and those of them that are not wanted */
};

static void append(struct list_of_names *names, struct span name)
{
    if (names->len > 0) {
        memcpy(names->text + names->len, ", ", 2);
        names->len += 2;
    }
    memcpy(names->text + names->len, name.at, name.len);
    names->len += name.len;
}

/* Looks at all that VALUE, of an Upgrade field, names. */
static void collect(struct list_of_names *names, struct span value, wanted *is_wanted,
                    const void *of)
{
    while (value.at != NULL && names->seen < PROTOCOLS_MAX) {
        struct span name = span_trim(span_cut(&value, ','));

        if (name.len == 0)
            continue;
        names->seen++;
        if (is_wanted(name, of))
            append(names, name);
        else
            names->refused++;
    }
}

/* All that the Upgrade fields of HEAD name and that is wanted. */
static struct list_of_names collect_all(struct head *head, wanted *is_wanted, const void *of)
{
    struct list_of_names names = { .len = 0 };
    size_t room = 0;

    for (unsigned i = 0; i < head->count; i++)
        if (head->fields[i].id == FIELD_UPGRADE && !head->fields[i].gone)
            room += head->fields[i].value.len + 2;
    names.text = arena_take(head->arena, room + (size_t)2 * PROTOCOLS_MAX);
    for (unsigned i = 0; i < head->count; i++)
        if (head->fields[i].id == FIELD_UPGRADE && !head->fields[i].gone)
            collect(&names, head->fields[i].value, is_wanted, of);
    return names;
}

/* Is PROTOCOL a name, and perhaps a version? */
static bool is_protocol(struct span protocol)
{
    struct span name = span_cut(&protocol, '/');

    return octet_all(name, OCTET_TOKEN) &&
           (protocol.at == NULL || octet_all(protocol, OCTET_TOKEN));
}

/* Does NAME begin with BEGINNING? */
static bool begins(struct span name, struct span beginning)
{
    return name.len >= beginning.len &&
           span_eq_case((struct span){ name.at, beginning.len }, beginning);
}

bool upgrade_is_of_connection(struct span name)
{
    return begins(name, SPAN("h2")) || begins(name, SPAN("http")) || begins(name, SPAN("tls"));
}

static bool is_allowed(struct span protocol, const void *of)
{
    const struct config_allow *allow = of;
    struct span rest = protocol;
    struct span name = span_cut(&rest, '/');

    if (!is_protocol(protocol) || upgrade_is_of_connection(name))
        return false;
    for (unsigned i = 0; i < allow->upgrade_count && !allow->any_upgrade; i++) {
        struct span allowed = span_of(allow->upgrades[i]);

        if (span_eq_case(allowed, name) || span_eq_case(allowed, protocol))
            return true;
    }
    return allow->any_upgrade;
}

static bool has_body(const struct head *request)
{
    return request->body == BODY_CHUNKED || (request->body == BODY_LENGTH && request->length > 0);
}

void upgrade_ask(struct head *request, const struct config_allow *allow)
{
    struct list_of_names names;

    if (request->minor == 0 || has_body(request) || !request->names_upgrade ||
        head_is_connect(request))
        return;
    names = collect_all(request, is_allowed, allow);
    request->upgrade = (struct span){ names.text, names.len };
}

/* Is PROTOCOL one of those that were asked for? */
static bool was_asked_for(struct span protocol, const void *of)
{
    struct span rest = ((const struct head *)of)->upgrade;

    while (rest.at != NULL)
        if (span_eq_case(span_trim(span_cut(&rest, ',')), protocol))
            return true;
    return false;
}

static enum err refuse(struct head *response, const char *why)
{
    response->why = why;
    return ERR_MALFORMED;
}

enum err upgrade_agree(struct head *response, const struct head *request)
{
    struct list_of_names names;

    if (request->upgrade.len == 0)
        return refuse(response, "101 that nobody asked for");
    if (response->minor == 0)
        return refuse(response, "101 in HTTP/1.0");
    if (!response->names_upgrade)
        return refuse(response, "101 without Connection: upgrade");
    names = collect_all(response, was_asked_for, request);
    if (names.len == 0 || names.refused > 0)
        return refuse(response, "101 for a protocol that nobody asked for");
    response->upgrade = (struct span){ names.text, names.len };
    response->body = BODY_TUNNEL;
    return OK;
}
