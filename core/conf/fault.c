/* What is wrong with a script. */
#include "conf/fault.h"

#include "base/mem.h"

#include <stdarg.h>

enum { TEXT_MAX = 512 };

void fault_add(struct faults *faults, unsigned line, const char *format, ...)
{
    char text[TEXT_MAX];
    unsigned at = faults->count;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    faults->list = mem_resize(faults->list, (faults->count + 1) * sizeof *faults->list);
    while (at > 0 && faults->list[at - 1].line > line) {
        faults->list[at] = faults->list[at - 1];
        at--;
    }
    faults->list[at] = (struct fault){ line, mem_copy(span_of(text)) };
    faults->count++;
}

void fault_print(const struct faults *faults, FILE *file, const char *path)
{
    for (unsigned i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->list[i];

        if (fault->line > 0)
            fprintf(file, "%s:%u: %s\n", path, fault->line, fault->text);
        else
            fprintf(file, "%s: %s\n", path, fault->text);
    }
}

void fault_clear(struct faults *faults)
{
    for (unsigned i = 0; i < faults->count; i++)
        mem_free(faults->list[i].text);
    mem_free(faults->list);
    *faults = (struct faults){ .count = 0 };
}
