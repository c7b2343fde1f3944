/* One Lua state, with bounds. */
#include "script/vm.h"

#include "script/lua_log.h"

#include <stdlib.h>
#include <string.h>

/* How many new bytes are worth a rest. Lua's collector goes in steps, here one for each 2^10 of
 * them, which takes it some ten microseconds, and so many at a time at most. */
enum { REST_GRAIN = 16384, REST_STEP = 10, REST_STEPS = 8 };

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
    if (size > old && vm->used - old + size > vm->most)
        return NULL;
    got = realloc(memory, size);
    if (got != NULL)
        vm->used = vm->used - old + size;
    return got;
}

/* Makes of the message at the top one with a traceback. */
static int add_traceback(lua_State *L)
{
    const char *message = luaL_tolstring(L, 1, NULL);

    luaL_traceback(L, L, message, 1);
    return 1;
}

/* Sets the COUNT fields NAMES of the table at the top to nil. */
static void remove_fields(lua_State *L, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lua_pushnil(L);
        lua_setfield(L, -2, names[i]);
    }
}

/* load(chunk, name, mode, env), whatever its mode: Lua does not check bytecode, which could do
 * anything. The upvalue is the `load` of Lua. */
static int load_text(lua_State *L)
{
    if (lua_gettop(L) < 3)
        lua_settop(L, 3);
    lua_pushliteral(L, "t");
    lua_replace(L, 3);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* How `require` finds a module: a file on package.path, text only. The upvalue is `package`. */
static int search_text(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);

    lua_getfield(L, lua_upvalueindex(1), "searchpath");
    lua_pushvalue(L, 1);
    lua_getfield(L, lua_upvalueindex(1), "path");
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2))
        return 1;
    lua_pop(L, 1);
    if (luaL_loadfilex(L, lua_tostring(L, -1), "t") != LUA_OK)
        return luaL_error(L, "error loading module '%s': %s", name, lua_tostring(L, -1));
    lua_insert(L, -2);
    return 2;
}

/* Has all that loads code take text only. At 1 is the table of globals, at LIBRARY `package`. */
static void refuse_bytecode(lua_State *L, int library)
{
    lua_getfield(L, 1, "load");
    lua_pushcclosure(L, load_text, 1);
    lua_setfield(L, 1, "load");

    /* `require` finds what was loaded, and Lua files; no C libraries. */
    lua_getfield(L, library, "searchers");
    for (lua_Integer i = luaL_len(L, -1); i > 2; i--) {
        lua_pushnil(L);
        lua_seti(L, -2, i);
    }
    lua_pushvalue(L, library);
    lua_pushcclosure(L, search_text, 1);
    lua_seti(L, -2, 2);
}

/* open_libraries(names): opens what a script may use: no way to files, processes or the inside of the
 * proxy. */
static int open_libraries(lua_State *L)
{
    static const luaL_Reg libraries[] = {
        { LUA_GNAME, luaopen_base },          { LUA_LOADLIBNAME, luaopen_package },
        { LUA_COLIBNAME, luaopen_coroutine }, { LUA_TABLIBNAME, luaopen_table },
        { LUA_OSLIBNAME, luaopen_os },        { LUA_STRLIBNAME, luaopen_string },
        { LUA_MATHLIBNAME, luaopen_math },    { LUA_UTF8LIBNAME, luaopen_utf8 },
    };
    static const char *const of_base[] = { "dofile", "loadfile", "collectgarbage" };
    static const char *const of_os[] = { "execute", "exit",      "remove",
                                         "rename",  "setlocale", "tmpname" };
    static const char *const of_package[] = { "loadlib", "cpath" };
    static const char *const of_string[] = { "dump" };
    struct lua_names *names = lua_touserdata(L, 1);

    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
    lua_settop(L, 0);
    lua_pushglobaltable(L);
    remove_fields(L, of_base, sizeof of_base / sizeof of_base[0]);
    lua_getfield(L, 1, LUA_OSLIBNAME);
    remove_fields(L, of_os, sizeof of_os / sizeof of_os[0]);
    lua_getfield(L, 1, LUA_LOADLIBNAME);
    remove_fields(L, of_package, sizeof of_package / sizeof of_package[0]);
    lua_getfield(L, 1, LUA_STRLIBNAME);
    remove_fields(L, of_string, sizeof of_string / sizeof of_string[0]);
    refuse_bytecode(L, 3);
    lua_log_open(L);
    lua_names_open(L, names);
    return 0;
}

enum err vm_open(struct vm *vm, size_t most)
{
    *vm = (struct vm){ .most = most };
    vm->L = lua_newstate(allocate, vm);
    if (vm->L == NULL)
        return ERR_SCRIPT;
    lua_pushcfunction(vm->L, add_traceback);
    lua_pushcfunction(vm->L, open_libraries);
    lua_pushlightuserdata(vm->L, &vm->names);
    if (lua_pcall(vm->L, 1, 0, 0) != LUA_OK) {
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

enum err vm_run_file(struct vm *vm, const char *path, char *const *args, int count)
{
    lua_pushcfunction(vm->L, run_file);
    lua_pushlightuserdata(vm->L, (void *)path);
    lua_pushlightuserdata(vm->L, (void *)args);
    lua_pushinteger(vm->L, count);
    return vm_call(vm, 3, 1);
}

enum err vm_call(struct vm *vm, int args, int results)
{
    int status = lua_pcall(vm->L, args, results, 1);

    vm->stopped = status == LUA_ERRMEM;
    return status == LUA_OK ? OK : ERR_SCRIPT;
}

bool vm_was_stopped(const struct vm *vm)
{
    return vm->stopped;
}

/* trace(coroutine): the message at the top of its stack, with a traceback. */
static int trace(lua_State *L)
{
    lua_State *co = lua_touserdata(L, 1);

    lua_xmove(co, L, 1);
    luaL_traceback(L, co, luaL_tolstring(L, -1, NULL), 0);
    return 1;
}

enum vm_news vm_resume(struct vm *vm, lua_State *co, int args, int *results)
{
    switch (lua_resume(co, vm->L, args, results)) {
    case LUA_OK:
        return VM_DONE;
    case LUA_YIELD:
        return VM_WAITS;
    default:
        lua_pushcfunction(vm->L, trace);
        lua_pushlightuserdata(vm->L, co);
        vm_call(vm, 1, 1);
        lua_xmove(vm->L, co, 1); /* to where the message was */
        return VM_FAILED;
    }
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

void vm_rest(struct vm *vm)
{
    size_t grown;
    size_t steps;

    /* Memory may have run out meanwhile: then Lua has collected all at once. */
    vm->rested = least(vm->rested, vm->used);
    vm->live = least(vm->live, vm->used);
    grown = vm->used - vm->rested;
    if (grown < REST_GRAIN || (!vm->collecting && vm->used < 2 * vm->live))
        return;
    /* From the first rest on, the collector works only here. */
    lua_gc(vm->L, LUA_GCSTOP);
    lua_gc(vm->L, LUA_GCINC, 0, 0, REST_STEP);
    vm->collecting = true;
    steps = least(grown >> REST_STEP, most_steps(vm));
    while (vm->collecting && steps-- > 0)
        vm->collecting = lua_gc(vm->L, LUA_GCSTEP, 0) == 0;
    vm->rested = vm->used;
    if (!vm->collecting)
        vm->live = vm->used;
}
