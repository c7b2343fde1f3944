/* What a hook is given. */
#include "script/lua_hook_args.h"

#include "http/reason.h"

#include <string.h>

static struct lua_hook_args *check_response(lua_State *L)
{
    struct lua_hook_args *args = lua_touserdata(L, lua_upvalueindex(1));

    if (args->headers.head == NULL)
        luaL_error(L, "a response can only be used during the call it was given to");
    return args;
}

/* res.KEY; the second upvalue is the object with the headers. */
static int index_response(lua_State *L)
{
    const struct lua_hook_args *args = check_response(L);
    const char *key = luaL_checkstring(L, 2);

    if (strcmp(key, "status") == 0)
        lua_pushinteger(L, args->headers.head->status);
    else if (strcmp(key, "headers") == 0)
        lua_pushvalue(L, lua_upvalueindex(2));
    else
        lua_pushnil(L);
    return 1;
}

/* res.status = VALUE */
static int set_response(lua_State *L)
{
    struct head *head = check_response(L)->headers.head;
    struct head wanted = { .status = 0 };
    lua_Integer status;
    int is_whole;

    if (strcmp(luaL_checkstring(L, 2), "status") != 0)
        return luaL_error(L, "res.%s cannot be set; status and headers can", lua_tostring(L, 2));
    status = lua_tointegerx(L, 3, &is_whole);
    if (!is_whole || status < 200 || status > 599)
        return luaL_error(L, "res.status must be a whole number from 200 to 599");
    wanted.status = (unsigned)status;
    if (head_is_bodiless(head) != head_is_bodiless(&wanted))
        return luaL_error(L, "a response with status %d cannot become one with %d, for its body",
                          (int)head->status, (int)status);
    head->status = wanted.status;
    head->reason = reason_of(head->status);
    return 0;
}

static void make_response(lua_State *L, struct lua_hook_args *args)
{
    args->headers.writable = true;
    lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 3);
    lua_pushlightuserdata(L, args);
    lua_headers_push_new(L, &args->headers);
    lua_pushcclosure(L, index_response, 2);
    lua_setfield(L, -2, "__index");
    lua_pushlightuserdata(L, args);
    lua_pushcclosure(L, set_response, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushliteral(L, "response");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    args->response = luaL_ref(L, LUA_REGISTRYINDEX);
}

void lua_hook_args_init(struct vm *vm, struct lua_hook_args *args, bool has_response, int pools,
                        uint64_t seed)
{
    lua_State *L = vm->L;

    *args = (struct lua_hook_args){ .vm = vm, .has_response = has_response };
    lua_request_init(L, &args->request, !has_response);
    if (has_response)
        make_response(L, args);
    lua_ctx_push_new(L, &args->ctx, vm, seed);
    lua_rawgeti(L, LUA_REGISTRYINDEX, pools);
    lua_setfield(L, -2, "pools");
    lua_pop(L, 1);
}

void lua_hook_args_enter(struct lua_hook_args *args, struct visit *visit)
{
    args->ctx.visit = visit;
    lua_request_enter(&args->request, visit);
}

void lua_hook_args_enter_back(struct lua_hook_args *args, struct visit *visit,
                              struct head *response, const struct lua_pool *pool, unsigned index)
{
    lua_hook_args_enter(args, visit);
    args->request.pool = pool;
    args->request.backend = index;
    args->headers.head = response;
}

int lua_hook_args_push(struct lua_hook_args *args)
{
    lua_State *L = args->vm->L;

    if (args->has_response)
        lua_rawgeti(L, LUA_REGISTRYINDEX, args->response);
    lua_request_push(L, &args->request);
    lua_ctx_push(L, &args->ctx, args->ctx.visit);
    return args->has_response ? 3 : 2;
}

void lua_hook_args_leave(struct lua_hook_args *args)
{
    lua_ctx_leave(&args->ctx);
    lua_request_leave(&args->request);
    args->headers.head = NULL;
}
