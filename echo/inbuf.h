/*
 * inbuf: what a client has sent and nobody has taken yet.
 *
 *     0            floor        start               end             INBUF_SIZE
 *     +--------------+------------+------------------+------------------+
 *     |  old heads   |   taken    |  not yet taken   |       room       |
 *     |  this head   |            |                  |                  |
 *     +--------------+------------+------------------+------------------+
 *
 * A head stays where it is as long as its request lives, so that slices may point into it: it is
 * pinned. The body that follows passes through the place behind it, however long it is.
 */
#ifndef ECHO_INBUF_H
#define ECHO_INBUF_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

/* The longest head that is read. */
#define INBUF_HEAD_MAX 65536

/* Old heads, one head, and some body: each has at least as much room as the longest head. */
#define INBUF_SIZE ((size_t)3 * INBUF_HEAD_MAX)

struct inbuf {
    size_t floor;
    size_t start;
    size_t end;
    bool ended; /* the client will send no more */
    char bytes[INBUF_SIZE];
};

void inbuf_init(struct inbuf *in);

/* Reads once from FD as much as there is room for. False if the connection is broken. */
bool inbuf_read(struct inbuf *in, int fd);

/* How many bytes could be read now. */
size_t inbuf_room(const struct inbuf *in);

/* What has not been taken yet. */
struct slice inbuf_rest(const struct inbuf *in);

/* Takes N bytes from the beginning of the rest. They stay readable until the next inbuf_read. */
void inbuf_take(struct inbuf *in, size_t n);

/* Takes N bytes that stay readable until they are unpinned. */
void inbuf_pin(struct inbuf *in, size_t n);
void inbuf_unpin(struct inbuf *in);

/*
 * Makes sure that a longest head and some of its body fit. Only while nothing is pinned: moves
 * bytes.
 */
void inbuf_tidy(struct inbuf *in);

#endif
