/* Moving the parts of a body from one side to the other while there is room. */
#ifndef EXCHANGE_RELAY_H
#define EXCHANGE_RELAY_H

#include "exchange/side.h"

/* One direction. Embed it; it is ready when `from` and `to` are set. */
struct relay {
    struct side *from;
    struct side *to;
    uint64_t bytes; /* of the body, moved so far */
    bool ended;     /* the last part was moved */
};

enum relay_news {
    RELAY_WAIT,  /* for bytes or for room */
    RELAY_GONE,  /* `from` has gone before its last part */
    RELAY_ENDED, /* the last part was moved */
};

/* Moves what can be moved. */
enum relay_news relay_run(struct relay *relay);

#endif
