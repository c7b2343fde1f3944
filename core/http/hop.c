/* What ends at this hop, and what is added on the way. */
#include "http/hop.h"

#include "http/forwarded.h"

#include <stdio.h>
#include <string.h>

/* A request that has been here as often as that is going round in circles. */
enum { PASSES_MAX = 5 };

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

/* Does FIELD, one of REQUEST, go on? */
static bool goes_on(const struct head *request, const struct field *field, bool trusted)
{
    if (field->gone)
        return false;
    if (forwarded_is(field))
        return forwarded_stays(field, trusted);
    return !is_hop_by_hop(request, field);
}

/* A head with HOST and those fields of REQUEST that go on, with room for what is added. */
static struct head *copy_onward(const struct head *request, bool trusted, struct span host)
{
    enum { ADDED_MAX = 6 };
    struct head *onward = arena_take(request->arena, sizeof *onward);

    *onward = *request;
    onward->room = request->count + ADDED_MAX;
    onward->fields = arena_take(request->arena, onward->room * sizeof *onward->fields);
    onward->count = 0;
    for (unsigned i = 0; i < request->count; i++) {
        const struct field *field = &request->fields[i];

        if (!goes_on(request, field, trusted))
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

struct head *hop_request(const struct head *request, const struct hop *hop, struct span host)
{
    struct head *onward = copy_onward(request, hop->trusted, host);

    add_via(onward);
    forwarded_add(onward, request, hop->from, hop->trusted);
    return onward;
}

/* Cuts the first element off *LIST. A comma within a comment ends none. */
static struct span cut_element(struct span *list)
{
    struct span element = { list->at, 0 };
    unsigned depth = 0;

    for (; element.len < list->len; element.len++) {
        char c = list->at[element.len];

        if (c == ',' && depth == 0)
            break;
        if (c == '(')
            depth++;
        else if (c == ')' && depth > 0)
            depth--;
        else if (c == '\\' && depth > 0 && element.len + 1 < list->len)
            element.len++;
    }
    *list = element.len < list->len ? span_skip(*list, element.len + 1) : (struct span){ NULL, 0 };
    return span_trim(element);
}

/* Cuts the first word off *TEXT. */
static struct span cut_word(struct span *text)
{
    struct span word = { text->at, 0 };

    while (word.len < text->len && strchr(" \t(", word.at[word.len]) == NULL)
        word.len++;
    *text = span_trim(span_skip(*text, word.len));
    return word;
}

/* How often REQUEST has come by here: a protocol, who has received it, and perhaps a comment. */
static unsigned count_passes(const struct head *request)
{
    unsigned passes = 0;

    for (unsigned i = 0; i < request->count; i++) {
        struct span list = request->fields[i].value;

        if (request->fields[i].id != FIELD_VIA)
            continue;
        while (list.at != NULL) {
            struct span element = cut_element(&list);

            cut_word(&element);
            passes += span_eq_case(cut_word(&element), SPAN("luaproxy"));
        }
    }
    return passes;
}

/* Takes one off LEFT, a number. False if nothing is left. */
static bool count_down(struct arena *arena, struct field *left)
{
    uint64_t number = UINT32_MAX;
    char *text;

    span_number(left->value, UINT32_MAX, &number);
    if (number == 0)
        return false;
    text = arena_take(arena, 16);
    left->value = (struct span){ text, (size_t)snprintf(text, 16, "%u", (unsigned)number - 1) };
    left->own = true;
    return true;
}

enum hop_news hop_judge(struct head *request)
{
    if (head_has(request, FIELD_VIA) && count_passes(request) >= PASSES_MAX)
        return HOP_LOOPS;
    if (!head_has(request, FIELD_MAX_FORWARDS) || !head_is_counted(request))
        return HOP_GOES_ON;
    return count_down(request->arena, head_find(request, FIELD_MAX_FORWARDS)) ? HOP_GOES_ON
                                                                              : HOP_ENDS;
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
