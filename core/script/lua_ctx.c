/* What a call into the script is told besides its object. */
#include "script/lua_ctx.h"

#include "script/lua_random.h"

#include <string.h>

/* Writes the time into the table at the stack's index TABLE. */
static void write_now(lua_State *L, const struct lua_ctx *ctx, int table)
{
    table = lua_absindex(L, table);
    lua_names_push(L, &ctx->vm->names, LUA_NAME_NOW);
    lua_pushnumber(L, ctx->visit->now);
    lua_rawset(L, table);
}

/* Makes the `data` of the request that the script is called about, and leaves it on the stack. */
static void push_new_data(lua_State *L, struct lua_ctx *ctx)
{
    lua_newtable(L);
    lua_pushvalue(L, -1);
    ctx->visit->kept = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_names_push(L, &ctx->vm->names, LUA_NAME_DATA);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
}

/* ctx.KEY, where the table has no such field: `data` is made when it is asked for, and `now` is
 * written from then on. */
static int index_ctx(lua_State *L)
{
    struct lua_ctx *ctx = lua_touserdata(L, lua_upvalueindex(1));
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";

    lua_settop(L, 2);
    if (ctx->visit == NULL) {
        lua_pushnil(L);
    } else if (strcmp(key, "data") == 0) {
        push_new_data(L, ctx);
    } else if (strcmp(key, "now") == 0) {
        ctx->reads_now = true;
        write_now(L, ctx, 1);
        lua_pushnumber(L, ctx->visit->now);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

void lua_ctx_push_new(lua_State *L, struct lua_ctx *ctx, struct vm *vm, uint64_t seed)
{
    enum { FIELDS = 6 };

    *ctx = (struct lua_ctx){ .vm = vm, .random = seed };
    lua_createtable(L, 0, FIELDS);
    lua_pushvalue(L, -1);
    ctx->table = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_random_push(L, &ctx->random);
    lua_setfield(L, -2, "random");
    lua_createtable(L, 0, 2);
    lua_pushlightuserdata(L, ctx);
    lua_pushcclosure(L, index_ctx, 1);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "ctx");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

void lua_ctx_push(lua_State *L, struct lua_ctx *ctx, struct visit *visit)
{
    ctx->visit = visit;
    lua_rawgeti(L, LUA_REGISTRYINDEX, ctx->table);
    if (ctx->reads_now)
        write_now(L, ctx, -1);
    if (visit->attempt != ctx->attempt) {
        lua_names_push(L, &ctx->vm->names, LUA_NAME_ATTEMPT);
        lua_pushinteger(L, visit->attempt);
        lua_rawset(L, -3);
        ctx->attempt = visit->attempt;
    }
    if (visit->kept != 0) {
        lua_names_push(L, &ctx->vm->names, LUA_NAME_DATA);
        lua_rawgeti(L, LUA_REGISTRYINDEX, visit->kept);
        lua_rawset(L, -3);
    }
}

void lua_ctx_leave(struct lua_ctx *ctx)
{
    lua_State *L = ctx->vm->L;

    /* The next call is about another request. Writing nil to a field that is there needs no memory:
     * so this needs no protection. */
    if (ctx->visit->kept != 0) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, ctx->table);
        lua_names_push(L, &ctx->vm->names, LUA_NAME_DATA);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) != LUA_TNIL) {
            lua_pushnil(L);
            lua_replace(L, -2);
            lua_rawset(L, -3);
            lua_pop(L, 1);
        } else {
            lua_pop(L, 3);
        }
    }
    ctx->visit = NULL;
}

void lua_ctx_forget(struct vm *vm, struct visit *visit)
{
    luaL_unref(vm->L, LUA_REGISTRYINDEX, visit->kept);
    visit->kept = 0;
}
