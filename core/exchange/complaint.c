/* What is said of backends that fail and of requests that are refused. */
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

void complaint_of_shortage(struct complaints *complaints, enum err err)
{
    quiet_warn(&complaints->of_shortage, complaints->clock->now, QUIET,
               "%s: no connection to a backend", err_text(err));
}

void complaint_of_hook(struct complaints *complaints, const char *name, const char *then)
{
    quiet_warn(&complaints->of_hook, complaints->clock->now, QUIET, "%s is late, %s", name, then);
}

void complaint_of_client(const struct addr *client, unsigned status, const char *why)
{
    char from[ADDR_TEXT];

    addr_print(client, from);
    log_info("refused %s: %u, %s", from, status, why);
}
