/* `ctx`: what a call into the script is told besides its object.
 *
 *   { now = 12.5, attempt = 1, random = random, all = { … }, pool = "api", data = {} }
 *
 * It is a table that exists once for each pool, for the router and for a hook that does not wait,
 * and is kept fresh; a call of a hook that waits has one of its own. `now` is only written once a
 * script has looked for it. `data` is a table of the script's own for one request; it is made when
 * it is first asked for, and found again by all calls about this request.
 */
#ifndef SCRIPT_LUA_CTX_H
#define SCRIPT_LUA_CTX_H

#include "balance/visit.h"
#include "vm/vm.h"

struct lua_ctx {
    struct vm *vm;
    struct visit *visit; /* while the script is called about one */
    uint64_t random;     /* the state of ctx.random */
    unsigned attempt;    /* what the table says */
    bool reads_now;      /* the script has looked for `now` */
    int table;           /* in the registry */
};

/* Makes the table for *CTX, which must outlive it, with `random` from SEED (0: without), and leaves
 * it on the stack, so that more fields can be added. May raise an error for lack of memory; then
 * *CTX may still be ended. */
void lua_ctx_push_new(lua_State *L, struct lua_ctx *ctx, struct vm *vm, uint64_t seed);

/* Keeps the value at the stack's index OWNER as long as the table at the top of the stack: the
 * context is in it. May raise an error for lack of memory. */
void lua_ctx_keep(lua_State *L, int owner);

/* No call will be about *CTX any more. The script may still keep the table. */
void lua_ctx_fini(struct lua_ctx *ctx);

/* Pushes the table for a call about VISIT. May raise an error. */
void lua_ctx_push(lua_State *L, struct lua_ctx *ctx, struct visit *visit);

/* The call is over. */
void lua_ctx_leave(struct lua_ctx *ctx);

/* Drops the `data` of VISIT. */
void lua_ctx_forget(struct vm *vm, struct visit *visit);

#endif
