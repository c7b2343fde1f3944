/* Chance for scripts. */
#include "vm/lua_random.h"

#include <lauxlib.h>

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545F4914F6CDD1Dull;
}

static int random_of(lua_State *L)
{
    uint64_t *state = lua_touserdata(L, lua_upvalueindex(1));
    int is_whole;
    lua_Integer n = lua_tointegerx(L, 1, &is_whole);

    if (!is_whole && lua_isnoneornil(L, 1)) {
        lua_pushnumber(L, (lua_Number)(next_random(state) >> 11) * 0x1p-53);
        return 1;
    }
    if (!is_whole)
        n = luaL_checkinteger(L, 1); /* which says what is wrong with it */
    luaL_argcheck(L, n >= 1, 1, "must be at least 1");
    lua_pushinteger(L, 1 + (lua_Integer)(((__uint128_t)next_random(state) * (uint64_t)n) >> 64));
    return 1;
}

void lua_random_push(lua_State *L, uint64_t *state)
{
    lua_pushlightuserdata(L, state);
    lua_pushcclosure(L, random_of, 1);
}
