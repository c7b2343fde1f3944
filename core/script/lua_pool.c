/* A pool as Lua sees it. */
#include "script/lua_pool.h"

#include <string.h>

/* Pushes the tags that the script gives to the backend at INDEX, whose `backends` are at the
 * stack's index LIST. */
static void push_tags(lua_State *L, int list, unsigned index)
{
    lua_rawgeti(L, list, (lua_Integer)index + 1);
    if (lua_istable(L, -1)) {
        lua_pushliteral(L, "tags");
        lua_rawget(L, -2);
    } else {
        lua_pushnil(L);
    }
    lua_remove(L, -2);
}

void lua_pool_note(struct lua_pool *lp, const struct backend *b)
{
    if (lp->is_stale[b->index])
        return;
    lp->is_stale[b->index] = true;
    lp->stale[lp->stale_count++] = b->index;
}

/* Facts may have changed to and fro: often there is nothing to write. */
static void write_facts(lua_State *L, struct lua_pool *lp)
{
    while (lp->stale_count > 0) {
        unsigned index = lp->stale[--lp->stale_count];
        const struct backend *b = &lp->pool->backends[index];

        lp->is_stale[index] = false;
        if (lua_backend_is_told(b, &lp->told[index], lp->reads_latency))
            continue;
        lua_pool_push_backend(L, lp, index);
        lua_backend_update(lp->vm, L, b, &lp->told[index], lp->reads_latency);
        lua_pop(L, 1);
    }
}

/* backend.KEY, where the table has no such field: latency is written from now on. */
static int index_backend(lua_State *L)
{
    struct lua_pool *lp = lua_touserdata(L, lua_upvalueindex(1));
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";

    if (!lp->reads_latency && (strcmp(key, "ewma") == 0 || strcmp(key, "ewma_at") == 0)) {
        lp->reads_latency = true;
        for (unsigned i = 0; i < lp->pool->count; i++)
            lua_pool_note(lp, &lp->pool->backends[i]);
        write_facts(L, lp);
    }
    lua_settop(L, 2);
    lua_rawget(L, 1);
    return 1;
}

/* Pushes what all tables of backends have in common. */
static void push_common(lua_State *L, struct lua_pool *lp)
{
    lua_createtable(L, 0, 2);
    lua_pushlightuserdata(L, lp);
    lua_pushcclosure(L, index_backend, 1);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "backend");
    lua_setfield(L, -2, "__metatable");
}

/* The place where TABLE is, or would be. */
static struct lua_place *find_place(const struct lua_pool *lp, const void *table)
{
    unsigned i = (unsigned)((uintptr_t)table * 0x9E3779B97F4A7C15ull >> 40) & lp->places_mask;

    while (lp->places[i].number > 0 && lp->places[i].table != table)
        i = (i + 1) & lp->places_mask;
    return &lp->places[i];
}

/* Makes the tables of all backends. The script's `backends` are at the stack's index
 * LIST. */
static void make_tables(struct lua_pool *lp, int list)
{
    lua_State *L = lp->vm->L;

    push_common(L, lp);
    for (unsigned i = 0; i < lp->pool->count; i++) {
        push_tags(L, list, i);
        lua_backend_push_new(lp->vm, &lp->pool->backends[i], &lp->told[i]);
        lua_pushvalue(L, -2);
        lua_setmetatable(L, -2);
        *find_place(lp, lua_topointer(L, -1)) = (struct lua_place){ lua_topointer(L, -1), i + 1 };
        lp->tables[i] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_pop(L, 1);
}

/* Memory of the state's, zeroed, which the registry holds. */
static void *take_memory(lua_State *L, size_t size)
{
    void *memory = lua_newuserdatauv(L, size + 1, 0);

    luaL_ref(L, LUA_REGISTRYINDEX);
    return memset(memory, 0, size);
}

void lua_pool_init(struct vm *vm, struct lua_pool *lp, const struct pool *pool, int table)
{
    lua_State *L = vm->L;
    unsigned places = 4;

    while (places <= 2 * pool->count)
        places *= 2;
    *lp = (struct lua_pool){ .vm = vm, .pool = pool, .places_mask = places - 1 };
    table = lua_absindex(L, table);
    lp->told = take_memory(L, pool->count * sizeof *lp->told);
    lp->tables = take_memory(L, pool->count * sizeof *lp->tables);
    lp->stale = take_memory(L, pool->count * sizeof *lp->stale);
    lp->is_stale = take_memory(L, pool->count * sizeof *lp->is_stale);
    lp->places = take_memory(L, places * sizeof *lp->places);
    lua_pushliteral(L, "backends");
    lua_rawget(L, table);
    make_tables(lp, lua_gettop(L));
    lua_pop(L, 1);
    lua_newtable(L);
    lp->up = luaL_ref(L, LUA_REGISTRYINDEX);
}

void lua_pool_push_backend(lua_State *L, const struct lua_pool *lp, unsigned index)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, lp->tables[index]);
}

void lua_pool_write_facts(struct lua_pool *lp)
{
    if (lp->stale_count > 0)
        write_facts(lp->vm->L, lp);
}

/* Makes the list at the top of the stack one of those in ASK, and of nobody else. */
static void write_list(struct lua_pool *lp, const struct ask *ask)
{
    lua_State *L = lp->vm->L;

    for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i > (lua_Integer)ask->count; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
    for (unsigned i = 0; i < ask->count; i++) {
        lua_pool_push_backend(L, lp, ask->up[i]->index);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* Pushes a new list of those in ASK. */
static void push_list(struct lua_pool *lp, const struct ask *ask)
{
    lua_createtable(lp->vm->L, (int)ask->count, 0);
    write_list(lp, ask);
}

bool lua_pool_push_up(struct lua_pool *lp, const struct ask *ask)
{
    lua_State *L = lp->vm->L;

    if (ask->version == 0) {
        push_list(lp, ask);
        return false;
    }
    if (ask->version == lp->version) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, lp->up);
        /* A script that has made the list longer or shorter gets it as it should be. */
        if (lp->spoilt || lua_rawlen(L, -1) != ask->count)
            write_list(lp, ask);
        lp->spoilt = false;
        return false;
    }
    push_list(lp, ask);
    lp->spoilt = false;
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, lp->up);
    lp->version = ask->version;
    return true;
}

void lua_pool_push_all(struct lua_pool *lp)
{
    lua_State *L = lp->vm->L;

    lua_createtable(L, (int)lp->pool->count, 0);
    for (unsigned i = 0; i < lp->pool->count; i++) {
        lua_pool_push_backend(L, lp, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

unsigned lua_pool_number(const struct lua_pool *lp)
{
    return find_place(lp, lua_topointer(lp->vm->L, -1))->number;
}
