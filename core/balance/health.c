/* Up and down by rise and fall, and who is gone altogether. */
#include "balance/health.h"

enum health_news health_judge(struct health *health, enum verdict verdict, unsigned rise,
                              unsigned fall)
{
    bool first = !health->known;
    bool ok = verdict == VERDICT_GOOD;

    health->known = true;
    health->gone = verdict == VERDICT_GONE;
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
