/* Counters of a script. */
#include "vm/lua_counter.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

/* Where the counters of a state are. */
struct home {
    struct tallies *tallies;
    struct tallies own;
};

/* What a script has of a counter. */
struct handle {
    struct tally *tally;
};

static const char counter_type[] = "luaproxy.counter";

/* Their addresses are the names of what is kept in the registry: the struct home, and the handles
 * by name. */
static const char home_key;
static const char handles_key;

static struct tally *check_counter(lua_State *L)
{
    return ((struct handle *)luaL_checkudata(L, 1, counter_type))->tally;
}

static int add(lua_State *L)
{
    struct tally *tally = check_counter(L);

    tallies_add(tally, luaL_optinteger(L, 2, 1));
    lua_pushinteger(L, tally->n);
    return 1;
}

static int get(lua_State *L)
{
    lua_pushinteger(L, check_counter(L)->n);
    return 1;
}

/* Pushes a new handle for the counter NAME, the name being argument 1. The upvalues are those of
 * `counter`. */
static void push_new_handle(lua_State *L, struct span name)
{
    struct home *home = lua_touserdata(L, lua_upvalueindex(1));
    struct handle *handle = lua_newuserdatauv(L, sizeof *handle, 0);

    handle->tally = tallies_get(home->tallies, name);
    if (handle->tally == NULL)
        luaL_error(L, "there are %d counters already", TALLIES_MAX);
    luaL_setmetatable(L, counter_type);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, lua_upvalueindex(2));
}

static bool is_name(struct span name)
{
    return name.len >= 1 && name.len <= TALLY_NAME_MAX && memchr(name.at, '\0', name.len) == NULL;
}

/* The upvalues are the struct home and the handles by name. */
static int counter(lua_State *L)
{
    struct span name;

    luaL_checktype(L, 1, LUA_TSTRING);
    name.at = lua_tolstring(L, 1, &name.len);
    luaL_argcheck(L, is_name(name), 1, "a name of 1 to 100 bytes but NUL expected");
    lua_pushvalue(L, 1);
    if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TNIL)
        push_new_handle(L, name);
    return 1;
}

/* Has the collector call FREE for the userdata at the top. */
static void set_finalizer(lua_State *L, lua_CFunction free)
{
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, free);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
}

/* Called last of all finalizers, since it was made first: until then a script may count. */
static int free_own(lua_State *L)
{
    struct home *home = lua_touserdata(L, 1);

    tallies_fini(&home->own);
    return 0;
}

static void push_home(lua_State *L)
{
    struct home *home = lua_newuserdatauv(L, sizeof *home, 0);

    *home = (struct home){ .tallies = &home->own };
    set_finalizer(L, free_own);
}

/* Keeps the value at the top in the registry as KEY, too. */
static void keep(lua_State *L, const void *key)
{
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void lua_counter_push(lua_State *L)
{
    static const luaL_Reg methods[] = { { "add", add }, { "get", get }, { NULL, NULL } };

    luaL_newmetatable(L, counter_type);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "counter");
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);

    push_home(L);
    keep(L, &home_key);
    lua_newtable(L);
    keep(L, &handles_key);
    lua_pushcclosure(L, counter, 2);
}

/* Has HANDLE count in TALLIES, where there is room. */
static void move(struct handle *handle, struct tallies *tallies)
{
    struct tally *tally = tallies_get(tallies, span_of(handle->tally->name));

    if (tally == NULL)
        return;
    tallies_add(tally, handle->tally->n);
    handle->tally = tally;
}

void lua_counter_set_tallies(lua_State *L, struct tallies *tallies)
{
    struct home *home;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &home_key);
    home = lua_touserdata(L, -1);
    home->tallies = tallies;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &handles_key);
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        move(lua_touserdata(L, -1), tallies);
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
}
