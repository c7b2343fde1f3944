/* Saying the same thing once in a while only. */
#include "base/quiet.h"

#include <stdarg.h>
#include <stdio.h>

void quiet_line(struct quiet *quiet, enum log_level level, double now, double lasts,
                const char *format, ...)
{
    char text[2048];
    va_list args;

    if (now < quiet->until) {
        quiet->unsaid++;
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (quiet->unsaid > 0)
        log_line(level, "%s; %u more since the last line", text, quiet->unsaid);
    else
        log_line(level, "%s", text);
    *quiet = (struct quiet){ .until = now + lasts };
}
