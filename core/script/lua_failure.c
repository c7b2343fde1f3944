/* Telling the log that something of the script has failed. */
#include "script/lua_failure.h"

#include <stdio.h>

static const double QUIET = 1; /* seconds */

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

void lua_failure_warn(struct quiet *quiet, double now, const char *what, const char *why)
{
    char line[2048];

    join_lines(why, line, sizeof line);
    quiet_warn(quiet, now, QUIET, "%s: %s", what, line);
}
