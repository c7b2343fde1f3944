/* The watch over what runs in Lua: whoever takes too long, or too much memory, is stopped.
 *
 * While nothing is late this costs some stores for a call. A timer ticks in CPU time, so it is at
 * rest while the process is; if a call lasts, a tick arms a hook that throws the script out of
 * whatever it does, at each of its instructions and calls, until the call has ended: pcall cannot
 * keep it in. Functions in C that may take long look at guard_flag from time to time.
 *
 * There is one watch for the process: only one call from outside runs at a time. Lua keeps hooks by
 * thread, so it must be told which one runs.
 */
#ifndef VM_GUARD_H
#define VM_GUARD_H

#include <lua.h>
#include <signal.h>
#include <stdbool.h>

/* Why a call is to end. */
enum guard_reason { GUARD_NONE, GUARD_LATE, GUARD_FULL };

/* Starts the timer for the thread that asks, if it does not run yet. To be called again after a
 * fork. HANDLER makes messages of errors; it may still be called by who is thrown out. */
void guard_start(lua_CFunction handler);

/* A call begins, in which L runs, for PATIENCE seconds of CPU at most; or one within that which
 * runs already, and shares its time. Gives who ran before, for guard_end. */
lua_State *guard_begin(lua_State *L, double patience);

/* The call has ended; BEFORE goes on, if it is not NULL. Says whether the call was to end. */
enum guard_reason guard_end(lua_State *before);

/* From now on L runs: a coroutine, or who has resumed it. */
void guard_switch(lua_State *L);

/* Is there a call? */
bool guard_is_busy(void);

/* The call is to end, since it has too much memory. */
void guard_full(void);

/* Ends the function that asks, with an error, if the call is to end. */
void guard_check(lua_State *L);

/* The message at the top of the stack, which has a traceback, is what is raised from now on if the
 * call is to end: the next errors are those of what has to be closed, perhaps a hundred thousand
 * times. */
void guard_keep(lua_State *L);

/* Is there such a message? */
bool guard_is_traced(void);

/* Is not 0 from when the call is to end. */
const volatile sig_atomic_t *guard_flag(void);

/* Has CO ended by being thrown out? Then Lua calls no more hooks in it, and nothing in it may run:
 * it could not be stopped. */
bool guard_has_ended(lua_State *co);

/* What closes a coroutine calls these around it: Lua does not see that C's stack grows. False if it
 * has grown enough. */
bool guard_may_close(void);
void guard_has_closed(void);

#endif
