/* Objects through which scripts see what belongs to C. */
#include "vm/lua_object.h"

/* Makes FUNCTION, which may be NULL, the field NAME of the metatable at the top of the stack. */
static void set_function(lua_State *L, const char *name, lua_CFunction function, void *pointer)
{
    if (function == NULL)
        return;
    lua_pushlightuserdata(L, pointer);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

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
    lua_createtable(L, 0, 4);
    lua_insert(L, -2);
    lua_setfield(L, -2, "__index");
    set_function(L, "__newindex", kind->set, pointer);
    set_function(L, "__call", kind->call, pointer);
    lua_pushstring(L, kind->name);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}
