/* The life of one request: from the first byte of its head to the last byte of its response.
 *
 *             +-------------+   malformed 400 · too large 431, 414, 413 · late 408
 *             |    HEAD     |   bad version 505 · unknown coding or method 501
 *             |             |   unknown expectation 417 · meant for the proxy itself 200
 *             |             |   has come by too often 508 · no memory for it 503
 *             +------+------+
 *                    v
 *             +-------------+   the script's hook answers itself · fails 500 · late 504
 *             |    HOOK     |   may wait; skipped where there is none
 *             +------+------+
 *                    v
 *             +-------------+   no route 404, or it fails 500 · nobody usable 503
 *   +-------> |    PICK     |   never waits
 *   |         +--+-------+--+
 *   |     chosen |       | ^   all are at their caps, or others wait;
 *   |            |       v |   called when somebody is below his cap
 *   |            |  +------+--+
 *   |            |  |  QUEUE  |   first come, first served · too many wait already 503 · late 503
 *   |            |  +---------+
 *   |            v
 * +-+-----+   +-------------+   refused, unreachable, late: another one; nobody left 503, 504
 * | PAUSE |   |    DIAL     |   (a kept-open connection is open at once)
 * +-+-----+   +--+---+------+
 *   ^            |   |      PAUSE: only if there is a backoff
 *   +------------+   v
 *   | retry   +-------------+   both relays from here on · 1xx are passed on
 *   +-------- |   ANSWER    |   gone before its head 502 · late 504 · its status is a reason
 *             +------+------+   the client's body is too late or too slow 408, too large 413
 *                    v
 *             +-------------+   the script's hook sees the response; may wait
 *             |  HOOK_BACK  |   skipped where there is none
 *             +------+------+
 *                    v
 *             +-------------+   either side gone, late or too slow: the response is cut, and the
 *             |   FORWARD   |   client can tell
 *             +--+-------+--+
 *          101,  |       |
 *  2xx to CONNECT v      |
 *         +---------+    |
 *         | TUNNEL  |    |      both ways, until both have ended; see tunnel.h
 *         +----+----+    |
 *              v         v
 *             +-------------+   facts released, connection kept or closed, access line written
 *             |    DONE     |
 *             +-------------+
 *
 * Callbacks record and wake; exchange_run alone decides. A reply of the proxy's own is a side like
 * any other: it takes the backend's place in ANSWER.
 */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "exchange/course.h"

enum exchange_news {
    EXCHANGE_WAIT, /* it will wake its owner */
    EXCHANGE_DONE, /* exchange->end says how to go on; it is to be given to exchange_fini */
};

/* Starts an exchange with CLIENT, whose request is about to be read, and who has connected from
 * FROM to AT; the latter need only be known where backends are told. WAKE is called with OWNER
 * whenever exchange_run is to be called: by the deadline, by the backend's stream, and by a hook
 * that has waited. Whatever wakes CLIENT has to do so too. The arena may hold a block from before.
 */
void exchange_init(struct exchange *x, const struct exchange_env *env, struct side *client,
                   const struct addr *from, const struct addr *at, void (*wake)(void *owner),
                   void *owner);

/* Goes as far as it can, and arranges to be woken when it can go on. */
enum exchange_news exchange_run(struct exchange *x);

/* Ends X, wherever it is: facts are released, the backend's connection is closed. Resets the arena,
 * but leaves it a block. */
void exchange_fini(struct exchange *x);

#endif
