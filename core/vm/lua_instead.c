/* Functions of ours in the place of Lua's own: those are the first upvalue, DATA is the second. */
#include "vm/lua_instead.h"

void lua_instead_put(lua_State *L, const char *name, lua_CFunction function, const void *data)
{
    lua_getfield(L, -1, name);
    lua_pushlightuserdata(L, (void *)data);
    lua_pushcclosure(L, function, 2);
    lua_setfield(L, -2, name);
}

const void *lua_instead_data(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(2));
}

int lua_instead_go_on(lua_State *L)
{
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}
