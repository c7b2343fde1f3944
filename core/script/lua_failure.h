/* Telling the log that something of the script has failed: in one line, and not over and over. */
#ifndef SCRIPT_LUA_FAILURE_H
#define SCRIPT_LUA_FAILURE_H

#include "base/quiet.h"

/* Logs at NOW that WHAT has happened and WHY, a message with its traceback, but not more than once
 * a second. */
void lua_failure_warn(struct quiet *quiet, double now, const char *what, const char *why);

#endif
