/* Who is let in: the listeners, and how many clients there may be at once.
 *
 * Each client may need a second descriptor, for a backend, so there are at most half as many as
 * descriptors, and at most limits.connections. When all places are taken and somebody waits, the
 * client that has been idle longest has to go; if none is, or while memory is short, who comes
 * waits in the queue, and clients are not kept behind their answers.
 */
#ifndef APP_ENTRANCE_H
#define APP_ENTRANCE_H

#include "exchange/client.h"
#include "exchange/idle.h"
#include "net/listen.h"

struct entrance {
    struct exchange_env *env;
    struct deadlines *deadlines;
    struct clients *clients;
    struct idle *idle;
    struct list gates;    /* a listener each */
    unsigned round;       /* counts entrance_prepare */
    bool started;         /* has anybody been let in by now? */
    unsigned places;      /* clients for whom there are descriptors */
    unsigned most;        /* clients at once */
    struct deadline look; /* while it is crowded: whether somebody can be done without by now */
    struct quiet said_crowded, said_idle;
    void (*closed)(void *owner);
    void *owner;
};

/* No listeners yet. CLIENTS get who comes, and ENV is told when it is crowded; when descriptors run
 * out, IDLE gives up kept-open backend connections. CLOSED is called with OWNER when entrance_end
 * has come to its end. All that is given must outlive the entrance. */
void entrance_init(struct entrance *e, struct exchange_env *env, struct clients *clients,
                   struct idle *idle, void (*closed)(void *owner), void *owner);

/* Opens those listeners of CONFIG that are not there yet, and tells CONFIG the ports that were 0;
 * nobody is accepted by them. If one cannot be opened none is, and this says why: ERR_SYSTEM. */
enum err entrance_prepare(struct entrance *e, struct config *config);

/* CONFIG, for which all was prepared, holds from now on: listeners that it does not name end when
 * nobody waits there any more, and if others have been started the new ones are. */
void entrance_adopt(struct entrance *e, const struct config *config);

/* What was prepared last is not adopted: what was opened for it is closed. */
void entrance_discard(struct entrance *e);

/* Starts accepting. */
void entrance_start(struct entrance *e);

/* There may be room for another: a client has left, or there is memory again. */
void entrance_look(struct entrance *e);

/* Lets nobody into the queue any more, but those who are in it in, limits.connections or not: they
 * could only be turned away. Closes when all are in, as a rule at once; what was prepared but not
 * adopted is discarded. */
void entrance_end(struct entrance *e);

/* Are all listeners closed? */
bool entrance_is_closed(const struct entrance *e);

/* Closes whatever is still open. */
void entrance_fini(struct entrance *e);

#endif
