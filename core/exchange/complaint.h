/* What is said of backends that fail and of requests that are refused.
 *
 * However many requests suffer from the same, it is a line a second at most.
 */
#ifndef EXCHANGE_COMPLAINT_H
#define EXCHANGE_COMPLAINT_H

#include "balance/backend.h"
#include "base/addr.h"
#include "base/clock.h"
#include "base/quiet.h"

struct complaints {
    struct quiet of_shortage;
    struct quiet of_hook;
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

/* Logs that something has run out, as ERR says, so that a backend cannot be connected to; once a
 * second at most. */
void complaint_of_shortage(struct complaints *complaints, enum err err);

/* Logs that the hook NAME of the script has let a request wait for too long, and what becomes of it
 * THEN; once a second at most. */
void complaint_of_hook(struct complaints *complaints, const char *name, const char *then);

/* Logs that a request from CLIENT was refused with STATUS, and WHY. */
void complaint_of_client(const struct addr *client, unsigned status, const char *why);

#endif
