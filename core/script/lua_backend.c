/* Backends as plain Lua tables. */
#include "script/lua_backend.h"

static const char *const facts[LUA_BACKEND_FACTS] = { "inflight", "up" };

void lua_backend_push_new(lua_State *L, const struct backend *b)
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
    lua_newtable(L);
    lua_setfield(L, -2, "data");
    lua_pushinteger(L, b->inflight);
    lua_setfield(L, -2, "inflight");
    lua_pushboolean(L, backend_is_up(b));
    lua_setfield(L, -2, "up");

    lua_insert(L, -2);
    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
    }
    lua_setfield(L, -2, "tags");
}

void lua_backend_push_facts(lua_State *L)
{
    for (int i = 0; i < LUA_BACKEND_FACTS; i++)
        lua_pushstring(L, facts[i]);
}

void lua_backend_update(lua_State *L, const struct backend *b, int first)
{
    lua_pushvalue(L, lua_upvalueindex(first));
    lua_pushinteger(L, b->inflight);
    lua_rawset(L, -3);
    lua_pushvalue(L, lua_upvalueindex(first + 1));
    lua_pushboolean(L, backend_is_up(b));
    lua_rawset(L, -3);
}
