/* The functions on tables that take long if there is much to move. */
#include "vm/lua_tables.h"

#include "vm/lua_instead.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>

/* How many elements may be moved, or steps be made for that: to each element of a table with
 * metatables there may be two thousand. And how many numbers are sorted without being stopped. */
enum { MOVES_MAX = 1 << 20, LINKS_COUNTED = 64, LINKS_MAX = 2000, SORTED_AT_ONCE = 10000 };
enum { FEW_MOVES = MOVES_MAX / LINKS_MAX / 2 };

static const char too_many[] = "too many elements to move";

/* How many tables may have to be looked at for each element of what is at INDEX: it and those that
 * metatables name, in their fields NAME, one after the other. */
static unsigned links(lua_State *L, int index, const char *name)
{
    unsigned count = 1;

    lua_pushvalue(L, index);
    while (count < LINKS_COUNTED && luaL_getmetafield(L, -1, name) != LUA_TNIL) {
        lua_remove(L, -2);
        count++;
    }
    lua_pop(L, 1);
    return count < LINKS_COUNTED ? count : LINKS_MAX;
}

/* Complains by COMPLAINT if it takes too long to move all from FIRST to LAST, from what is at index
 * FROM to what is at TO. */
static void check_moves(lua_State *L, lua_Integer first, lua_Integer last, int from, int to,
                        const char *complaint)
{
    lua_Unsigned moves = (lua_Unsigned)last - (lua_Unsigned)first;

    if (last <= first || moves <= FEW_MOVES)
        return;
    if (moves > MOVES_MAX ||
        moves * (links(L, from, "__index") + links(L, to, "__newindex") - 1) > MOVES_MAX)
        luaL_error(L, complaint);
}

/* Is what is at 1 something that Lua's functions may accept? If not, they are to say so. */
static bool may_be_list(lua_State *L)
{
    return lua_istable(L, 1) || lua_isuserdata(L, 1);
}

/* Checks those from the position at 2 to the end. */
static void check_from(lua_State *L)
{
    int is_whole = 0;
    lua_Integer at = lua_tointegerx(L, 2, &is_whole);

    if (is_whole && may_be_list(L))
        check_moves(L, at, luaL_len(L, 1), 1, 1, too_many);
}

/* table.insert(list, [pos,] value), where there is a position. */
static int insert(lua_State *L)
{
    if (lua_gettop(L) == 3)
        check_from(L);
    return lua_instead_go_on(L);
}

/* table.remove(list [, pos]), where there is a position. */
static int take_out(lua_State *L)
{
    if (lua_gettop(L) == 2)
        check_from(L);
    return lua_instead_go_on(L);
}

/* table.move(from, first, last, to [, into]) */
static int move(lua_State *L)
{
    int to = lua_isnoneornil(L, 5) ? 1 : 5;

    check_moves(L, lua_tointeger(L, 2), lua_tointeger(L, 3), 1, to, too_many);
    return lua_instead_go_on(L);
}

/* Checks the elements of the table at 1 that the arguments FIRST and FIRST + 1 are the ends of. */
static void check_range(lua_State *L, int first, const char *complaint)
{
    lua_Integer from;
    lua_Integer to;

    if (!may_be_list(L))
        return;
    from = luaL_optinteger(L, first, 1);
    to = luaL_opt(L, luaL_checkinteger, first + 1, luaL_len(L, 1));
    check_moves(L, from, to, 1, 1, complaint);
}

/* table.concat(list [, separator [, first [, last]]]) */
static int join(lua_State *L)
{
    check_range(L, 3, too_many);
    return lua_instead_go_on(L);
}

/* table.unpack(list [, first [, last]]) */
static int unpack(lua_State *L)
{
    check_range(L, 2, "too many results to unpack");
    return lua_instead_go_on(L);
}

/* Are the COUNT elements of what is at 1 numbers in a mere table? */
static bool are_numbers(lua_State *L, lua_Integer count)
{
    if (lua_getmetatable(L, 1) != 0) {
        lua_pop(L, 1);
        return false;
    }
    for (lua_Integer i = 1; i <= count; i++) {
        bool is_number = lua_rawgeti(L, 1, i) == LUA_TNUMBER;

        lua_pop(L, 1);
        if (!is_number)
            return false;
    }
    return true;
}

/* The order of table.sort. Within Lua's own comparisons nothing would be stopped, before this
 * function is. */
static int is_less(lua_State *L)
{
    lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPLT));
    return 1;
}

/* table.sort(list [, is_less]) */
static int sort(lua_State *L)
{
    if (may_be_list(L) && lua_isnoneornil(L, 2)) {
        lua_Integer count = luaL_len(L, 1);

        lua_settop(L, 1);
        if (count > SORTED_AT_ONCE || !are_numbers(L, count))
            lua_pushcfunction(L, is_less);
    }
    return lua_instead_go_on(L);
}

void lua_tables_open(lua_State *L)
{
    lua_getglobal(L, LUA_TABLIBNAME);
    lua_instead_put(L, "insert", insert, NULL);
    lua_instead_put(L, "remove", take_out, NULL);
    lua_instead_put(L, "move", move, NULL);
    lua_instead_put(L, "concat", join, NULL);
    lua_instead_put(L, "unpack", unpack, NULL);
    lua_instead_put(L, "sort", sort, NULL);
    lua_pop(L, 1);
}
