/* HTTP requests of the proxy's own: http/fetcher.h, over sockets.
 *
 * One connection a request, which is not kept. A request is late as a whole. What is held for all
 * of them together is bounded too, since scripts ask for them.
 */
#ifndef FEED_FETCH_H
#define FEED_FETCH_H

#include "feed/dns.h"
#include "http/fetcher.h"
#include "net/deadline.h"
#include "net/stream.h"

/* Bytes that requests under way and the bodies of their responses may have together. */
enum { FETCH_HELD_MAX = 64 << 20 };

struct fetches {
    struct fetcher fetcher;
    struct ev_loop *loop;
    struct buf_lender *lender;
    struct deadlines *deadlines;
    struct dns *dns;
    bool (*free_descriptor)(void *owner);
    void *owner;
    struct list list; /* of those under way */
    size_t held;
};

/* Nothing is under way yet. All that is given must outlive *FETCHES. */
void fetch_init(struct fetches *fetches, struct ev_loop *loop, struct buf_lender *lender,
                struct deadlines *deadlines, struct dns *dns);

/* From now on FREE_DESCRIPTOR is called with OWNER when descriptors have run out, and says whether
 * it has closed one. */
void fetch_set_relief(struct fetches *fetches, bool (*free_descriptor)(void *owner), void *owner);

/* Cancels all that is under way. */
void fetch_fini(struct fetches *fetches);

#endif
