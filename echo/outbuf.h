/*
 * outbuf: what a client is to be sent and the kernel has not taken yet.
 *
 * It is filled from the front and begins anew when all of it is written. Whoever fills it asks for
 * the room first; that is the whole of backpressure.
 */
#ifndef ECHO_OUTBUF_H
#define ECHO_OUTBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

#define OUTBUF_SIZE 196608

struct outbuf {
    size_t start;
    size_t end;
    char bytes[OUTBUF_SIZE];
};

void outbuf_init(struct outbuf *out);

bool outbuf_is_empty(const struct outbuf *out);

/* How many bytes can be added now. */
size_t outbuf_room(const struct outbuf *out);

/* Add bytes, text, a number as it is written, in hexadecimal. There must be room. */
void outbuf_put(struct outbuf *out, struct slice bytes);
void outbuf_text(struct outbuf *out, const char *text);
void outbuf_number(struct outbuf *out, uint64_t number);
void outbuf_hex(struct outbuf *out, uint64_t number);

/* For those who write straight into the buffer: where to, and that N bytes were written there. */
char *outbuf_space(struct outbuf *out);
void outbuf_grow(struct outbuf *out, size_t n);

/*
 * Writes once to FD as much as it takes, if there is anything. False if the connection is broken.
 */
bool outbuf_write(struct outbuf *out, int fd);

#endif
