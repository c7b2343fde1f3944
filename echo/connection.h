/*
 * connection: a talk that is woken by the loop.
 */
#ifndef ECHO_CONNECTION_H
#define ECHO_CONNECTION_H

#include <ev.h>

#include "counts.h"
#include "settings.h"

/*
 * Serves the client on FD until one of the two ends it; then FD is closed and all memory given
 * back. SETTINGS and COUNTS are borrowed for as long.
 */
void connection_start(struct ev_loop *loop, int fd, const struct settings *settings,
                      struct counts *counts);

#endif
