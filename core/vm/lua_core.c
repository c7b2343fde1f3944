/* What `require "luaproxy"` takes from the core. */
#include "vm/lua_core.h"

#include "base/hash.h"
#include "vm/lua_counter.h"
#include "vm/lua_log.h"
#include "vm/maglev.h"

#include <endian.h>
#include <lauxlib.h>
#include <math.h>

/* Its address is the name of what is kept in the registry: where the clock is, NULL for the
 * system's. */
static const char clock_key;

static const char default_key[HASH_KEY];

static uint64_t hash_argument(lua_State *L, int arg, const char *key)
{
    struct span text;

    text.at = luaL_checklstring(L, arg, &text.len);
    return hash_sip(text, key) >> 1;
}

static int hash(lua_State *L)
{
    size_t len = HASH_KEY;
    const char *key = luaL_optlstring(L, 2, default_key, &len);

    luaL_argcheck(L, lua_isnoneornil(L, 2) || len == HASH_KEY, 2, "a key has 16 bytes");
    lua_pushinteger(L, (lua_Integer)hash_argument(L, 1, key));
    return 1;
}

/* What stands for the key or id that is argument ARG: a whole number is a hash already. */
static uint64_t number_of(lua_State *L, int arg)
{
    if (lua_isinteger(L, arg))
        return (uint64_t)lua_tointeger(L, arg);
    return hash_argument(L, arg, default_key);
}

static int rendezvous(lua_State *L)
{
    uint64_t key = number_of(L, 1);
    uint64_t id = number_of(L, 2);
    /* 52 bits, since with 53 and a half the highest would be rounded to 1, which has no
     * logarithm. */
    double u = ((double)(hash_mix(key ^ hash_mix(id)) >> 12) + 0.5) * 0x1p-52;

    lua_pushnumber(L, luaL_optnumber(L, 3, 1) / -log(u));
    return 1;
}

/* The number of ids that are argument 1. */
static unsigned count_ids(lua_State *L)
{
    size_t count = lua_istable(L, 1) ? lua_rawlen(L, 1) : 0;

    luaL_argcheck(L, count >= 1 && count <= MAGLEV_SHARERS, 1, "a list of 1 to 65535 ids expected");
    return (unsigned)count;
}

static uint32_t check_size(lua_State *L)
{
    luaL_argcheck(L, lua_isinteger(L, 2) && maglev_fits(lua_tointeger(L, 2)), 2,
                  "a prime number up to 655373 expected");
    return (uint32_t)lua_tointeger(L, 2);
}

/* Complains if the id at the top has been there before; the table below it has those seen. */
static void check_new(lua_State *L)
{
    lua_pushvalue(L, -1);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, -2);
    luaL_argcheck(L, lua_rawget(L, -5) == LUA_TNIL, 1, "an id is there twice");
    lua_pop(L, 1);
    lua_rawset(L, -4);
}

/* The id number I of the list that is argument 1, where it begins and how it goes on. Two keys, so
 * that the one says nothing of the other. */
static void read_id(lua_State *L, struct maglev_sharer *s, unsigned i, uint32_t size)
{
    struct span id;

    lua_rawgeti(L, 1, i + 1);
    luaL_argcheck(L, lua_isstring(L, -1), 1, "an id must be a string");
    id.at = lua_tolstring(L, -1, &id.len);
    check_new(L);
    s->slot = (uint32_t)((hash_sip(id, "maglev    offset") >> 1) % size);
    s->skip = (uint32_t)((hash_sip(id, "maglev      skip") >> 1) % (size - 1) + 1);
    s->weight = 1;
    lua_pop(L, 1);
}

/* The weights that are argument 3, if there are any. */
static void read_weights(lua_State *L, struct maglev_sharer *sharers, unsigned count)
{
    double heaviest = 0;

    if (lua_isnoneornil(L, 3))
        return;
    luaL_checktype(L, 3, LUA_TTABLE);
    for (unsigned i = 0; i < count; i++) {
        double weight = lua_rawgeti(L, 3, i + 1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;

        luaL_argcheck(L, weight >= 0 && weight < INFINITY, 3,
                      "a weight from 0 on for each id expected");
        sharers[i].weight = weight;
        heaviest = fmax(heaviest, weight);
        lua_pop(L, 1);
    }
    luaL_argcheck(L, heaviest > 0, 3, "a weight above 0 expected");
}

/* All memory is the collector's, since any of this may raise an error. */
static int maglev(lua_State *L)
{
    unsigned count = count_ids(L);
    uint32_t size = check_size(L);
    struct maglev_sharer *sharers;
    struct maglev_round *rounds;
    uint16_t *owners;

    lua_settop(L, 3);
    sharers = lua_newuserdatauv(L, count * sizeof *sharers, 0);
    rounds = lua_newuserdatauv(L, size * sizeof *rounds, 0);
    owners = lua_newuserdatauv(L, size * sizeof *owners, 0);
    lua_createtable(L, 0, (int)count);
    for (unsigned i = 0; i < count; i++)
        read_id(L, &sharers[i], i, size);
    read_weights(L, sharers, count);
    maglev_fill(sharers, count, rounds, owners, size);
    for (uint32_t slot = 0; slot < size; slot++)
        owners[slot] = htole16(owners[slot]);
    lua_pushlstring(L, (const char *)owners, size * sizeof *owners);
    return 1;
}

/* The upvalue has where the clock is. */
static int now(lua_State *L)
{
    const struct clock **set = lua_touserdata(L, lua_upvalueindex(1));
    struct clock clock = { .now = 0 };

    if (*set == NULL)
        clock_tick(&clock);
    lua_pushnumber(L, *set == NULL ? clock.now : (*set)->now);
    return 1;
}

/* Pushes `now`, whose clock is still the system's. */
static void push_now(lua_State *L)
{
    const struct clock **clock = lua_newuserdatauv(L, sizeof *clock, 0);

    *clock = NULL;
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &clock_key);
    lua_pushcclosure(L, now, 1);
}

void lua_core_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "hash", hash },     { "rendezvous", rendezvous },
        { "maglev", maglev }, { "log", lua_log_print },
        { NULL, NULL },
    };

    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    luaL_newlib(L, functions);
    push_now(L);
    lua_setfield(L, -2, "now");
    lua_counter_push(L);
    lua_setfield(L, -2, "counter");
    lua_setfield(L, -2, "luaproxy.core");
    lua_pop(L, 1);
}

void lua_core_set_clock(lua_State *L, const struct clock *clock)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clock_key);
    *(const struct clock **)lua_touserdata(L, -1) = clock;
    lua_pop(L, 1);
}
