/* What a hook is given: (req, ctx), or (res, req, ctx), where `res` has `status` and `headers`,
 * which can be set.
 *
 * These objects are made once and used for one call after the other; between calls they are dead.
 */
#ifndef SCRIPT_LUA_HOOK_ARGS_H
#define SCRIPT_LUA_HOOK_ARGS_H

#include "script/lua_ctx.h"
#include "script/lua_request.h"

struct lua_hook_args {
    struct vm *vm;
    struct lua_ctx ctx;
    struct lua_request request;
    bool has_response;
    struct lua_headers headers; /* of the response, */
    int response;               /* and its object, in the registry */
};

/* Makes *ARGS, which must outlive the state; for a hook of the response if HAS_RESPONSE. The table
 * with the reference POOLS becomes ctx.pools. May raise an error. */
void lua_hook_args_init(struct vm *vm, struct lua_hook_args *args, bool has_response, int pools,
                        uint64_t seed);

/* A call about VISIT begins. */
void lua_hook_args_enter(struct lua_hook_args *args, struct visit *visit);

/* The same; it is about RESPONSE, which has come from the backend with this INDEX in POOL. */
void lua_hook_args_enter_back(struct lua_hook_args *args, struct visit *visit,
                              struct head *response, const struct lua_pool *pool, unsigned index);

/* Pushes what the hook is given, and says how many values that is. May raise an error. */
int lua_hook_args_push(struct lua_hook_args *args);

/* The call is over. */
void lua_hook_args_leave(struct lua_hook_args *args);

#endif
