/* What is wrong with a script, all of it: a list of complaints, each with its line. */
#ifndef CONF_FAULT_H
#define CONF_FAULT_H

#include <stdio.h>

struct fault {
    unsigned line; /* of the script; 0 if it cannot be told */
    char *text;
};

/* Embed it, zeroed. */
struct faults {
    struct fault *list;
    unsigned count;
};

/* One more complaint. */
void fault_add(struct faults *faults, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints all of them to FILE in the order of their lines and texts, each as "path:line: text". */
void fault_print(const struct faults *faults, FILE *file, const char *path);

/* Forgets them. */
void fault_clear(struct faults *faults);

#endif
