/* The head of a message. */
#include "http/head.h"

#include <string.h>

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
