/* A script and all that was made of it without touching the network: a state, a checked config. */
#ifndef APP_LOAD_H
#define APP_LOAD_H

#include "conf/config.h"
#include "vm/vm.h"

#include <stdio.h>

/* Where a script comes from. */
struct source {
    const char *path;
    char **args; /* the words that reach it as `...` */
    int arg_count;
    bool unsafe; /* it may reach files, processes and libraries in C */
};

struct loaded {
    const struct source *source; /* the caller's */
    struct vm vm;                /* with the script's table on its stack */
    struct config config;
};

/* Runs the script of SOURCE, and checks what it returns. If anything is wrong, all of it is named
 * in COMPLAINTS, "path:line: what", and nothing is left to be unloaded: ERR_SCRIPT. */
enum err load_script(struct loaded *loaded, const struct source *source, FILE *complaints);

/* Prints to standard output what was understood. */
void load_print(const struct loaded *loaded);

/* Frees all of it. */
void load_undo(struct loaded *loaded);

#endif
