/* Functions of the script that may wait. */
#include "script/lua_task.h"

#include "base/mem.h"
#include "vm/lua_trace.h"

#include <time.h>

/* How many coroutines are kept for later, and how many seconds of a turn of the loop tasks may take
 * before the rest of them is put off. */
enum { IDLE_MAX = 64 };
static const double TURN_MOST = 0.002;

/* Its address is the key of the registry with the tasks of a state. */
static const char key;

static double moment(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double now_of(const struct lua_tasks *tasks)
{
    return tasks->deadlines->clock->now;
}

bool lua_tasks_are_busy(const struct lua_tasks *tasks)
{
    return tasks->turn == now_of(tasks) && tasks->spent > TURN_MOST;
}

/* ---- Coroutines ---- */

/* Gives its coroutine up. What it still has to close is not closed: that would be a call which may
 * take its time. */
static void drop(struct lua_task *task)
{
    luaL_unref(task->all->vm->L, LUA_REGISTRYINDEX, task->anchor);
    mem_free(task);
}

static struct lua_task *take_idle(struct lua_tasks *tasks)
{
    struct lua_task *task;

    if (list_is_empty(&tasks->idle)) {
        task = mem_new(sizeof *task);
        task->anchor = LUA_NOREF;
        list_init(&task->link);
        return task;
    }
    task = container_of(tasks->idle.next, struct lua_task, link);
    list_remove(&task->link);
    tasks->idle_count--;
    return task;
}

/* TASK has ended; its coroutine can be used again if it did so WELL. */
static void retire(struct lua_task *task, bool well)
{
    struct lua_tasks *all = task->all;

    list_remove(&task->link);
    all->count--;
    deadline_fini(&task->deadline);
    luaL_unref(all->vm->L, LUA_REGISTRYINDEX, task->ctx);
    if (!well || all->idle_count == IDLE_MAX || lua_status(task->co) != LUA_OK ||
        lua_gettop(task->co) != 0) {
        drop(task);
        return;
    }
    list_push(&all->idle, &task->link);
    all->idle_count++;
}

void lua_task_refresh(struct lua_task *task, lua_State *L)
{
    if (lua_rawgeti(L, LUA_REGISTRYINDEX, task->ctx) == LUA_TTABLE) {
        lua_pushliteral(L, "now");
        lua_pushnumber(L, now_of(task->all));
        lua_rawset(L, -3);
    }
    lua_pop(L, 1);
}

/* prepare(task, function, ...): moves the function and its arguments to the task's coroutine. */
static int prepare(lua_State *L)
{
    struct lua_task *task = lua_touserdata(L, 1);
    int count = lua_gettop(L) - 1;

    if (task->anchor == LUA_NOREF) {
        task->co = lua_newthread(L);
        task->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    if (count > 1 && lua_istable(L, -1)) {
        lua_pushvalue(L, -1);
        task->ctx = luaL_ref(L, LUA_REGISTRYINDEX);
        lua_task_refresh(task, L);
    }
    if (!lua_checkstack(task->co, count))
        return luaL_error(L, "too many arguments");
    lua_xmove(L, task->co, count);
    return 0;
}

/* ---- Going on ---- */

/* complain(text, coroutine): the text with a traceback. */
static int complain(lua_State *L)
{
    lua_pushstring(L, lua_touserdata(L, 1));
    lua_replace(L, 1);
    return lua_trace_of(L);
}

static enum lua_task_news fail(struct lua_task *task, const char *text)
{
    lua_State *L = task->all->vm->L;

    lua_pushcfunction(L, complain);
    lua_pushlightuserdata(L, (void *)text);
    lua_pushlightuserdata(L, task->co);
    vm_call(task->all->vm, 2, 1); /* if it fails, its own message is there instead */
    return LUA_TASK_FAILED;
}

/* Takes what has ended from the coroutine: the first of COUNT results. */
static enum lua_task_news take_result(struct lua_task *task, int count)
{
    if (count == 0) {
        lua_pushnil(task->all->vm->L);
        return LUA_TASK_DONE;
    }
    lua_pop(task->co, count - 1);
    lua_xmove(task->co, task->all->vm->L, 1);
    return LUA_TASK_DONE;
}

static enum lua_task_news see(struct lua_task *task, enum vm_news news, int count)
{
    switch (news) {
    case VM_DONE:
        return take_result(task, count);
    case VM_WAITS:
        lua_pop(task->co, count);
        if (task->sleeps || task->fetch != NULL)
            return LUA_TASK_WAITS;
        return fail(task, "a task has yielded by itself: to wait, call luaproxy.sleep");
    case VM_FAILED:
        lua_xmove(task->co, task->all->vm->L, 1);
        break;
    }
    return LUA_TASK_FAILED;
}

/* Lets the coroutine run, with the ARGS arguments on its stack, until it waits or ends. */
static enum lua_task_news run(struct lua_task *task, int args)
{
    struct lua_tasks *all = task->all;
    struct lua_task *outer = all->running;
    double began = moment();
    enum vm_news news;
    int count;

    all->running = task;
    news = vm_resume(all->vm, task->co, args, &count);
    all->running = outer;
    task->answer = NULL;
    if (all->turn != now_of(all))
        all->spent = 0;
    all->turn = now_of(all);
    all->spent += moment() - began;
    return see(task, news, count);
}

/* What a task is going to look at is brought up to date. Lack of memory is what it will hear of
 * itself. */
static void freshen(struct lua_tasks *all)
{
    if (all->renew == NULL)
        return;
    lua_pushcfunction(all->vm->L, all->renew);
    lua_pushlightuserdata(all->vm->L, all->owner);
    if (vm_call(all->vm, 1, 0) != OK)
        lua_pop(all->vm->L, 1);
}

/* What TASK has waited for has come. */
static void wake(struct lua_task *task)
{
    struct lua_tasks *all = task->all;
    void (*ended)(void *owner, enum lua_task_news news) = task->ended;
    void *owner = task->owner;
    enum lua_task_news news;

    freshen(all);
    if (lua_status(task->co) == LUA_YIELD)
        news = run(task, 0);
    else
        news = fail(task, "the coroutine of a task was ended by the script");
    if (news == LUA_TASK_WAITS)
        return;
    retire(task, news == LUA_TASK_DONE);
    ended(owner, news);
    lua_pop(all->vm->L, 1);
}

static void on_late(struct deadline *deadline)
{
    struct lua_task *task = container_of(deadline, struct lua_task, deadline);

    if (lua_tasks_are_busy(task->all)) {
        deadline_set(task->all->deadlines, deadline, now_of(task->all));
        return;
    }
    task->sleeps = false;
    wake(task);
}

static void on_answered(void *owner, const struct fetcher_answer *answer)
{
    struct lua_task *task = owner;

    task->fetch = NULL;
    task->answer = answer;
    wake(task);
}

void lua_task_sleep(struct lua_task *task, double seconds)
{
    task->sleeps = true;
    deadline_set(task->all->deadlines, &task->deadline, now_of(task->all) + seconds);
}

bool lua_task_fetch(struct lua_task *task, struct fetcher_ask *ask, const char **why)
{
    ask->answered = on_answered;
    ask->owner = task;
    task->fetch = fetcher_start(task->all->fetcher, ask, why);
    return task->fetch != NULL;
}

/* ---- Beginning and end ---- */

enum lua_task_news lua_task_start(struct lua_tasks *tasks, int args, struct lua_task **task,
                                  void (*ended)(void *owner, enum lua_task_news news), void *owner)
{
    struct lua_task *t = take_idle(tasks);
    lua_State *L = tasks->vm->L;
    enum lua_task_news news = LUA_TASK_FAILED;

    t->all = tasks;
    t->ctx = LUA_NOREF;
    t->ended = ended;
    t->owner = owner;
    deadline_init(&t->deadline, on_late);
    list_append(&tasks->list, &t->link);
    tasks->count++;

    lua_pushcfunction(L, prepare);
    lua_pushlightuserdata(L, t);
    lua_rotate(L, -(args + 3), 2);
    if (vm_call(tasks->vm, args + 2, 0) == OK)
        news = run(t, args);
    if (news == LUA_TASK_WAITS)
        *task = t;
    else
        retire(t, news == LUA_TASK_DONE);
    return news;
}

void lua_task_cancel(struct lua_task *task)
{
    if (task->fetch != NULL)
        fetcher_cancel(task->all->fetcher, task->fetch);
    task->fetch = NULL;
    retire(task, false);
}

struct lua_task *lua_task_of(lua_State *L, const char *name)
{
    struct lua_tasks *tasks;
    struct lua_task *task;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &key);
    tasks = lua_touserdata(L, -1);
    lua_pop(L, 1);
    task = tasks != NULL ? tasks->running : NULL;
    if (task == NULL)
        luaL_error(L, "luaproxy.%s can only be called in a task or in a hook with waits = true",
                   name);
    if (task->co != L)
        luaL_error(L, "luaproxy.%s cannot be called in a coroutine of the script's own", name);
    return task;
}

/* register(tasks): has scripts find them. */
static int enroll(lua_State *L)
{
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
    return 0;
}

enum err lua_tasks_init(struct lua_tasks *tasks, struct vm *vm, struct deadlines *deadlines,
                        struct fetcher *fetcher)
{
    *tasks = (struct lua_tasks){ .vm = vm, .deadlines = deadlines, .fetcher = fetcher };
    list_init(&tasks->list);
    list_init(&tasks->idle);
    lua_pushcfunction(vm->L, enroll);
    lua_pushlightuserdata(vm->L, tasks);
    return vm_call(vm, 1, 0);
}

void lua_tasks_fini(struct lua_tasks *tasks)
{
    while (!list_is_empty(&tasks->list))
        lua_task_cancel(container_of(tasks->list.next, struct lua_task, link));
    while (!list_is_empty(&tasks->idle))
        drop(take_idle(tasks));
    /* The key is there already: this needs no memory. */
    lua_pushlightuserdata(tasks->vm->L, NULL);
    lua_rawsetp(tasks->vm->L, LUA_REGISTRYINDEX, &key);
}
