/*
 * settings: what the command line asks for.
 */
#ifndef ECHO_SETTINGS_H
#define ECHO_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

/* As much as all fields given by --header may take together. */
#define SETTINGS_FIELDS_MAX 8192

struct settings {
    const char *host;
    int port;                         /* 0: whichever the system gives */
    bool quiet;                       /* do not say where we listen */
    double delay;                     /* of every answer */
    char greeting[1024];              /* with its line end */
    char fields[SETTINGS_FIELDS_MAX]; /* as they are sent, each with its line end */
    size_t fields_len;
};

/*
 * Reads the command line. Does not return if there is nothing to serve: after --help the process
 * ends with 0, after a mistake with 2 and one line on stderr.
 */
void settings_read(struct settings *s, int argc, char **argv);

#endif
