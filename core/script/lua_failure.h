/* What is said of a function of the script that has failed. */
#ifndef SCRIPT_LUA_FAILURE_H
#define SCRIPT_LUA_FAILURE_H

#include "base/quiet.h"
#include "script/trip.h"

/* Failures of one function. Embed it, zeroed. */
struct lua_failure {
    struct quiet quiet;
    struct trip trip;
};

/* Logs "WHAT failed, THEN: WHY", where WHY may be a message with a traceback, in one line; once a
 * second at most. STOPPED says whether the call had to be stopped. Once the function is not to be
 * called any more, this is said as an error. */
void lua_failure_tell(struct lua_failure *failure, double now, bool stopped, const char *what,
                      const char *then, const char *why);

/* The same of a function that decides what becomes of a request. Only calls that had to be stopped
 * are held against it, and not for ever: who knows how to make it fail would otherwise decide over
 * everybody else's requests. */
void lua_failure_tell_of_request(struct lua_failure *failure, double now, bool stopped,
                                 const char *what, const char *then, const char *why);

/* Is such a function not to be called at NOW? */
bool lua_failure_rests(struct lua_failure *failure, double now);

/* Only logs that WHAT failed: it was not the function's fault. */
void lua_failure_warn(struct lua_failure *failure, double now, const char *what, const char *then,
                      const char *why);

#endif
