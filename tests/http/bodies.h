/* Bodies, taken apart in every way, for the tests of this layer. */
#ifndef HTTP_BODIES_H
#define HTTP_BODIES_H

#include "http/framing.h"

/* A body that was taken apart. */
struct taken_body {
    enum framing_news news; /* FRAMING_WAIT if the input was not enough */
    size_t used;            /* bytes of the input */
    size_t length;
    char data[4096];
};

/* The beginning of a body that is framed as BODY says, and LENGTH if that is a matter of length. */
struct framing bodies_framing(enum body body, uint64_t length);

/* Takes INPUT as a whole, cut at every place, byte by byte, and in small portions: all must come to
 * the same end. */
struct taken_body bodies_take(struct framing framing, struct span input);

#endif
