/* Whether a request may be tried once more. */
#include "balance/retry.h"

enum retry_news retry_judge(const struct retry_case *attempt)
{
    if (attempt->answered || attempt->body_moved)
        return RETRY_NO;
    if (attempt->sent && !attempt->idempotent)
        return RETRY_NO;
    if (attempt->reused)
        return RETRY_SAME;
    return attempt->tries_left > 0 ? RETRY_OTHER : RETRY_NO;
}
