/* Random numbers for scripts. */
#include "script/lua_random.h"

#include <lauxlib.h>

/* xorshift64*: Marsaglia 2003, Vigna 2016. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545F4914F6CDD1Dull;
}

/* random([n]); the upvalue is the state. */
static int draw(lua_State *L)
{
    uint64_t *state = lua_touserdata(L, lua_upvalueindex(1));
    lua_Integer n;

    if (lua_isnoneornil(L, 1)) {
        lua_pushnumber(L, (lua_Number)(next_random(state) >> 11) * 0x1p-53);
        return 1;
    }
    n = luaL_checkinteger(L, 1);
    luaL_argcheck(L, n >= 1, 1, "must be at least 1");
    lua_pushinteger(L, 1 + (lua_Integer)(((__uint128_t)next_random(state) * (uint64_t)n) >> 64));
    return 1;
}

void lua_random_push_new(lua_State *L, uint64_t seed)
{
    uint64_t *state = lua_newuserdatauv(L, sizeof *state, 0);

    *state = seed;
    lua_pushcclosure(L, draw, 1);
}
