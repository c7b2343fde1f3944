/* Those who wait for a backend that is below its cap, and who calls them: first come, first served.
 *
 * Every pool has a line. When there is room for somebody, the usher is due; he does not work at
 * once, since who is called takes the room and goes on with it, which is not for the middle of
 * whatever has made the room.
 *
 *     lines, who was served longest ago first:   [ api ] ---> [ www ]
 *                                                   |            |
 *     waiters, who came first first:              [ - ]        [ - ]
 *                                                   |
 *                                                 [ a ]   has tried a: if a alone has room,
 *                                                   |     the next one is called
 *                                                 [ - ]
 */
#ifndef BALANCE_USHER_H
#define BALANCE_USHER_H

#include "balance/backend.h"

struct usher {
    struct list lines; /* in which somebody waits */
    void (*due)(struct usher *usher);
};

struct line {
    struct usher *usher;
    struct list link; /* of the usher's lines */
    struct list waiters;
    unsigned count;
    struct backend *const *up; /* who has room */
    unsigned up_count;
};

struct waiter {
    struct list link;             /* of its line */
    struct line *line;            /* NULL: it is in none, or was called */
    struct backend *const *tried; /* who shall not have it */
    unsigned tried_count;
    void (*call)(struct waiter *waiter);
};

/* DUE is called when usher_work is to be called, soon, and not within that call. It may be told
 * more than once. */
void usher_init(struct usher *usher, void (*due)(struct usher *usher));

/* Calls waiters as long as there is room for one, taking turns among the lines. Who is called is in
 * no line any more, and has to decide at once whether he takes a backend. */
void usher_work(struct usher *usher);

/* A line of nobody, for whom nobody has room. */
void usher_line_init(struct line *line);

/* Those who have room are the COUNT ones in UP now, a list that stays where it is until the next
 * call. */
void usher_hear(struct line *line, struct backend *const *up, unsigned count);

/* The first in LINE for whom there is room, or NULL. */
struct waiter *usher_next(const struct line *line);

/* Is there room for somebody in LINE? Then nobody else may take it. */
static inline bool usher_is_wanted(const struct line *line)
{
    return line->count > 0 && usher_next(line) != NULL;
}

/* WAITER, whose fields but the first two are set, waits behind all others in LINE, which has an
 * usher. */
void usher_queue(struct line *line, struct waiter *waiter);

/* The same, in front of all others: for who came before them and had to come back. */
void usher_queue_first(struct line *line, struct waiter *waiter);

/* WAITER does not wait any more, if it did. */
void usher_leave(struct waiter *waiter);

#endif
