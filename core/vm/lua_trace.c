/* Where in a script something happened. */
#include "vm/lua_trace.h"

#include "vm/guard.h"

enum { MESSAGE_MAX = 4096, LEVELS_MAX = 12 };

/* Appends the function AR, which lua_getinfo has filled in. */
static void add_function(luaL_Buffer *text, lua_State *L, const lua_Debug *ar)
{
    if (ar->currentline > 0)
        lua_pushfstring(L, "\n\t%s:%d: in ", ar->short_src, ar->currentline);
    else
        lua_pushfstring(L, "\n\t%s: in ", ar->short_src);
    luaL_addvalue(text);
    if (*ar->namewhat != '\0')
        lua_pushfstring(L, "%s '%s'", ar->namewhat, ar->name);
    else if (*ar->what == 'm')
        lua_pushliteral(L, "main chunk");
    else if (*ar->what == 'C')
        lua_pushliteral(L, "a function in C");
    else
        lua_pushfstring(L, "function <%s:%d>", ar->short_src, ar->linedefined);
    luaL_addvalue(text);
}

/* Pushes the text at the top of the stack with the functions being called in OF, from LEVEL on. */
static void push_trace(lua_State *L, lua_State *of, int level)
{
    size_t len;
    const char *message = lua_tolstring(L, -1, &len);
    int end = level + LEVELS_MAX;
    luaL_Buffer text;
    lua_Debug ar;

    luaL_buffinit(L, &text);
    luaL_addlstring(&text, message, len < MESSAGE_MAX ? len : MESSAGE_MAX);
    luaL_addstring(&text, "\nstack traceback:");
    for (; level < end && lua_getstack(of, level, &ar) != 0; level++) {
        lua_getinfo(of, "Slnt", &ar);
        add_function(&text, L, &ar);
    }
    if (level == end && lua_getstack(of, level, &ar) != 0)
        luaL_addstring(&text, "\n\t...");
    luaL_pushresult(&text);
}

int lua_trace(lua_State *L)
{
    if (guard_is_traced())
        return 1;
    luaL_tolstring(L, 1, NULL);
    push_trace(L, L, 1);
    guard_keep(L);
    return 1;
}

int lua_trace_of(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    push_trace(L, lua_touserdata(L, 2), 0);
    return 1;
}
