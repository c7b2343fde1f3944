/* What is wrong with a script. */
#include "conf/fault.h"

#include "base/mem.h"

#include <stdarg.h>
#include <string.h>

enum { TEXT_MAX = 512 };

/* Does FAULT come behind one of LINE with this TEXT? */
static bool is_behind(const struct fault *fault, unsigned line, const char *text)
{
    return fault->line > line || (fault->line == line && strcmp(fault->text, text) > 0);
}

void fault_add(struct faults *faults, unsigned line, const char *format, ...)
{
    char text[TEXT_MAX];
    unsigned at = faults->count;
    va_list args;

    if (faults_are_enough(faults)) {
        faults->more++;
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    faults->list = mem_resize(faults->list, (faults->count + 1) * sizeof *faults->list);
    while (at > 0 && is_behind(&faults->list[at - 1], line, text)) {
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
    if (faults->more > 0)
        fprintf(file, "%s: and %u more\n", path, faults->more);
}

void fault_clear(struct faults *faults)
{
    for (unsigned i = 0; i < faults->count; i++)
        mem_free(faults->list[i].text);
    mem_free(faults->list);
    *faults = (struct faults){ .count = 0 };
}
