/* What is said of a backend that fails. */
#include "exchange/complaint.h"

#include "base/log.h"

static const double QUIET = 1; /* seconds */

void complaint_log(struct backend *b, double now, const char *why, const char *then)
{
    if (b->complained > 0 && now < b->complained + QUIET) {
        b->unsaid++;
        return;
    }
    if (b->unsaid > 0)
        log_warn("backend %s: %s%s; %u more since the last line", b->config->id, why, then,
                 b->unsaid);
    else
        log_warn("backend %s: %s%s", b->config->id, why, then);
    b->complained = now;
    b->unsaid = 0;
}
