/* Up and down by rise and fall. */
#include "balance/health.h"

enum health_news health_judge(struct health *health, bool ok, unsigned rise, unsigned fall)
{
    bool first = !health->known;

    health->known = true;
    if (ok != health->down) {
        health->run = 0;
        return first ? HEALTH_WENT_UP : HEALTH_SAME;
    }
    health->run++;
    if (!first && health->run < (ok ? rise : fall))
        return HEALTH_SAME;
    health->run = 0;
    health->down = !ok;
    return ok ? HEALTH_WENT_UP : HEALTH_WENT_DOWN;
}
