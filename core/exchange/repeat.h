/* A side between the client and whoever gets the body of its request, which remembers the body so
 * that it can be sent once more.
 *
 *     client ---> repeat ---> backend      what passes is remembered, as long as it is little
 *                   |
 *                   +-------> another one  gets that first, then what else the client sends
 */
#ifndef EXCHANGE_REPEAT_H
#define EXCHANGE_REPEAT_H

#include "exchange/side.h"

struct repeat {
    struct side side;  /* what the body is read from */
    struct side *from; /* where it comes from */
    char *bytes;       /* what was read of it so far, */
    size_t size;       /* so much, */
    size_t room;       /* where so much fits; */
    size_t most;       /* more is not remembered, nor is what there is no memory for */
    size_t given;      /* so much of it has been read here, */
    bool told;         /* and where it ends, */
    bool ended;        /* which is known */
    bool forgets;      /* it will not be had again */
};

/* A body is read from FROM, which must outlive R; at most MOST bytes of it are remembered. */
void repeat_init(struct repeat *r, struct side *from, size_t most);

/* Can all that was read be read again? */
static inline bool repeat_can(const struct repeat *r)
{
    return !r->forgets;
}

/* The body begins anew. Only if it can. */
void repeat_rewind(struct repeat *r);

/* The body will not be needed again: passes on what is left of it, and keeps no memory, or not for
 * longer than it takes to read what is remembered. */
void repeat_forget(struct repeat *r);

/* Gives the memory back, whatever was not read. */
void repeat_fini(struct repeat *r);

#endif
