/* Hooks in Lua.
 *
 *   does not wait:  enter --> function --> leave                       all within one call
 *   waits:          enter --> task  ...woken...  ended --> leave       between: HOOK_WAITING
 */
#include "script/lua_hooks.h"

#include "base/list.h"
#include "vm/lua_random.h"
#include "script/lua_reply.h"

/* A call of a hook that waits. It is the state's, which keeps it until the call is over, and as
 * long as the script has any of its arguments. */
struct hook_task {
    int anchor; /* in the registry */
    struct lua_hook *hook;
    struct lua_hook_args args;
    struct lua_task *task; /* NULL: it has ended, */
    enum hook_news news;   /* and how */
    struct visit *visit;
    struct hook_call *call;
};

static struct lua_hooks *hooks_of(struct hooks *hooks)
{
    return container_of(hooks, struct lua_hooks, hooks);
}

/* What becomes of a request when HOOK fails. */
static const char *then(const struct lua_hook *hook)
{
    return hook == &hook->all->up ? "answered 500" : "the response goes on as it is";
}

/* HOOK has failed; why is at the top of the stack. */
static enum hook_news fail(struct lua_hook *hook, double now)
{
    struct vm *vm = hook->all->vm;

    lua_failure_tell_of_request(&hook->failure, now, vm->runaway, hook->name, then(hook),
                                lua_tostring(vm->L, -1));
    return HOOK_FAILED;
}

/* A call that is going to be made. */
struct frame {
    struct lua_hook *hook;
    struct lua_hook_args *args;
};

/* push_protected(frame): the function and what it is given. */
static int push_protected(lua_State *L)
{
    const struct frame *frame = lua_touserdata(L, 1);

    lua_policy_write_all_facts(frame->hook->all->policies, frame->hook->all->count);
    lua_rawgeti(L, LUA_REGISTRYINDEX, frame->hook->function);
    return lua_hook_args_push(frame->args) + 1;
}

/* call_protected(frame): what the function returns first. */
static int call_protected(lua_State *L)
{
    lua_call(L, push_protected(L) - 1, 1);
    return 1;
}

struct answer {
    struct arena *arena;
    struct hook_call *call;
};

/* read_protected(result, answer): of what a request's hook has returned. */
static int read_protected(lua_State *L)
{
    const struct answer *answer = lua_touserdata(L, 2);

    if (!lua_istable(L, 1))
        return luaL_error(L, "it returned a %s, not an answer", luaL_typename(L, 1));
    lua_reply_read(L, 1, answer->arena, &answer->call->reply, &answer->call->body);
    return 0;
}

/* What the hook has returned is at the top of the stack; if it cannot be used, a message takes its
 * place. */
static enum hook_news take_result(struct lua_hook *hook, struct visit *visit,
                                  struct hook_call *call)
{
    struct vm *vm = hook->all->vm;
    struct answer answer = { visit->request->arena, call };

    if (lua_isnil(vm->L, -1) || hook == &hook->all->back) {
        trip_ok(&hook->failure.trip);
        return HOOK_PASSED;
    }
    lua_pushcfunction(vm->L, read_protected);
    lua_insert(vm->L, -2);
    lua_pushlightuserdata(vm->L, &answer);
    if (vm_call(vm, 2, 0) != OK)
        return fail(hook, visit->now);
    lua_pushnil(vm->L);
    trip_ok(&hook->failure.trip);
    return HOOK_REPLIED;
}

/* Calls HOOK, whose args have been entered. */
static enum hook_news call_now(struct lua_hook *hook, struct visit *visit, struct hook_call *call)
{
    struct vm *vm = hook->all->vm;
    struct frame frame = { hook, &hook->args };
    enum hook_news news;

    lua_pushcfunction(vm->L, call_protected);
    lua_pushlightuserdata(vm->L, &frame);
    if (vm_call(vm, 1, 1) == OK)
        news = take_result(hook, visit, call);
    else
        news = fail(hook, visit->now);
    lua_pop(vm->L, 1);
    lua_hook_args_leave(&hook->args);
    return news;
}

/* ---- Waiting ---- */

struct birth {
    struct lua_hook *hook;
    struct hook_task *task; /* NULL: there is none yet */
};

/* bear(birth): makes a task with arguments of its own. */
static int bear(lua_State *L)
{
    struct birth *birth = lua_touserdata(L, 1);
    struct lua_hook *hook = birth->hook;
    struct hook_task *task;

    if (hook->all->tasks->count >= LUA_TASKS_MAX)
        return luaL_error(L, "there are %d tasks already", LUA_TASKS_MAX);
    task = lua_newuserdatauv(L, sizeof *task, 0);
    *task = (struct hook_task){ .hook = hook };
    lua_pushvalue(L, -1);
    task->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    birth->task = task;
    lua_hook_args_init(&hook->all->common, &task->args, hook == &hook->all->back, lua_gettop(L));
    return 0;
}

/* The state need not keep TASK any more. */
static void let_go(struct hook_task *task)
{
    lua_hook_args_fini(&task->args);
    luaL_unref(task->hook->all->vm->L, LUA_REGISTRYINDEX, task->anchor);
}

/* The call of TASK is over, and was heard of. */
static void end_call(struct hook_task *task)
{
    lua_hook_args_leave(&task->args);
    let_go(task);
}

/* A task for HOOK; NULL if memory does not suffice: the message is on the stack. */
static struct hook_task *new_task(struct lua_hook *hook)
{
    struct vm *vm = hook->all->vm;
    struct birth birth = { hook, NULL };

    lua_pushcfunction(vm->L, bear);
    lua_pushlightuserdata(vm->L, &birth);
    if (vm_call(vm, 1, 0) == OK)
        return birth.task;
    if (birth.task != NULL)
        let_go(birth.task);
    return NULL;
}

/* The task has ended, with its result or the message at the top of the stack. */
static void end_task(struct hook_task *task, enum lua_task_news news)
{
    task->task = NULL;
    task->news = news == LUA_TASK_DONE ? take_result(task->hook, task->visit, task->call)
                                       : fail(task->hook, task->visit->now);
}

static void on_ended(void *owner, enum lua_task_news news)
{
    struct hook_task *task = owner;

    end_task(task, news);
    task->call->wake(task->call->owner); /* may end the call: nothing after this line */
}

/* Starts TASK, whose args have been entered. */
static enum hook_news start_task(struct hook_task *task)
{
    struct lua_hooks *h = task->hook->all;
    lua_State *L = h->vm->L;
    struct frame frame = { task->hook, &task->args };
    int base = lua_gettop(L);
    enum lua_task_news news = LUA_TASK_FAILED;

    lua_pushcfunction(L, push_protected);
    lua_pushlightuserdata(L, &frame);
    if (vm_call(h->vm, 1, LUA_MULTRET) == OK)
        news = lua_task_start(h->tasks, lua_gettop(L) - base - 1, &task->task, on_ended, task);
    if (news == LUA_TASK_WAITS) {
        task->call->task = task;
        return HOOK_WAITING;
    }
    end_task(task, news);
    lua_settop(L, base);
    end_call(task);
    return task->news;
}

/* How far the call is that waits. */
static enum hook_news poll_task(struct hook_call *call)
{
    struct hook_task *task = call->task;

    if (task->task != NULL)
        return HOOK_WAITING;
    call->task = NULL;
    end_call(task);
    return task->news;
}

static void cancel(struct hooks *hooks, struct hook_call *call)
{
    struct hook_task *task = call->task;

    (void)hooks;
    if (task->task != NULL)
        lua_task_cancel(task->task);
    task->task = NULL;
    call->task = NULL;
    end_call(task);
}

/* ---- The two hooks ---- */

/* Where the answer comes from. */
static const struct lua_pool *pool_of(const struct lua_hooks *h, const struct backend *b)
{
    return &h->policies[b->pool - h->pools]->pool;
}

static void enter(struct lua_hook *hook, struct lua_hook_args *args, struct visit *visit,
                  struct head *response, const struct backend *b)
{
    if (response == NULL)
        lua_hook_args_enter(args, visit);
    else
        lua_hook_args_enter_back(args, visit, response, pool_of(hook->all, b), b->index);
}

/* Too many wait already; the message is at the top of the stack. That is none of the script's
 * failures: clients could have a hook tripped by coming in a crowd. */
static enum hook_news refuse(struct lua_hook *hook, double now)
{
    lua_failure_warn(&hook->failure, now, hook->name, then(hook),
                     lua_tostring(hook->all->vm->L, -1));
    lua_pop(hook->all->vm->L, 1);
    return HOOK_FAILED;
}

/* Calls HOOK about VISIT; of a response if it is not NULL, which has come from B. */
static enum hook_news call_hook(struct lua_hook *hook, struct visit *visit, struct head *response,
                                const struct backend *b, struct hook_call *call)
{
    struct hook_task *task;

    if (call->task != NULL)
        return poll_task(call);
    if (lua_failure_rests(&hook->failure, visit->now))
        return HOOK_FAILED;
    if (hook->kind == HOOK_CALLED) {
        enter(hook, &hook->args, visit, response, b);
        return call_now(hook, visit, call);
    }
    task = new_task(hook);
    if (task == NULL)
        return refuse(hook, visit->now);
    task->visit = visit;
    task->call = call;
    enter(hook, &task->args, visit, response, b);
    return start_task(task);
}

static enum hook_news request(struct hooks *hooks, struct visit *visit, struct hook_call *call)
{
    return call_hook(&hooks_of(hooks)->up, visit, NULL, NULL, call);
}

static enum hook_news response(struct hooks *hooks, struct visit *visit, struct head *head,
                               const struct backend *b, struct hook_call *call)
{
    return call_hook(&hooks_of(hooks)->back, visit, head, b, call);
}

static void forget(struct hooks *hooks, struct visit *visit)
{
    lua_ctx_forget(hooks_of(hooks)->vm, visit);
}

/* Makes *HOOK of the function NAME of the script's table at TABLE, or of the first element of a
 * table of this name. */
static void init_hook(struct lua_hooks *h, struct lua_hook *hook, const char *name, int table,
                      enum config_hook kind)
{
    lua_State *L = h->vm->L;

    *hook = (struct lua_hook){ .all = h, .name = name, .kind = kind };
    if (kind == HOOK_NONE)
        return;
    lua_pushstring(L, name);
    lua_rawget(L, table);
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, 1);
        lua_remove(L, -2);
    }
    hook->function = luaL_ref(L, LUA_REGISTRYINDEX);
    if (kind == HOOK_CALLED)
        lua_hook_args_init(&h->common, &hook->args, hook == &h->back, 0);
}

void lua_hooks_init(struct lua_hooks *h, struct lua_tasks *tasks, int table,
                    const struct config *config, const struct pool *pools,
                    struct lua_policy *const *policies, int pools_table, uint64_t seed)
{
    static const struct hooks_ops ops = { request, response, cancel, forget };

    *h = (struct lua_hooks){
        .hooks = { &ops },
        .vm = tasks->vm,
        .tasks = tasks,
        .policies = policies,
        .pools = pools,
        .count = config->pool_count,
        .common = { tasks->vm, LUA_NOREF, pools_table },
        .random = seed,
    };
    table = lua_absindex(h->vm->L, table);
    lua_random_push(h->vm->L, &h->random);
    h->common.random = luaL_ref(h->vm->L, LUA_REGISTRYINDEX);
    init_hook(h, &h->up, "request", table, config->request);
    init_hook(h, &h->back, "response", table, config->response);
}
