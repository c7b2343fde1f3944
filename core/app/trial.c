/* A script is tried without a network. */
#include "app/trial.h"

#include "base/log.h"

#include <stdio.h>

/* Seconds of CPU that all of it may take, and as many more for each pool. */
static const double PATIENCE = 4, PATIENCE_POOL = 1;

/* dry_run(script): the lists of complaints and of notes. */
static int dry_run(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "luaproxy.testing");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "dryrun");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 2);
    luaL_checktype(L, -2, LUA_TTABLE);
    luaL_checktype(L, -1, LUA_TTABLE);
    return 2;
}

/* Prints the strings in the list at the stack's index LIST to FILE, with BEFORE in front of each.
 * Gives their number. */
static size_t print_list(lua_State *L, int list, FILE *file, const char *before)
{
    size_t count = lua_rawlen(L, list);

    for (size_t i = 1; i <= count; i++) {
        const char *text = lua_rawgeti(L, list, (lua_Integer)i) == LUA_TSTRING
                               ? lua_tostring(L, -1)
                               : "something is wrong";

        fprintf(file, "%s%s\n", before, text);
        lua_pop(L, 1);
    }
    return count;
}

enum err trial_run(struct loaded *loaded)
{
    struct vm *vm = &loaded->vm;
    lua_State *L = vm->L;
    char before[1024];
    enum err err = OK;

    vm->patience = PATIENCE + PATIENCE_POOL * loaded->config.pool_count;
    log_set_level(LOG_ERROR); /* what the script prints is about requests that nobody has made */
    snprintf(before, sizeof before, "%.1000s: ", loaded->source->path);
    lua_pushcfunction(L, dry_run);
    lua_pushvalue(L, -2);
    if (vm_call(vm, 1, 2) == OK) {
        print_list(L, lua_gettop(L), stdout, "  note      ");
        if (print_list(L, lua_gettop(L) - 1, stderr, before) > 0)
            err = ERR_SCRIPT;
    } else {
        fprintf(stderr, "%sit could not be tried: %s\n", before, lua_tostring(L, -1));
        err = ERR_SCRIPT;
    }
    lua_settop(L, 2);
    return err;
}
