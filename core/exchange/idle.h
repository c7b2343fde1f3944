/* Kept-open backend connections, the newest first.
 *
 * They stay armed for reading. A backend that closes one, or says something nobody asked for, loses
 * it at once.
 */
#ifndef EXCHANGE_IDLE_H
#define EXCHANGE_IDLE_H

#include "balance/backend.h"
#include "base/list.h"
#include "net/deadline.h"
#include "net/stream.h"

enum { IDLE_MOST = 4096 };

struct idle {
    struct list *of_backend; /* by the index of the backend: the newest first */
    struct list by_age;      /* all of them, the oldest last */
    struct list spare;       /* entries without a connection */
    unsigned count;
    unsigned most;  /* of them: more are not kept, the oldest goes; IDLE_MOST unless it is set */
    double longest; /* seconds that one is kept */
    struct deadlines *deadlines;
    struct deadline deadline; /* of the oldest */
};

/* Nothing kept yet, for backends with indexes below BACKEND_COUNT; each is kept for LONGEST
 * seconds. */
void idle_init(struct idle *idle, unsigned backend_count, double longest,
               struct deadlines *deadlines);

/* Closes all of them. */
void idle_fini(struct idle *idle);

/* Keeps *STREAM, a connection to B with nothing in its buffers, for later. The caller no longer has
 * it. */
void idle_put(struct idle *idle, const struct backend *b, struct stream **stream);

/* The connection to B that was kept last, or NULL. It is the caller's now, armed for reading, and
 * to be given another owner at once. */
struct stream *idle_get(struct idle *idle, const struct backend *b);

/* Closes the connection that has been kept longest, whoever's it is. False if none is kept. */
bool idle_drop(struct idle *idle);

#endif
