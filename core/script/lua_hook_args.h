/* What a hook is given: (req, ctx), or (res, req, ctx), where `res` has `status` and `headers`,
 * which can be set.
 *
 * After a call these objects are dead. For a hook that does not wait they are made once, and used
 * for one call after the other.
 */
#ifndef SCRIPT_LUA_HOOK_ARGS_H
#define SCRIPT_LUA_HOOK_ARGS_H

#include "script/lua_ctx.h"
#include "script/lua_request.h"

/* What the arguments of all hooks have in common. */
struct lua_hook_common {
    struct vm *vm;
    int random; /* ctx.random, in the registry */
    int pools;  /* ctx.pools, too */
};

struct lua_hook_args {
    struct lua_ctx ctx;
    struct lua_request request;
    bool has_response;
    struct lua_headers headers; /* of the response, */
    int response;               /* and its object, in the registry */
};

/* Makes *ARGS; for a hook of the response if HAS_RESPONSE. The value at the stack's index OWNER is
 * kept as long as the script keeps any of it: *ARGS is in it; 0: *ARGS outlives the state. May
 * raise an error; then *ARGS may still be ended. */
void lua_hook_args_init(const struct lua_hook_common *common, struct lua_hook_args *args,
                        bool has_response, int owner);

/* There will be no call any more. */
void lua_hook_args_fini(struct lua_hook_args *args);

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
