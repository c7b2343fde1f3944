/* A pool as Lua sees it. */
#include "script/lua_pool.h"

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

/* Makes the tables of all backends, as a list, and their numbers by the tables. The script's
 * `backends` are at the stack's index LIST. */
static void make_tables(struct lua_pool *lp, int list)
{
    lua_State *L = lp->vm->L;
    unsigned count = lp->pool->count;

    lua_createtable(L, (int)count, 0);
    lua_createtable(L, 0, (int)count);
    for (unsigned i = 0; i < count; i++) {
        push_tags(L, list, i);
        lua_backend_push_new(lp->vm, &lp->pool->backends[i], &lp->told[i]);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -4, (lua_Integer)i + 1);
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_rawset(L, -3);
    }
    lp->number_of = luaL_ref(L, LUA_REGISTRYINDEX);
    lp->all = luaL_ref(L, LUA_REGISTRYINDEX);
}

void lua_pool_init(struct vm *vm, struct lua_pool *lp, const struct pool *pool, int table)
{
    lua_State *L = vm->L;
    size_t each = sizeof *lp->told + sizeof *lp->stale + sizeof *lp->is_stale;

    *lp = (struct lua_pool){ .vm = vm, .pool = pool };
    table = lua_absindex(L, table);
    lp->told = lua_newuserdatauv(L, pool->count * each + 1, 0);
    luaL_ref(L, LUA_REGISTRYINDEX);
    lp->stale = (unsigned *)(lp->told + pool->count);
    lp->is_stale = (bool *)(lp->stale + pool->count);
    memset(lp->is_stale, 0, pool->count * sizeof *lp->is_stale);
    lua_pushliteral(L, "backends");
    lua_rawget(L, table);
    make_tables(lp, lua_gettop(L));
    lua_pop(L, 1);
    lua_newtable(L);
    lp->up = luaL_ref(L, LUA_REGISTRYINDEX);
}

void lua_pool_note(struct lua_pool *lp, const struct backend *b)
{
    if (lp->is_stale[b->index])
        return;
    lp->is_stale[b->index] = true;
    lp->stale[lp->stale_count++] = b->index;
}

void lua_pool_push_backend(lua_State *L, const struct lua_pool *lp, unsigned index)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, lp->all);
    lua_rawgeti(L, -1, (lua_Integer)index + 1);
    lua_remove(L, -2);
}

void lua_pool_write_facts(struct lua_pool *lp)
{
    lua_State *L = lp->vm->L;

    if (lp->stale_count == 0)
        return;
    lua_rawgeti(L, LUA_REGISTRYINDEX, lp->all);
    while (lp->stale_count > 0) {
        unsigned index = lp->stale[--lp->stale_count];

        lp->is_stale[index] = false;
        lua_rawgeti(L, -1, (lua_Integer)index + 1);
        lua_backend_update(lp->vm, L, &lp->pool->backends[index], &lp->told[index]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* Makes the list at the top of the stack one of those in ASK, and of nobody else. */
static void write_list(struct lua_pool *lp, const struct ask *ask)
{
    lua_State *L = lp->vm->L;

    for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i > (lua_Integer)ask->count; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, lp->all);
    for (unsigned i = 0; i < ask->count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)ask->up[i]->index + 1);
        lua_rawseti(L, -3, (lua_Integer)i + 1);
    }
    lua_pop(L, 1);
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
    lua_State *L = lp->vm->L;
    unsigned number;

    lua_rawgeti(L, LUA_REGISTRYINDEX, lp->number_of);
    lua_pushvalue(L, -2);
    lua_rawget(L, -2);
    number = (unsigned)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return number;
}
