/* One Lua state, with bounds. */
#include "vm/vm.h"

#include "vm/guard.h"
#include "vm/lua_libs.h"
#include "vm/lua_trace.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How many new bytes are worth a rest. Lua's collector goes in steps, here one for each 2^10 of
 * them, which takes it some ten microseconds, and so many at a time at most. */
enum { REST_GRAIN = 16384, REST_STEP = 10, REST_STEPS = 8 };

/* Seconds that running a file may take, and a rest. A step may take some milliseconds itself. */
static const double LOADING = 1;
static const double REST_TIME = 0.004;

/* May the state, which will have AFTER bytes then, get a block of SIZE? A call that has too much is
 * let go on until its next instruction, where it is thrown out: without memory, Lua would first
 * collect all its garbage at once, which takes too long unless a file is being run. */
static bool may_have(const struct vm *vm, size_t after, size_t size)
{
    size_t eighth = vm->most / 8;

    if (after <= vm->most && size <= eighth)
        return true;
    if (!guard_is_busy() || vm->loading || after > vm->most + eighth || size > 2 * eighth)
        return false;
    guard_full();
    return true;
}

static void *allocate(void *owner, void *memory, size_t old, size_t size)
{
    struct vm *vm = owner;
    void *got;

    if (memory == NULL)
        old = 0; /* it is a tag of what is going to be allocated */
    if (size == 0) {
        free(memory);
        vm->used -= old;
        return NULL;
    }
    if (size > old && !may_have(vm, vm->used - old + size, size))
        return NULL;
    got = realloc(memory, size);
    if (got != NULL)
        vm->used = vm->used - old + size;
    else
        vm->starved = true;
    return got;
}

enum err vm_open(struct vm *vm, size_t most, bool unsafe)
{
    *vm = (struct vm){ .most = most, .patience = VM_PATIENCE };
    guard_start(lua_trace);
    vm->L = lua_newstate(allocate, vm);
    if (vm->L == NULL)
        return ERR_SCRIPT;
    lua_pushcfunction(vm->L, lua_trace);
    lua_pushcfunction(vm->L, unsafe ? lua_libs_open_all : lua_libs_open);
    lua_pushlightuserdata(vm->L, &vm->most);
    lua_pushlightuserdata(vm->L, &vm->loading);
    lua_pushlightuserdata(vm->L, &vm->names);
    if (lua_pcall(vm->L, 3, 0, 0) != LUA_OK) {
        lua_close(vm->L);
        return ERR_SCRIPT;
    }
    return OK;
}

void vm_close(struct vm *vm)
{
    lua_close(vm->L);
    vm->L = NULL;
}

/* Memory may run out, so these are called protected, with pointers: Lua needs none for those. */
static int set_path(lua_State *L)
{
    const char *script = lua_touserdata(L, 1);
    const char *library = lua_touserdata(L, 2);
    const char *slash = strrchr(script, '/');

    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_pushlstring(L, script, slash == NULL ? 0 : (size_t)(slash - script) + 1);
    script = lua_tostring(L, -1);
    lua_pushfstring(L, "%s?.lua;%s../?.lua", script, script);
    if (library != NULL)
        lua_pushfstring(L, ";%s/?.lua;%s/?/init.lua", library, library);
    else
        lua_pushliteral(L, "");
    lua_concat(L, 2);
    lua_setfield(L, 3, "path");
    return 0;
}

enum err vm_set_path(struct vm *vm, const char *script, const char *library)
{
    lua_pushcfunction(vm->L, set_path);
    lua_pushlightuserdata(vm->L, (void *)script);
    lua_pushlightuserdata(vm->L, (void *)library);
    return vm_call(vm, 2, 0);
}

static int run_file(lua_State *L)
{
    const char *path = lua_touserdata(L, 1);
    char *const *args = lua_touserdata(L, 2);
    int count = (int)lua_tointeger(L, 3);

    if (luaL_loadfilex(L, path, "t") != LUA_OK)
        return lua_error(L);
    luaL_checkstack(L, count, "too many arguments");
    for (int i = 0; i < count; i++)
        lua_pushstring(L, args[i]);
    lua_call(L, count, 1);
    return 1;
}

/* What vm_call does within a function that Lua has called: the first slot is not ours there. */
static int call_inside(lua_State *L, int args, int results)
{
    int function = lua_gettop(L) - args;
    int status;

    lua_pushcfunction(L, lua_trace);
    lua_insert(L, function);
    status = lua_pcall(L, args, results, function);
    lua_remove(L, function);
    return status;
}

/* A call has ended with STATUS: has it taken too much? */
static bool took_too_much(struct vm *vm, int status, enum guard_reason reason)
{
    bool starved = vm->starved;

    if (status == LUA_OK)
        return false;
    vm->starved = false;
    return reason != GUARD_NONE || (status == LUA_ERRMEM && !starved);
}

enum err vm_call(struct vm *vm, int args, int results)
{
    lua_State *before = guard_begin(vm->L, vm->patience);
    enum guard_reason reason;
    int status;

    if (before == NULL)
        status = lua_pcall(vm->L, args, results, 1);
    else
        status = call_inside(vm->L, args, results);
    reason = guard_end(before);
    vm->runaway = took_too_much(vm, status, reason);
    return status == LUA_OK ? OK : ERR_SCRIPT;
}

enum err vm_call_loading(struct vm *vm, int args, int results)
{
    double patience = vm->patience;
    enum err err;

    vm->loading = true;
    vm->patience = patience > LOADING ? patience : LOADING;
    err = vm_call(vm, args, results);
    vm->patience = patience;
    vm->loading = false;
    return err;
}

enum err vm_run_file(struct vm *vm, const char *path, char *const *args, int count)
{
    lua_pushcfunction(vm->L, run_file);
    lua_pushlightuserdata(vm->L, (void *)path);
    lua_pushlightuserdata(vm->L, (void *)args);
    lua_pushinteger(vm->L, count);
    return vm_call_loading(vm, 3, 1);
}

/* Makes of the error at the top of CO one with a traceback. */
static void tell(struct vm *vm, lua_State *co)
{
    bool runaway = vm->runaway;

    lua_pushcfunction(vm->L, lua_trace_of);
    lua_xmove(co, vm->L, 1);
    lua_pushlightuserdata(vm->L, co);
    vm_call(vm, 2, 1);
    lua_xmove(vm->L, co, 1);
    vm->runaway = runaway;
}

enum vm_news vm_resume(struct vm *vm, lua_State *co, int args, int *results)
{
    lua_State *before = guard_begin(co, vm->patience);
    int status = lua_resume(co, before, args, results);
    enum guard_reason reason = guard_end(before);

    vm->runaway = false;
    if (status == LUA_OK)
        return VM_DONE;
    if (status == LUA_YIELD)
        return VM_WAITS;
    vm->runaway = took_too_much(vm, status, reason);
    tell(vm, co);
    return VM_FAILED;
}

/* The fuller memory is, the more: a collection when there is none left takes longest. */
static size_t most_steps(const struct vm *vm)
{
    size_t eighths = 8 * vm->used / vm->most;

    return eighths > 3 ? (size_t)REST_STEPS << (eighths - 3) : REST_STEPS;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* With how many bytes the collector begins again: twice those that live, but not so late that
 * memory is gone before it has ended. */
static size_t when_to_begin(const struct vm *vm)
{
    size_t room = vm->most > vm->live ? vm->most - vm->live : 0;

    return vm->live + least(vm->live, room / 2 + REST_GRAIN);
}

/* Is there something to do for the collector? While memory is scarce it does not wait for more. */
static bool has_work(const struct vm *vm)
{
    bool grown = vm->used - vm->rested >= REST_GRAIN;

    if (vm->collecting)
        return grown || vm->used > vm->most / 2;
    return grown && vm->used >= when_to_begin(vm);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void vm_collect(struct vm *vm)
{
    lua_gc(vm->L, LUA_GCCOLLECT);
    vm->collecting = false;
    vm->rested = vm->used;
    vm->live = vm->used;
}

void vm_rest(struct vm *vm)
{
    size_t steps;
    double end;

    /* Memory may have run out meanwhile: then Lua has collected all at once. */
    vm->rested = least(vm->rested, vm->used);
    vm->live = least(vm->live, vm->used);
    if (!has_work(vm))
        return;
    /* From the first rest on, the collector works only here. */
    lua_gc(vm->L, LUA_GCSTOP);
    lua_gc(vm->L, LUA_GCINC, 0, 0, REST_STEP);
    vm->collecting = true;
    steps = least((vm->used - vm->rested) >> REST_STEP, most_steps(vm));
    if (vm->used > vm->most / 2)
        steps = most_steps(vm);
    end = seconds() + REST_TIME;
    while (vm->collecting && steps-- > 0 && seconds() < end)
        vm->collecting = lua_gc(vm->L, LUA_GCSTEP, 0) == 0;
    vm->rested = vm->used;
    if (!vm->collecting)
        vm->live = vm->used;
}
