/* The process that serves: builds everything live from what was loaded, runs the loop, drains. */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include "app/load.h"

/* Serves until a signal ends it: SIGTERM lets requests finish, SIGINT does not. SIGHUP has the
 * script loaded anew, from where LOADED comes from, and so has a change of its files if they are
 * WATCHED. LOADED is the worker's from now on. Gives the exit code of the process: 0, or 1 if it
 * could not begin, which was logged. */
int worker_run(struct loaded *loaded, bool watched);

#endif
