/* A script is tried without a network: its functions are called with made-up requests, and its
 * policies checked with made-up pools, by lua/luaproxy/testing/dryrun.lua. */
#ifndef APP_TRIAL_H
#define APP_TRIAL_H

#include "app/load.h"

/* Tries LOADED, prints to standard output what is worth knowing, and to standard error what is
 * wrong, "path: what". ERR_SCRIPT if anything is. LOADED is only fit to be unloaded then: the
 * script has been called. */
enum err trial_run(struct loaded *loaded);

#endif
