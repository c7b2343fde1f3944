/* One Lua state, with bounds: on memory, on time, and on what of the world a script can reach.
 *
 * Every call into Lua goes through vm_call or, for coroutines, vm_resume. The state's first stack
 * slot holds the function that makes tracebacks; everything here leaves the stack as it was, unless
 * it says otherwise.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "base/err.h"
#include "vm/lua_names.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stddef.h>

struct vm {
    lua_State *L;
    size_t used; /* bytes the state has now */
    size_t most; /* bytes it may have; a call that has more ends, for which there is an eighth more.
                        Nothing in it may be larger than an eighth */
    size_t rested;   /* bytes it had when the collector last worked */
    size_t live;     /* bytes it had when the collector had last looked at all */
    double patience; /* seconds of CPU that a call may take */
    bool collecting;
    bool loading; /* a file is being run */
    bool starved; /* the system has refused memory: that is not the script's fault */
    bool runaway; /* the last call has failed for taking too much time or memory */
    struct lua_names names;
};

/* How much memory a script may have and how long a call may take, if nobody says otherwise. */
enum { VM_MEMORY = 64 << 20 };
#define VM_PATIENCE 0.02

/* Makes a state with at most MOST bytes; UNSAFE if its scripts may reach everything that Lua knows
 * of: files, processes, libraries in C, bytecode. ERR_SCRIPT if memory does not suffice; then there
 * is nothing to close. */
enum err vm_open(struct vm *vm, size_t most, bool unsafe);

/* Closes the state. */
void vm_close(struct vm *vm);

/* Where `require` looks: beside SCRIPT, one folder above it, and in LIBRARY (NULL: nowhere
 * else). */
enum err vm_set_path(struct vm *vm, const char *script, const char *library);

/* Runs the file at PATH with the COUNT arguments ARGS as its `...`, and leaves the first thing that
 * it returns on the stack. Otherwise ERR_SCRIPT, with the message on the stack instead. It may take
 * a second, or longer if every call may. */
enum err vm_run_file(struct vm *vm, const char *path, char *const *args, int count);

/* Calls the function below ARGS arguments on the stack; RESULTS results replace them all. Otherwise
 * ERR_SCRIPT: the message, with a traceback, replaces them. */
enum err vm_call(struct vm *vm, int args, int results);

/* As vm_call, for what is done but once to make a script ready: it may take a second, or longer if
 * every call may. */
enum err vm_call_loading(struct vm *vm, int args, int results);

enum vm_news { VM_DONE, VM_WAITS, VM_FAILED };

/* Starts or continues CO, a thread of VM's, with the ARGS values on its stack. VM_DONE, VM_WAITS:
 * it has returned, or yielded, the *RESULTS values at the top of its stack. VM_FAILED: a message
 * with a traceback is there; it must not be continued. */
enum vm_news vm_resume(struct vm *vm, lua_State *co, int args, int *results);

/* Has the collector do all of its work, however long that takes: memory is short. */
void vm_collect(struct vm *vm);

/* Lets the collector do a little of its work. To be called between requests: it does none during
 * calls. */
void vm_rest(struct vm *vm);

#endif
