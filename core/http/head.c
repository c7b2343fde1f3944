/* The head of a message. */
#include "http/head.h"

#include <string.h>

#define FIELD_TEXT(code, text) [code] = { text, sizeof text - 1 },
static const struct span field_names[FIELD_COUNT] = { FIELD_LIST(FIELD_TEXT) };
#undef FIELD_TEXT

enum field_id field_identify(struct span name)
{
    enum { LENGTH_MAX = sizeof "transfer-encoding" - 1 }; /* the longest of them */

    if (name.len > LENGTH_MAX)
        return FIELD_OTHER;
    for (int id = 1; id < FIELD_COUNT; id++) {
        const struct span *known = &field_names[id];

        if (known->len == name.len && (known->at[0] | 0x20) == (name.at[0] | 0x20) &&
            span_eq_case(*known, name))
            return (enum field_id)id;
    }
    return FIELD_OTHER;
}

void head_init(struct head *head, struct arena *arena, unsigned room)
{
    *head = (struct head){ .arena = arena, .room = room, .persistent = true };
    head->fields = arena_take(arena, room * sizeof *head->fields);
}

struct field *head_add(struct head *head, enum field_id id, struct span name, struct span value)
{
    struct field *added;

    if (head->count == head->room) {
        struct field *more = arena_take(head->arena, 2 * (head->room + 4) * sizeof *more);

        memcpy(more, head->fields, head->count * sizeof *more);
        head->fields = more;
        head->room = 2 * (head->room + 4);
    }
    added = &head->fields[head->count++];
    *added = (struct field){ .name = name, .value = value, .id = id };
    return added;
}

struct field *head_find(const struct head *head, enum field_id id)
{
    for (unsigned i = 0; i < head->count; i++)
        if (head->fields[i].id == id && !head->fields[i].gone)
            return &head->fields[i];
    return NULL;
}

struct field *head_find_name(const struct head *head, struct span name)
{
    for (unsigned i = 0; i < head->count; i++)
        if (!head->fields[i].gone && span_eq_case(head->fields[i].name, name))
            return &head->fields[i];
    return NULL;
}

void head_drop(struct head *head, enum field_id id)
{
    for (unsigned i = 0; i < head->count; i++)
        if (head->fields[i].id == id)
            head->fields[i].gone = true;
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
