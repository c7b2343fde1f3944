/* Objects through which scripts see what belongs to C. */
#include "script/lua_object.h"

void lua_object_push_new(lua_State *L, const struct lua_object *kind, void *pointer, int owner)
{
    lua_pushlightuserdata(L, pointer);
    lua_insert(L, -2);
    lua_pushcclosure(L, kind->index, 2);
    lua_newuserdatauv(L, 0, 1);
    if (owner != 0) {
        lua_pushvalue(L, owner);
        lua_setiuservalue(L, -2, 1);
    }
    lua_insert(L, -2);
    lua_createtable(L, 0, 3);
    lua_insert(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushlightuserdata(L, pointer);
    lua_pushcclosure(L, kind->set, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushstring(L, kind->name);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}
