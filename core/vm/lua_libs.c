/* What a script may use of Lua's libraries. */
#include "vm/lua_libs.h"

#include "vm/lua_bounds.h"
#include "vm/lua_core.h"
#include "vm/lua_load.h"
#include "vm/lua_log.h"
#include "vm/lua_match.h"
#include "vm/lua_names.h"
#include "vm/lua_tables.h"
#include "vm/lua_thread.h"

#include <lauxlib.h>
#include <lualib.h>

/* Takes the COUNT fields NAMES from the global table LIBRARY. */
static void remove_fields(lua_State *L, const char *library, const char *const *names, size_t count)
{
    lua_getglobal(L, library);
    for (size_t i = 0; i < count; i++) {
        lua_pushnil(L);
        lua_setfield(L, -2, names[i]);
    }
    lua_pop(L, 1);
}

#define REMOVE(L, library, names)                                                                  \
    remove_fields(L, library, names, sizeof(names) / sizeof((names)[0]))

/* What can be stopped stands in the place of what cannot. */
static void replace_all(lua_State *L)
{
    lua_bounds_open(L, lua_touserdata(L, 1));
    lua_match_open(L);
    lua_tables_open(L);
    lua_thread_open(L);
    lua_log_open(L);
    lua_core_open(L);
    lua_names_open(L, lua_touserdata(L, 3));
}

int lua_libs_open(lua_State *L)
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

    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    REMOVE(L, LUA_GNAME, of_base);
    REMOVE(L, LUA_OSLIBNAME, of_os);
    REMOVE(L, LUA_LOADLIBNAME, of_package);
    REMOVE(L, LUA_STRLIBNAME, of_string);
    lua_load_open(L, lua_touserdata(L, 2));
    replace_all(L);
    return 0;
}

int lua_libs_open_all(lua_State *L)
{
    luaL_openlibs(L);
    replace_all(L);
    return 0;
}
