/* What is said of backends that fail and of clients that are refused.
 *
 * However many requests suffer from the same, it is a line a second at most.
 */
#ifndef EXCHANGE_COMPLAINT_H
#define EXCHANGE_COMPLAINT_H

#include "balance/pool.h"
#include "base/addr.h"
#include "base/clock.h"
#include "base/quiet.h"

/* Reasons to refuse or to cut clients that are told apart; what is beyond shares the last place. */
enum { COMPLAINT_REASONS = 64 };

struct complaint_reason {
    const char *why; /* a text that lasts; NULL: none yet */
    unsigned status;
    struct quiet said;
};

struct complaints {
    struct quiet of_shortage;
    struct quiet of_hook;
    struct complaint_reason of_clients[COMPLAINT_REASONS];
    const struct clock *clock;
};

/* Nothing said yet. CLOCK must outlive the complaints. */
void complaints_init(struct complaints *complaints, const struct clock *clock);

/* Logs "backend ID: WHY", with THEN behind it, or only counts it if something was said of B less
 * than a second ago. The next line tells how many were left out. */
void complaint_of_backend(struct complaints *complaints, const struct backend *b, const char *why,
                          const char *then);

/* Logs that there is no usable backend for a request with this TARGET. */
void complaint_of_pool(struct span target);

/* Logs "pool NAME: WHY" of a request that got no backend below its cap, or only counts it. */
void complaint_of_queue(struct complaints *complaints, struct pool *pool, const char *why);

/* Logs that nothing of POOL can be tried again at the moment; once a second at most. */
void complaint_of_budget(struct complaints *complaints, struct pool *pool);

/* Logs that descriptors have run out, so that a backend cannot be connected to; once a second at
 * most. */
void complaint_of_shortage(struct complaints *complaints);

/* Logs that the hook NAME of the script has let a request wait for too long, and what becomes of it
 * THEN; once a second at most. */
void complaint_of_hook(struct complaints *complaints, const char *name, const char *then);

/* Logs that CLIENT was refused with STATUS, and WHY, which must last; for each status and reason
 * once a second at most. */
void complaint_of_client(struct complaints *complaints, const struct addr *client, unsigned status,
                         const char *why);

/* The same of CLIENT's connection, which is cut within a response because it is at fault. */
void complaint_of_cut(struct complaints *complaints, const struct addr *client, const char *why);

/* Logs that CLIENT has had as many requests as there may be on a connection; once a second at
 * most. */
void complaint_of_requests(struct complaints *complaints, const struct addr *client);

#endif
