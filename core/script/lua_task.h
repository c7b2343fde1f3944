/* Functions of the script that may wait: each runs as a coroutine, a task.
 *
 *   lua_task_start --> runs --> DONE, FAILED at once
 *                       |  ^
 *             sleep, http  |  the time or the answer has come
 *                       v  |
 *                      waits            ... and in the end ended()
 *
 * Every stretch between two waits is one call under the limits of the state. A task costs about 1.5
 * KB of the script's memory while it waits, besides what it holds itself.
 */
#ifndef SCRIPT_LUA_TASK_H
#define SCRIPT_LUA_TASK_H

#include "http/fetcher.h"
#include "net/deadline.h"
#include "vm/vm.h"

/* With so many under way, clients cannot have any more begun. Those of the script itself are as
 * many as it names. */
enum { LUA_TASKS_MAX = 10000 };

/* All tasks of a state. */
struct lua_tasks {
    struct vm *vm;
    struct deadlines *deadlines;
    struct fetcher *fetcher;
    struct lua_task *running; /* NULL if none is */
    struct list list;         /* of those that wait */
    unsigned count;           /* of them */
    struct list idle;         /* those that have ended, whose coroutines can be used again */
    unsigned idle_count;
    lua_CFunction renew; /* called with OWNER before a task goes on, so that what it */
    void *owner;         /* looks at is as things are by then; may be NULL */
    double turn;         /* when the turn of the loop began in which tasks ran last, */
    double spent;        /* and how many seconds they have taken in it */
};

enum lua_task_news { LUA_TASK_DONE, LUA_TASK_WAITS, LUA_TASK_FAILED };

/* A function under way. */
struct lua_task {
    struct list link;
    struct lua_tasks *all;
    lua_State *co;
    int anchor;               /* of the coroutine, in the registry */
    int ctx;                  /* its last argument if that is a table, in the registry */
    struct deadline deadline; /* of its sleep */
    struct fetch *fetch;      /* the request it waits for, NULL if it does not */
    bool sleeps;
    const struct fetcher_answer *answer; /* to that request, while it hears of it */
    void (*ended)(void *owner, enum lua_task_news news);
    void *owner;
};

/* Readies VM for tasks, which make their requests by FETCHER. There is one *TASKS to a state; all
 * that is given must outlive it. ERR_SCRIPT if memory does not suffice: the message is on the
 * stack. */
enum err lua_tasks_init(struct lua_tasks *tasks, struct vm *vm, struct deadlines *deadlines,
                        struct fetcher *fetcher);

/* Cancels those that wait. */
void lua_tasks_fini(struct lua_tasks *tasks);

/* Have tasks taken so much time in this turn of the loop that the others are to wait for a later
 * one? */
bool lua_tasks_are_busy(const struct lua_tasks *tasks);

/* Starts the function below ARGS arguments on VM's stack. If the last of them is a table, its `now`
 * is kept to the time.
 *
 * DONE: what it has returned first, or nil, replaces them all. FAILED: the message with a traceback
 * does. WAITS: they are gone, and *TASK is under way; ENDED is called from the loop with OWNER
 * and DONE or FAILED, with the same at the top of VM's stack, which is popped afterwards. By then
 * *TASK is no more. */
enum lua_task_news lua_task_start(struct lua_tasks *tasks, int args, struct lua_task **task,
                                  void (*ended)(void *owner, enum lua_task_news news), void *owner);

/* Ends TASK, which waits; `ended` is not called. */
void lua_task_cancel(struct lua_task *task);

/* ---- For functions of C that a script calls within a task ---- */

/* The task that runs as L. Raises an error, in which the caller is called NAME, where nobody may
 * wait. */
struct lua_task *lua_task_of(lua_State *L, const char *name);

/* TASK is to go on in so many SECONDS. The caller yields. */
void lua_task_sleep(struct lua_task *task, double seconds);

/* TASK is to go on when ASK is answered, with the answer in task->answer. The caller yields. False
 * if the request cannot be made: *WHY says why, and nobody is to wait. */
bool lua_task_fetch(struct lua_task *task, struct fetcher_ask *ask, const char **why);

/* TASK goes on: brings the `now` of its ctx up to date. */
void lua_task_refresh(struct lua_task *task, lua_State *L);

#endif
