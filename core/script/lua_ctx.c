/* What a call into the script is told besides its object. */
#include "script/lua_ctx.h"

#include "vm/lua_random.h"

#include <string.h>

/* Writes the time into the table at the stack's index TABLE. */
static void write_now(lua_State *L, const struct lua_ctx *ctx, int table)
{
    table = lua_absindex(L, table);
    lua_names_push(L, &ctx->vm->names, LUA_NAME_NOW);
    lua_pushnumber(L, ctx->visit->now);
    lua_rawset(L, table);
}

/* Does the script mean the field NAME, which has to do with the request that it is called about? */
static bool means(lua_State *L, const struct lua_ctx *ctx, const char *name)
{
    return ctx->visit != NULL && lua_type(L, 2) == LUA_TSTRING &&
           strcmp(lua_tostring(L, 2), name) == 0;
}

/* Makes the value at the top of the stack the `data`, and leaves it there. */
static void keep(lua_State *L, struct lua_ctx *ctx)
{
    lua_pushvalue(L, -1);
    if (ctx->visit->kept == 0)
        ctx->visit->kept = luaL_ref(L, LUA_REGISTRYINDEX);
    else
        lua_rawseti(L, LUA_REGISTRYINDEX, ctx->visit->kept);
    lua_names_push(L, &ctx->vm->names, LUA_NAME_DATA);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
}

/* ctx.KEY, where the table has no such field: `data` is made when it is asked for, and `now` is
 * written from then on. */
static int index_ctx(lua_State *L)
{
    struct lua_ctx *ctx = lua_touserdata(L, lua_upvalueindex(1));

    if (means(L, ctx, "data")) {
        lua_newtable(L);
        keep(L, ctx);
    } else if (means(L, ctx, "now")) {
        ctx->reads_now = true;
        write_now(L, ctx, 1);
        lua_pushnumber(L, ctx->visit->now);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

/* ctx.KEY = VALUE, where the table has no such field. */
static int new_index_ctx(lua_State *L)
{
    struct lua_ctx *ctx = lua_touserdata(L, lua_upvalueindex(1));

    if (means(L, ctx, "data") && !lua_isnil(L, 3))
        keep(L, ctx);
    else
        lua_rawset(L, 1);
    return 0;
}

/* Makes FUNCTION, which gets CTX, the field NAME of the table at the top of the stack. */
static void set_function(lua_State *L, struct lua_ctx *ctx, const char *name,
                         lua_CFunction function)
{
    lua_pushlightuserdata(L, ctx);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

void lua_ctx_push_new(lua_State *L, struct lua_ctx *ctx, struct vm *vm, uint64_t seed)
{
    enum { FIELDS = 6 };

    *ctx = (struct lua_ctx){ .vm = vm, .table = LUA_NOREF, .random = seed };
    lua_createtable(L, 0, FIELDS);
    lua_pushvalue(L, -1);
    ctx->table = luaL_ref(L, LUA_REGISTRYINDEX);
    if (seed != 0) {
        lua_random_push(L, &ctx->random);
        lua_setfield(L, -2, "random");
    }
    lua_createtable(L, 0, 3);
    set_function(L, ctx, "__index", index_ctx);
    set_function(L, ctx, "__newindex", new_index_ctx);
    lua_pushliteral(L, "ctx");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

void lua_ctx_keep(lua_State *L, int owner)
{
    owner = lua_absindex(L, owner);
    lua_getmetatable(L, -1);
    lua_pushvalue(L, owner);
    lua_rawseti(L, -2, 1);
    lua_pop(L, 1);
}

void lua_ctx_fini(struct lua_ctx *ctx)
{
    luaL_unref(ctx->vm->L, LUA_REGISTRYINDEX, ctx->table);
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

/* Takes `data` out of the table: the next call is about another request. The script may have put
 * another value there. Writing to fields that are there needs no memory, so this needs no
 * protection. */
static void take_data_back(lua_State *L, const struct lua_ctx *ctx)
{
    int top = lua_gettop(L);

    lua_rawgeti(L, LUA_REGISTRYINDEX, ctx->table);
    lua_names_push(L, &ctx->vm->names, LUA_NAME_DATA);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL) {
        lua_rawseti(L, LUA_REGISTRYINDEX, ctx->visit->kept);
        lua_pushnil(L);
        lua_rawset(L, -3);
    }
    lua_settop(L, top);
}

void lua_ctx_leave(struct lua_ctx *ctx)
{
    if (ctx->visit->kept != 0)
        take_data_back(ctx->vm->L, ctx);
    ctx->visit = NULL;
}

void lua_ctx_forget(struct vm *vm, struct visit *visit)
{
    luaL_unref(vm->L, LUA_REGISTRYINDEX, visit->kept);
    visit->kept = 0;
}
