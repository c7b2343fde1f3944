/* Backends as plain Lua tables. */
#include "script/lua_backend.h"

void lua_backend_init(lua_State *L, struct lua_backend *lb, const struct backend *b)
{
    enum { FIELDS = 12 };

    lua_createtable(L, 0, FIELDS);
    lua_pushstring(L, b->config->id);
    lua_setfield(L, -2, "id");
    lua_pushstring(L, b->config->authority);
    lua_setfield(L, -2, "addr");
    lua_pushinteger(L, b->config->weight);
    lua_setfield(L, -2, "weight");
    lua_pushinteger(L, b->config->tier);
    lua_setfield(L, -2, "tier");
    if (lua_istable(L, -2))
        lua_pushvalue(L, -2);
    else
        lua_newtable(L);
    lua_setfield(L, -2, "tags");
    lua_newtable(L);
    lua_setfield(L, -2, "data");
    lua_pushinteger(L, 0);
    lua_setfield(L, -2, "inflight");
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "up");
    lb->table = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_backend_update(L, lb, b);
}

/* Writes the value at the top of the stack over the field NAME of the table below, and pops it. */
static void write_field(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    lua_insert(L, -2);
    lua_rawset(L, -3);
}

void lua_backend_update(lua_State *L, const struct lua_backend *lb, const struct backend *b)
{
    lua_backend_push(L, lb);
    lua_pushinteger(L, b->inflight);
    write_field(L, "inflight");
    lua_pushboolean(L, backend_is_up(b));
    write_field(L, "up");
    lua_pop(L, 1);
}
