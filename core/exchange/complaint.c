/* What is said of backends that fail and of requests that are refused. */
#include "exchange/complaint.h"

#include "base/log.h"
#include "base/mem.h"

static const double QUIET = 1; /* seconds */

void complaints_init(struct complaints *complaints, unsigned count, const struct clock *clock)
{
    *complaints = (struct complaints){ .clock = clock };
    complaints->of_backend = mem_new(count * sizeof *complaints->of_backend);
}

void complaints_fini(struct complaints *complaints)
{
    mem_free(complaints->of_backend);
}

void complaint_of_backend(struct complaints *complaints, const struct backend *b, const char *why,
                          const char *then)
{
    struct quiet *quiet = &complaints->of_backend[b->index];
    unsigned unsaid;

    if (!quiet_is_over(quiet, complaints->clock->now, QUIET, &unsaid))
        return;
    if (unsaid > 0)
        log_warn("backend %s: %s%s; %u more since the last line", b->config->id, why, then, unsaid);
    else
        log_warn("backend %s: %s%s", b->config->id, why, then);
}

void complaint_of_client(const struct addr *client, unsigned status, const char *why)
{
    char from[ADDR_TEXT];

    addr_print(client, from);
    log_info("refused %s: %u, %s", from, status, why);
}
