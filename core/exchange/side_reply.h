/* A reply in the proxy's own name, as a side: a head and one piece of body. */
#ifndef EXCHANGE_SIDE_REPLY_H
#define EXCHANGE_SIDE_REPLY_H

#include "exchange/side.h"

struct side_reply {
    struct side side;
    struct head head;
    struct span body;
    unsigned given; /* parts read so far */
};

/* A reply with STATUS at DATE. REQUEST is the one that is answered, or NULL if there was none to be
 * understood: the answer to HEAD has no body. */
void side_reply_init(struct side_reply *reply, struct arena *arena, unsigned status,
                     struct span date, const struct head *request);

/* The same with HEAD, whose length is that of BODY, as somebody else has made it; it gets DATE if
 * it has none. */
void side_reply_init_with(struct side_reply *reply, struct head *head, struct span body,
                          struct span date, const struct head *request);

/* Adds to REPLY, of which nothing was read yet, that the request may come again in a second. */
void side_reply_come_again(struct side_reply *reply);

#endif
