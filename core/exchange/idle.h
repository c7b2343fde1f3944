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
    struct list by_age; /* all of them, the oldest last */
    struct list spare;  /* entries without a connection */
    unsigned count;
    unsigned most;  /* of them: more are not kept, the oldest goes; IDLE_MOST unless it is set */
    double longest; /* seconds that one is kept */
    struct deadlines *deadlines;
    struct deadline deadline; /* of the oldest */
};

/* Nothing kept yet; each is kept for LONGEST seconds. */
void idle_init(struct idle *idle, double longest, struct deadlines *deadlines);

/* Closes all of them. */
void idle_fini(struct idle *idle);

/* Keeps *STREAM, a connection with nothing in its buffers to who has FACTS, for later. The caller
 * no longer has it. */
void idle_put(struct idle *idle, struct facts *facts, struct stream **stream);

/* Of the connections to who has FACTS on which the backend has said nothing, and which it has not
 * closed, that which was kept last, or NULL. It is the caller's now, armed for reading, and to be
 * given another owner at once. If CAREFUL the kernel is asked for news; otherwise only of one that
 * was kept in this very turn of the loop, as the loop has not asked for any yet. */
struct stream *idle_get(struct facts *facts, bool careful);

/* Closes all connections to who has FACTS. */
void idle_forget(struct facts *facts);

/* Closes the connection that has been kept longest, whoever's it is. False if none is kept. */
bool idle_drop(struct idle *idle);

/* Breaks a connection to who has FACTS off, so that its port can be used at once. False if none is
 * kept. */
bool idle_drop_of(struct facts *facts);

#endif
