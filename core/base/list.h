/* Intrusive doubly linked lists: the link is a member of what is listed.
 *
 * A list is a ring with a head of its own. An entry that is on no list points at itself, so that
 * taking it off is always allowed.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

/* The structure of TYPE whose MEMBER is at POINTER. */
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* Makes an empty list of a head, or an entry that is on no list. */
static inline void list_init(struct list *list)
{
    list->next = list;
    list->prev = list;
}

/* Is nothing on the list, or is the entry on none? */
static inline bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

/* Puts ENTRY, which is on no list, in front of all others. */
static inline void list_push(struct list *list, struct list *entry)
{
    entry->next = list->next;
    entry->prev = list;
    list->next->prev = entry;
    list->next = entry;
}

/* Puts ENTRY, which is on no list, behind all others. */
static inline void list_append(struct list *list, struct list *entry)
{
    list_push(list->prev, entry);
}

/* Takes ENTRY off its list, if it is on one. */
static inline void list_remove(struct list *entry)
{
    entry->prev->next = entry->next;
    entry->next->prev = entry->prev;
    list_init(entry);
}

/* Moves all entries of FROM to the end of TO. */
static inline void list_move(struct list *to, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#endif
