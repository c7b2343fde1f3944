/* Names of fields that are written again and again. */
#include "vm/lua_names.h"

#include <lauxlib.h>

void lua_names_open(lua_State *L, struct lua_names *names)
{
#define LUA_NAME_TEXT(code, text) text,
    static const char *const texts[] = { LUA_NAME_LIST(LUA_NAME_TEXT) };
#undef LUA_NAME_TEXT

    for (int i = 0; i < LUA_NAME_COUNT; i++) {
        lua_pushstring(L, texts[i]);
        names->ref[i] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
}
