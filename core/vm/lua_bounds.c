/* The functions on strings and times that take long if they are given much. */
#include "vm/lua_bounds.h"

#include "base/span.h"
#include "vm/lua_instead.h"

#include <lauxlib.h>
#include <lualib.h>

/* What string.format takes; how long a format of string.pack and os.date may be. */
enum { VALUES_MAX = 1000, QUOTED_MAX = 1 << 18, FORMAT_MAX = 4096 };

/* How long a string may be. */
static size_t longest(lua_State *L)
{
    return *(const size_t *)lua_instead_data(L) / 8;
}

/* Pushes COUNT times TEXT, with BETWEEN between them. */
static void push_repeated(lua_State *L, struct span text, struct span between, size_t count)
{
    size_t unit = text.len + between.len;
    size_t size = unit * count - between.len;
    size_t done = count > 1 ? unit : text.len;
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, size);

    memcpy(to, text.at, text.len);
    if (count > 1)
        memcpy(to + text.len, between.at, between.len);
    while (done < size) {
        size_t more = done <= size - done ? done : size - done;

        memcpy(to + done, to, more);
        done += more;
    }
    luaL_pushresultsize(&buffer, size);
}

/* string.rep(s, n [, separator]) */
static int repeat(lua_State *L)
{
    struct span text;
    struct span between;
    lua_Integer n;

    text.at = luaL_checklstring(L, 1, &text.len);
    n = luaL_checkinteger(L, 2);
    between.at = luaL_optlstring(L, 3, "", &between.len);
    if (n <= 0 || text.len + between.len == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (text.len + between.len > longest(L) / (lua_Unsigned)n)
        return luaL_error(L, "resulting string too large");
    push_repeated(L, text, between, (size_t)n);
    return 1;
}

/* How many bytes string.format takes. It may look at all of a string to print one byte of it; and
 * takes long for each byte of a %q. */
static size_t most_formatted(lua_State *L)
{
    size_t len;
    const char *text = lua_tolstring(L, 1, &len);

    return text != NULL && memmem(text, len, "%q", 2) != NULL ? QUOTED_MAX : longest(L);
}

/* string.format(format, ...) */
static int format(lua_State *L)
{
    int count = lua_gettop(L);
    size_t sum = 0;

    if (count > VALUES_MAX)
        return luaL_error(L, "too many arguments");
    for (int i = 1; i <= count; i++)
        if (lua_type(L, i) == LUA_TSTRING)
            sum += lua_rawlen(L, i);
    if (sum > most_formatted(L))
        return luaL_error(L, "resulting string too large");
    return lua_instead_go_on(L);
}

/* string.pack(format, ...) and the like, os.date(format, ...) */
static int follow_format(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TSTRING && lua_rawlen(L, 1) > FORMAT_MAX)
        return luaL_error(L, "the format is too long");
    return lua_instead_go_on(L);
}

void lua_bounds_open(lua_State *L, const size_t *most)
{
    lua_getglobal(L, LUA_STRLIBNAME);
    lua_instead_put(L, "rep", repeat, most);
    lua_instead_put(L, "format", format, most);
    lua_instead_put(L, "pack", follow_format, NULL);
    lua_instead_put(L, "packsize", follow_format, NULL);
    lua_instead_put(L, "unpack", follow_format, NULL);
    lua_getglobal(L, LUA_OSLIBNAME);
    lua_instead_put(L, "date", follow_format, NULL);
    lua_pop(L, 2);
}
