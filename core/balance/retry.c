/* Whether a request may be tried once more, and when. */
#include "balance/retry.h"

#include <math.h>

enum retry_cause retry_cause_of(enum err err, bool connected)
{
    if (err_is_shortage(err) || err == ERR_ABANDONED)
        return RETRY_FOR_NOTHING;
    if (!connected)
        return RETRY_FOR_CONNECT;
    switch (err) {
    case ERR_LATE:
        return RETRY_FOR_TIMEOUT;
    case ERR_RESET:
    case ERR_CLOSED:
    case ERR_REFUSED:
    case ERR_UNREACHABLE:
    case ERR_SYSTEM:
        return RETRY_FOR_RESET;
    default:
        return RETRY_FOR_NOTHING;
    }
}

bool retry_is_wanted(const struct config_retry *config, enum retry_cause cause, unsigned status)
{
    unsigned place = status - CONFIG_RETRY_FIRST;

    switch (cause) {
    case RETRY_FOR_CONNECT:
        return config->on_connect;
    case RETRY_FOR_RESET:
        return config->on_reset;
    case RETRY_FOR_TIMEOUT:
        return config->on_timeout;
    case RETRY_FOR_STATUS:
        return place < CONFIG_RETRY_STATUSES && config->on_status[place];
    case RETRY_FOR_NOTHING:
        break;
    }
    return false;
}

/* Is it that a kept-open connection was closed while nobody looked? */
static bool was_stale(const struct retry_case *attempt)
{
    return attempt->reused &&
           (attempt->cause == RETRY_FOR_CONNECT || attempt->cause == RETRY_FOR_RESET);
}

enum retry_news retry_judge(const struct retry_case *attempt)
{
    if (attempt->answered || !attempt->repeatable)
        return RETRY_NO;
    if (attempt->sent && !attempt->idempotent)
        return RETRY_NO;
    if (was_stale(attempt))
        return RETRY_SAME;
    if (attempt->wanted && attempt->others && attempt->tries_left > 0)
        return RETRY_OTHER;
    return RETRY_NO;
}

double retry_pause(double backoff, unsigned attempt, double chance)
{
    double whole = ldexp(backoff, (int)attempt - 2);

    return fmin(whole, RETRY_PAUSE_MAX) * (1 + chance) / 2;
}
