/* The command line. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "base/log.h"

#include <stdbool.h>

struct options {
    bool check;  /* load and check the script, serve nobody */
    bool unsafe; /* the script may reach files, processes, libraries in C */
    bool watch;  /* load the script anew when its files change */
    enum log_level level;
    const char *script; /* NULL: the default one */
    char **args;        /* the words behind the script */
    int arg_count;
};

enum options_news {
    OPTIONS_RUN,  /* go on, as *options says */
    OPTIONS_DONE, /* --help or --version was asked for and given: exit 0 */
    OPTIONS_BAD,  /* the mistake was named on standard error: exit 2 */
};

/* Reads the command line; *OPTIONS borrows its words. */
enum options_news options_read(struct options *options, int argc, char **argv);

#endif
