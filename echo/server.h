/*
 * server: listens and accepts.
 */
#ifndef ECHO_SERVER_H
#define ECHO_SERVER_H

#include <ev.h>
#include <stdbool.h>

#include "counts.h"
#include "settings.h"

struct server {
    struct ev_loop *loop;
    struct ev_io io;
    struct ev_timer rest; /* runs while we do not accept */
    int fd;
    const struct settings *settings;
    struct counts counts;
};

/*
 * Listens where SETTINGS say, which are borrowed, and says so on stdout. False, after a line on
 * stderr, if that is not possible.
 */
bool server_start(struct server *s, struct ev_loop *loop, const struct settings *settings);

#endif
