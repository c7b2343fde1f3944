/* What is wrong with a script, all of it: a list of complaints, each with its line. */
#ifndef CONF_FAULT_H
#define CONF_FAULT_H

#include <stdbool.h>
#include <stdio.h>

/* How many complaints are kept; of others there is only the number. Nobody reads more, and a script
 * that makes its tables in loops can have a great many. */
enum { FAULTS_MOST = 100 };

struct fault {
    unsigned line; /* of the script; 0 if it cannot be told */
    char *text;
};

/* Embed it, zeroed. */
struct faults {
    struct fault *list;
    unsigned count;
    unsigned more; /* that are not in the list */
};

/* One more complaint. */
void fault_add(struct faults *faults, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Is there no room for another? Then its line need not be looked for. */
static inline bool faults_are_enough(const struct faults *faults)
{
    return faults->count >= FAULTS_MOST;
}

/* Prints all of them to FILE in the order of their lines and texts, each as "path:line: text"; then
 * how many more there were. */
void fault_print(const struct faults *faults, FILE *file, const char *path);

/* Forgets them. */
void fault_clear(struct faults *faults);

#endif
