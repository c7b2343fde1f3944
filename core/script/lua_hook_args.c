/* What a hook is given. */
#include "script/lua_hook_args.h"

#include "http/reason.h"
#include "vm/lua_object.h"

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
    if (head->body == BODY_TUNNEL)
        return luaL_error(L, "the status of a response that makes a tunnel cannot be set");
    wanted.status = (unsigned)status;
    if (head_is_bodiless(head) != head_is_bodiless(&wanted))
        return luaL_error(L, "a response with status %d cannot become one with %d, for its body",
                          (int)head->status, (int)status);
    head->status = wanted.status;
    head->tells_length = head->tells_length && head->status != 204;
    head->reason = reason_of(head->status);
    return 0;
}

/* Makes the object for the response that ARGS are about. */
static void make_response(lua_State *L, struct lua_hook_args *args, int owner)
{
    static const struct lua_object kind = { "response", index_response, set_response, NULL };

    args->headers.writable = true;
    lua_headers_push_new(L, &args->headers, owner);
    lua_object_push_new(L, &kind, args, owner);
    args->response = luaL_ref(L, LUA_REGISTRYINDEX);
}

void lua_hook_args_init(const struct lua_hook_common *common, struct lua_hook_args *args,
                        bool has_response, int owner)
{
    lua_State *L = common->vm->L;

    *args = (struct lua_hook_args){
        .ctx = { .vm = common->vm, .table = LUA_NOREF },
        .request = { .object = LUA_NOREF },
        .has_response = has_response,
        .response = LUA_NOREF,
    };
    lua_request_init(L, &args->request, !has_response, owner);
    if (has_response)
        make_response(L, args, owner);
    lua_ctx_push_new(L, &args->ctx, common->vm, 0);
    if (owner != 0)
        lua_ctx_keep(L, owner);
    lua_rawgeti(L, LUA_REGISTRYINDEX, common->random);
    lua_setfield(L, -2, "random");
    lua_rawgeti(L, LUA_REGISTRYINDEX, common->pools);
    lua_setfield(L, -2, "pools");
    lua_pop(L, 1);
}

void lua_hook_args_fini(struct lua_hook_args *args)
{
    lua_State *L = args->ctx.vm->L;

    lua_request_fini(L, &args->request);
    luaL_unref(L, LUA_REGISTRYINDEX, args->response);
    lua_ctx_fini(&args->ctx);
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
    lua_State *L = args->ctx.vm->L;

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
