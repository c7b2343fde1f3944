/* Logging from a script. */
#include "vm/lua_log.h"

#include "base/log.h"

#include <lauxlib.h>

int lua_log_print(lua_State *L)
{
    int count = lua_gettop(L);
    luaL_Buffer line;

    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            luaL_addchar(&line, ' ');
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    log_info("script: %s", lua_tostring(L, -1));
    return 0;
}

void lua_log_open(lua_State *L)
{
    lua_pushcfunction(L, lua_log_print);
    lua_setglobal(L, "print");
}
