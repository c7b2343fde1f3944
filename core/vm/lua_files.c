/* The files that a state was loaded from. */
#include "vm/lua_files.h"

struct search {
    void (*visit)(void *owner, const char *path);
    void *owner;
};

/* The path of the module whose name is at the top of the stack takes its place; nil if there is no
 * such file, as for what comes with Lua. `package` is at 2. */
static void find_path(lua_State *L)
{
    lua_getfield(L, 2, "searchpath");
    lua_insert(L, -2);
    lua_getfield(L, 2, "path");
    lua_call(L, 2, 1);
}

/* each(search): goes through package.loaded. */
static int each(lua_State *L)
{
    const struct search *search = lua_touserdata(L, 1);

    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    for (lua_pushnil(L); lua_next(L, 3) != 0; lua_settop(L, 4)) {
        if (lua_type(L, 4) != LUA_TSTRING)
            continue;
        lua_pushvalue(L, 4);
        find_path(L);
        if (lua_type(L, -1) == LUA_TSTRING)
            search->visit(search->owner, lua_tostring(L, -1));
    }
    return 0;
}

enum err lua_files_each(struct vm *vm, void (*visit)(void *owner, const char *path), void *owner)
{
    struct search search = { visit, owner };
    enum err err;

    lua_pushcfunction(vm->L, each);
    lua_pushlightuserdata(vm->L, &search);
    err = vm_call(vm, 1, 0);
    if (err != OK)
        lua_pop(vm->L, 1);
    return err;
}
