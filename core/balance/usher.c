/* Those who wait for a backend that is below its cap, and who calls them. */
#include "balance/usher.h"

#include <assert.h>

/* Is there room for WAITER? */
static bool fits(const struct waiter *waiter)
{
    const struct line *line = waiter->line;

    for (unsigned i = 0; i < line->up_count; i++)
        if (!backend_is_in(waiter->tried, waiter->tried_count, line->up[i]))
            return true;
    return false;
}

struct waiter *usher_next(const struct line *line)
{
    if (line->up_count == 0)
        return NULL;
    for (struct list *link = line->waiters.next; link != &line->waiters; link = link->next) {
        struct waiter *waiter = container_of(link, struct waiter, link);

        if (fits(waiter))
            return waiter;
    }
    return NULL;
}

/* Who is to be called next, or NULL. */
static struct waiter *find_next(const struct usher *usher)
{
    struct waiter *found = NULL;

    for (struct list *link = usher->lines.next; link != &usher->lines; link = link->next) {
        found = usher_next(container_of(link, struct line, link));
        if (found != NULL)
            break;
    }
    return found;
}

void usher_init(struct usher *usher, void (*due)(struct usher *usher))
{
    *usher = (struct usher){ .due = due };
    list_init(&usher->lines);
}

void usher_work(struct usher *usher)
{
    struct waiter *next = find_next(usher);

    while (next != NULL) {
        struct line *line = next->line;

        usher_leave(next);
        if (line->count > 0) {
            list_remove(&line->link);
            list_append(&usher->lines, &line->link);
        }
        next->call(next);
        next = find_next(usher);
    }
}

void usher_line_init(struct line *line)
{
    *line = (struct line){ .usher = NULL };
    list_init(&line->link);
    list_init(&line->waiters);
}

void usher_hear(struct line *line, struct backend *const *up, unsigned count)
{
    line->up = up;
    line->up_count = count;
    if (usher_is_wanted(line))
        line->usher->due(line->usher);
}

/* WAITER is in LINE now. */
static void begin(struct line *line, struct waiter *waiter)
{
    assert(line->usher != NULL);
    waiter->line = line;
    if (line->count++ == 0)
        list_append(&line->usher->lines, &line->link);
    if (fits(waiter))
        line->usher->due(line->usher);
}

void usher_queue(struct line *line, struct waiter *waiter)
{
    list_append(&line->waiters, &waiter->link);
    begin(line, waiter);
}

void usher_queue_first(struct line *line, struct waiter *waiter)
{
    list_push(&line->waiters, &waiter->link);
    begin(line, waiter);
}

void usher_leave(struct waiter *waiter)
{
    struct line *line = waiter->line;

    if (line == NULL)
        return;
    waiter->line = NULL;
    list_remove(&waiter->link);
    if (--line->count == 0)
        list_remove(&line->link);
}
