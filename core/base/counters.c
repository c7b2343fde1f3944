/* Named numbers that only grow. */
#include "base/counters.h"

#include <inttypes.h>
#include <stdio.h>

void counters_print(const struct counters *counters, char *text, unsigned size)
{
#define COUNTER_TEXT(code, text) text,
    static const char *const names[] = { COUNTER_LIST(COUNTER_TEXT) };
#undef COUNTER_TEXT
    unsigned used = 0;

    for (int i = 0; i < COUNTER_COUNT && used < size; i++)
        used += (unsigned)snprintf(text + used, size - used, "%s%" PRIu64 " %s", i > 0 ? ", " : "",
                                   counters->n[i], names[i]);
}
