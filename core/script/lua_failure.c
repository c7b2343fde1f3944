/* What is said of a function of the script that has failed. */
#include "script/lua_failure.h"

#include "base/log.h"

#include <stdio.h>

static const double QUIET = 1; /* seconds */
enum { LINE_MOST = 2048 };

/* TEXT, a message and its traceback, as one line for the log, in TO of SIZE bytes. */
static void join_lines(const char *text, char *to, size_t size)
{
    size_t len = 0;

    for (; *text != '\0' && len + 4 < size; text++) {
        if (*text == '\n')
            len += (size_t)snprintf(to + len, size - len, " | ");
        else if (*text != '\t')
            to[len++] = *text;
    }
    to[len] = '\0';
}

void lua_failure_warn(struct lua_failure *failure, double now, const char *what, const char *then,
                      const char *why)
{
    char line[LINE_MOST];

    join_lines(why, line, sizeof line);
    quiet_warn(&failure->quiet, now, QUIET, "%s failed, %s: %s", what, then, line);
}

/* Says that WHAT is tripped, and UNTIL when. */
static void tell_tripped(const char *what, const char *until, const char *why)
{
    char line[LINE_MOST];

    join_lines(why, line, sizeof line);
    log_error("%s is tripped and not called any more %s: %s", what, until, line);
}

void lua_failure_tell(struct lua_failure *failure, double now, bool stopped, const char *what,
                      const char *then, const char *why)
{
    lua_failure_warn(failure, now, what, then, why);
    if (trip_failed(&failure->trip, stopped, now))
        tell_tripped(what, "until the script is loaded anew", why);
}

void lua_failure_tell_of_request(struct lua_failure *failure, double now, bool stopped,
                                 const char *what, const char *then, const char *why)
{
    lua_failure_warn(failure, now, what, then, why);
    if (stopped && trip_failed(&failure->trip, stopped, now))
        tell_tripped(what, "for some seconds", why);
}

bool lua_failure_rests(struct lua_failure *failure, double now)
{
    trip_forgive(&failure->trip, now);
    return failure->trip.tripped;
}
