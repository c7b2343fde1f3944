/* The head of a message. */
#include "http/head.h"

#include <string.h>

#define FIELD_TEXT(code, text) [code] = { text, sizeof text - 1 },
static const struct span field_names[FIELD_COUNT] = { FIELD_LIST(FIELD_TEXT) };
#undef FIELD_TEXT

/* The names by their length: most other names are told apart by that alone. */
static const unsigned char of_length[][4] = {
    [2] = { FIELD_TE },
    [3] = { FIELD_VIA },
    [4] = { FIELD_DATE, FIELD_HOST },
    [6] = { FIELD_EXPECT },
    [7] = { FIELD_TRAILER, FIELD_UPGRADE },
    [9] = { FIELD_FORWARDED },
    [10] = { FIELD_CONNECTION, FIELD_KEEP_ALIVE },
    [12] = { FIELD_MAX_FORWARDS },
    [14] = { FIELD_CONTENT_LENGTH },
    [15] = { FIELD_X_FORWARDED_FOR },
    [16] = { FIELD_PROXY_CONNECTION, FIELD_X_FORWARDED_HOST },
    [17] = { FIELD_TRANSFER_ENCODING, FIELD_X_FORWARDED_PROTO },
};

/* Is NAME, the beginning of which is as long as KNOWN, that? */
static inline bool begins_with(struct span name, struct span known)
{
    /* The letters of both cases differ in one bit. */
    return ((known.at[0] ^ name.at[0]) & ~0x20) == 0 &&
           span_eq_case(known, (struct span){ name.at, known.len });
}

enum field_id field_identify(struct span name)
{
    static const struct span family = { "X-Forwarded-", 12 };

    if (name.len < sizeof of_length / sizeof of_length[0]) {
        const unsigned char *ids = of_length[name.len];

        for (unsigned i = 0; ids[i] != FIELD_OTHER; i++)
            if (begins_with(name, field_names[ids[i]]))
                return (enum field_id)ids[i];
    }
    return name.len >= family.len && begins_with(name, family) ? FIELD_X_FORWARDED : FIELD_OTHER;
}

void head_init(struct head *head, struct arena *arena, unsigned room)
{
    *head = (struct head){ .arena = arena, .room = room, .persistent = true };
    head->fields = arena_take(arena, room * sizeof *head->fields);
}

void head_grow(struct head *head)
{
    unsigned room = 2 * (head->room + 4);
    struct field *more = arena_take(head->arena, room * sizeof *more);

    memcpy(more, head->fields, head->count * sizeof *more);
    head->fields = more;
    head->room = room;
}

bool head_make_room(struct head *head, size_t bytes)
{
    if (bytes > HEAD_ADDED_MAX - head->added)
        return false;
    head->added += bytes;
    return true;
}

void head_drop(struct head *head, struct span name)
{
    for (unsigned i = 0; i < head->count; i++)
        if (!head->fields[i].gone && span_eq_case(head->fields[i].name, name))
            head->fields[i].gone = true;
}

struct field *head_find(const struct head *head, enum field_id id)
{
    for (unsigned i = 0; i < head->count && head_has(head, id); i++)
        if (head->fields[i].id == id && !head->fields[i].gone)
            return &head->fields[i];
    return NULL;
}

bool head_is_idempotent(const struct head *request)
{
    static const struct span methods[] = {
        { "GET", 3 },   { "HEAD", 4 }, { "OPTIONS", 7 },
        { "TRACE", 5 }, { "PUT", 3 },  { "DELETE", 6 },
    };

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (span_eq(methods[i], request->method))
            return true;
    return false;
}

bool head_is_head(const struct head *request)
{
    return span_eq(request->method, (struct span){ "HEAD", 4 });
}

bool head_is_counted(const struct head *request)
{
    return span_eq(request->method, (struct span){ "OPTIONS", 7 }) ||
           span_eq(request->method, (struct span){ "TRACE", 5 });
}
