/* What is said of backends that fail and of clients that are refused. */
#include "exchange/complaint.h"

#include "base/log.h"

static const double QUIET = 1; /* seconds */

void complaints_init(struct complaints *complaints, const struct clock *clock)
{
    *complaints = (struct complaints){ .clock = clock };
}

void complaint_of_backend(struct complaints *complaints, const struct backend *b, const char *why,
                          const char *then)
{
    quiet_warn(&b->facts->said, complaints->clock->now, QUIET, "backend %s: %s%s", b->config->id,
               why, then);
}

void complaint_of_pool(struct span target)
{
    log_info("no usable backend for %.*s", SPAN_ARG(target));
}

void complaint_of_queue(struct complaints *complaints, struct pool *pool, const char *why)
{
    quiet_warn(&pool->said_queue, complaints->clock->now, QUIET, "pool %s: %s", pool->config->name,
               why);
}

void complaint_of_budget(struct complaints *complaints, struct pool *pool)
{
    quiet_warn(&pool->said_budget, complaints->clock->now, QUIET, "pool %s: retry budget is spent",
               pool->config->name);
}

void complaint_of_shortage(struct complaints *complaints)
{
    quiet_warn(&complaints->of_shortage, complaints->clock->now, QUIET,
               "%s: no connection to a backend", err_text(ERR_EXHAUSTED));
}

void complaint_of_hook(struct complaints *complaints, const char *name, const char *then)
{
    quiet_warn(&complaints->of_hook, complaints->clock->now, QUIET, "%s is late, %s", name, then);
}

/* When clients were last said to suffer STATUS (0: none, they were cut) because of WHY. */
static struct quiet *find_reason(struct complaints *complaints, unsigned status, const char *why)
{
    struct complaint_reason *reason = complaints->of_clients;
    struct complaint_reason *last = &complaints->of_clients[COMPLAINT_REASONS - 1];

    while (reason != last && reason->why != NULL &&
           (reason->why != why || reason->status != status))
        reason++;
    reason->why = why;
    reason->status = status;
    return &reason->said;
}

void complaint_of_client(struct complaints *complaints, const struct addr *client, unsigned status,
                         const char *why)
{
    char from[ADDR_TEXT];

    addr_print(client, from);
    quiet_info(find_reason(complaints, status, why), complaints->clock->now, QUIET,
               "refused %s: %u, %s", from, status, why);
}

void complaint_of_cut(struct complaints *complaints, const struct addr *client, const char *why)
{
    char from[ADDR_TEXT];

    addr_print(client, from);
    quiet_info(find_reason(complaints, 0, why), complaints->clock->now, QUIET, "cut %s: %s", from,
               why);
}

void complaint_of_requests(struct complaints *complaints, const struct addr *client)
{
    char from[ADDR_TEXT];

    addr_print(client, from);
    quiet_info(find_reason(complaints, 0, "limits.requests"), complaints->clock->now, QUIET,
               "limits.requests reached: the connection of %s is closed", from);
}
