/* A script and all that was made of it without touching the network: a state, a checked config. */
#ifndef APP_LOAD_H
#define APP_LOAD_H

#include "conf/config.h"
#include "script/vm.h"

struct loaded {
    const char *path; /* of the script; the caller's */
    struct vm vm;     /* with the script's table on its stack */
    struct config config;
};

/* Runs the script at PATH with COUNT arguments, UNSAFE as vm_open says, and checks what it returns.
 * If anything is wrong, all of it is named on standard error, "path:line: what", and nothing is
 * left to be unloaded: ERR_SCRIPT. */
enum err load_script(struct loaded *loaded, const char *path, char **args, int count, bool unsafe);

/* Prints to standard output what was understood. */
void load_print(const struct loaded *loaded);

/* Frees all of it. */
void load_undo(struct loaded *loaded);

#endif
