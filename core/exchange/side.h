/* One end of an exchange: whatever parts can be read from, or written to, or both.
 *
 * A client, a backend, a canned reply, a stream of HTTP/2: an exchange does not know which it has.
 */
#ifndef EXCHANGE_SIDE_H
#define EXCHANGE_SIDE_H

#include "base/err.h"
#include "http/part.h"

enum side_news {
    SIDE_WAIT, /* nothing at the moment */
    SIDE_PART, /* *part is the next one */
    SIDE_GONE, /* nothing more will come, though the message is not complete: side->err says why */
};

struct side;

struct side_ops {
    /* Gives the next part, with at most MAX bytes of a body. They are valid until the next call
     * of read or arm. */
    enum side_news (*read)(struct side *side, size_t max, struct part *part);

    /* How many bytes of a body can be written now. When a head is to come: 0 or not, whether it
     * can. When nothing more is to come through a tunnel: 0 or not, whether all has left. */
    size_t (*room)(struct side *side);

    /* Takes PART, which must fit the room. What could not leave at once is kept. */
    void (*write)(struct side *side, const struct part *part);

    /* Lets everything go that was written, and waits for whatever can happen next. */
    void (*arm)(struct side *side);

    /* Is it certain that nobody hears any more what is written? */
    bool (*is_gone)(const struct side *side);

    /* How many bytes has the other end taken, though there may be no room for more yet, since this
     * was asked last or the room gave out first? */
    uint64_t (*heard)(struct side *side);
};

struct side {
    const struct side_ops *ops;
    bool takes_pipes; /* it can be written bytes of a body that are in a pipe */
    bool gives_pipes; /* who reads from it can take them so */
    enum err err;     /* of SIDE_GONE */
    const char *why;  /* of SIDE_GONE with an error of the message, for the log; else NULL */
    bool begun;       /* something of the message that is read has come, */
    bool for_head;    /* and if that is no request, or not yet, it begins like one for HEAD */
    /* Is a client told that its connection is kept? Set before the head of a response is written,
     * which clears it where the end of the body is the end of the connection. */
    bool keep;
    /* Of a side with a tunnel: would it not be the end of what was to come through if the
     * connection ended now? Then it has to look like none. */
    bool incomplete;
};

/* Gives the next part. */
static inline enum side_news side_read(struct side *side, size_t max, struct part *part)
{
    return side->ops->read(side, max, part);
}

/* How much can be written. */
static inline size_t side_room(struct side *side)
{
    return side->ops->room(side);
}

/* Takes a part. */
static inline void side_write(struct side *side, const struct part *part)
{
    side->ops->write(side, part);
}

/* Lets go, and waits. */
static inline void side_arm(struct side *side)
{
    side->ops->arm(side);
}

/* Does nobody hear any more? */
static inline bool side_is_gone(const struct side *side)
{
    return side->ops->is_gone(side);
}

/* How much has the other end taken, however slowly? */
static inline uint64_t side_heard(struct side *side)
{
    return side->ops->heard(side);
}

/* Has it taken anything? */
static inline bool side_is_heard(struct side *side)
{
    return side_heard(side) > 0;
}

#endif
