/* Loading code: text only. */
#include "vm/lua_load.h"

#include "vm/lua_instead.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a text `load` takes during a call: some texts cost time in the square of their length,
 * and nothing stops the compiler. */
enum { TEXT_MAX = 65536 };

/* How many places a path may name where a module could be. */
enum { PLACES_MAX = 100 };

/* How much may be compiled now. */
static size_t most_text(lua_State *L)
{
    return *(const bool *)lua_instead_data(L) ? SIZE_MAX : TEXT_MAX;
}

/* The next piece of a text from the function at 1; at 5 is where it is kept. DATA is how much of
 * the text may still come. */
static const char *read_piece(lua_State *L, void *data, size_t *size)
{
    size_t *left = data;

    luaL_checkstack(L, 2, "too many nested functions");
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        *size = 0;
        return NULL;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "reader function must return a string");
    lua_replace(L, 5);
    lua_tolstring(L, 5, size);
    if (*size > *left)
        luaL_error(L, "the text is too long");
    *left -= *size;
    return lua_tostring(L, 5);
}

/* Compiles the string at 1. */
static int load_string(lua_State *L)
{
    size_t size;
    const char *text = lua_tolstring(L, 1, &size);

    if (size > most_text(L))
        return luaL_error(L, "the text is too long");
    return luaL_loadbufferx(L, text, size, luaL_optstring(L, 2, text), "t");
}

/* Compiles what the function at 1 gives. */
static int load_pieces(lua_State *L)
{
    size_t left = most_text(L);

    luaL_checktype(L, 1, LUA_TFUNCTION);
    return lua_load(L, read_piece, &left, luaL_optstring(L, 2, "=(load)"), "t");
}

/* load(chunk [, name [, mode [, env]]]), whatever its mode. */
static int load_text(lua_State *L)
{
    bool has_env = !lua_isnone(L, 4);

    luaL_optstring(L, 3, "t");
    lua_settop(L, 5);
    if ((lua_isstring(L, 1) ? load_string(L) : load_pieces(L)) != LUA_OK) {
        luaL_pushfail(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_env) {
        lua_pushvalue(L, 4);
        if (lua_setupvalue(L, -2, 1) == NULL)
            lua_pop(L, 1);
    }
    return 1;
}

/* Can the file at PATH be read? Opening a pipe that nobody writes to would take for ever. */
static bool is_file(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, R_OK) == 0;
}

/* Adds the path at the top of the stack, which is popped with what it was made of, to the text of
 * those that were tried in vain. */
static void add_tried(lua_State *L)
{
    bool first = lua_rawlen(L, -3) == 0;

    lua_pushfstring(L, "%s%sno file '%s'", lua_tostring(L, -3), first ? "" : "\n\t",
                    lua_tostring(L, -1));
    lua_replace(L, -4);
    lua_pop(L, 2);
}

/* searchpath(name, path [, sep [, rep]]), which finds regular files alone. */
static int search_path(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const char *path = luaL_checkstring(L, 2);
    const char *separator = luaL_optstring(L, 3, ".");
    int places = 0;

    if (*separator != '\0')
        name = luaL_gsub(L, name, separator, luaL_optstring(L, 4, "/"));
    lua_pushliteral(L, ""); /* what was tried */
    while (*path != '\0') {
        size_t len = strcspn(path, ";");

        if (++places > PLACES_MAX)
            return luaL_error(L, "the path has more than %d places", PLACES_MAX);
        lua_pushlstring(L, path, len);
        path += path[len] == ';' ? len + 1 : len;
        luaL_gsub(L, lua_tostring(L, -1), "?", name);
        if (len > 0 && is_file(lua_tostring(L, -1)))
            return 1;
        add_tried(L);
    }
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
}

/* How `require` finds a module: a file on package.path, text only. The upvalue is `package`. */
static int search_text(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);

    lua_pushcfunction(L, search_path);
    lua_pushvalue(L, 1);
    lua_getfield(L, lua_upvalueindex(1), "path");
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2))
        return 1;
    lua_pop(L, 1);
    if (luaL_loadfilex(L, lua_tostring(L, -1), "t") != LUA_OK)
        return luaL_error(L, "error loading module '%s': %s", name, lua_tostring(L, -1));
    lua_insert(L, -2);
    return 2;
}

/* setmetatable(table, metatable): finalizers run when the collector wants them to, and Lua calls no
 * hooks in them: one that loops could not be stopped. */
static int set_metatable(lua_State *L)
{
    if (lua_type(L, 2) == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "__gc is not allowed in a script");
        lua_pop(L, 1);
    }
    return lua_instead_go_on(L);
}

void lua_load_open(lua_State *L, const bool *loading)
{
    lua_getglobal(L, LUA_GNAME);
    lua_instead_put(L, "load", load_text, loading);
    lua_instead_put(L, "setmetatable", set_metatable, NULL);
    lua_pop(L, 1);
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_instead_put(L, "searchpath", search_path, NULL);
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = luaL_len(L, -1); i > 2; i--) {
        lua_pushnil(L);
        lua_seti(L, -2, i);
    }
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, search_text, 1);
    lua_seti(L, -2, 2);
    lua_pop(L, 2);
}
