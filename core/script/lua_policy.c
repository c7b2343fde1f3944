/* A policy whose choice is made in Lua.
 *
 * A pick makes no table, and needs one protected call.
 */
#include "script/lua_policy.h"

#include "base/list.h"

/* Calls the function REF of the policy with ARGS arguments from the stack. */
static void call(lua_State *L, int ref, int args, int results)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
    lua_insert(L, -args - 1);
    lua_call(L, args, results);
}

/* Pushes the list of those who may be chosen; if it is another one, the script has heard of it. */
static void push_up(lua_State *L, struct lua_policy *lp, const struct ask *ask)
{
    if (lua_pool_push_up(&lp->pool, ask))
        lp->unheard = lp->changed != LUA_REFNIL;
    if (!lp->unheard || ask->version == 0)
        return;
    lua_pushvalue(L, -1);
    lua_ctx_push(L, &lp->ctx, ask->visit);
    call(L, lp->changed, 2, 0);
    lp->unheard = false;
}

/* What a choice is instead of the number of a backend. */
enum { CHOSE_NOBODY = -1, CHOSE_NO_BACKEND = 0 };

/* pick_protected(policy): what the script chose is in policy->choice. */
static int pick_protected(lua_State *L)
{
    struct lua_policy *lp = lua_touserdata(L, 1);
    const struct ask *ask = lp->ask;

    lua_pool_write_facts(&lp->pool);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lp->pick);
    push_up(L, lp, ask);
    lua_request_push(L, &lp->request);
    lua_ctx_push(L, &lp->ctx, ask->visit);
    lua_call(L, 3, 1);
    lp->choice = (int)lua_pool_number(&lp->pool);
    if (lp->choice == CHOSE_NO_BACKEND && lua_isnil(L, -1))
        lp->choice = CHOSE_NOBODY;
    return 0;
}

static enum policy_news fail(struct lua_policy *lp, const struct ask *ask, const char *why)
{
    lua_failure_tell(&lp->failure, ask->visit->now, lp->vm->runaway, "pick", "round robin decides",
                     why);
    return POLICY_FAILED;
}

static bool is_offered(const struct ask *ask, const struct backend *b)
{
    if (ask->version != 0)
        return b->listed;
    for (unsigned i = 0; i < ask->count; i++)
        if (ask->up[i] == b)
            return true;
    return false;
}

static enum policy_news take_choice(struct lua_policy *lp, const struct ask *ask,
                                    struct backend **chosen)
{
    if (lp->choice == CHOSE_NOBODY) {
        trip_ok(&lp->failure.trip);
        return POLICY_NOBODY;
    }
    if (lp->choice == CHOSE_NO_BACKEND)
        return fail(lp, ask, "it returned something that is not a backend of `up`");
    *chosen = &lp->pool.pool->backends[lp->choice - 1];
    if (!is_offered(ask, *chosen))
        return fail(lp, ask, "it returned a backend that is not in `up`");
    trip_ok(&lp->failure.trip);
    return POLICY_CHOSE;
}

/* Calls FUNCTION protected, with LP alone, for VISIT. If it fails, the message is left on the
 * stack. */
static enum err enter(struct lua_policy *lp, lua_CFunction function, struct visit *visit)
{
    lua_State *L = lp->vm->L;
    enum err err;

    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, lp);
    lp->ctx.visit = visit;
    lua_request_enter(&lp->request, visit);
    err = vm_call(lp->vm, 1, 0);
    lua_request_leave(&lp->request);
    lua_ctx_leave(&lp->ctx);
    return err;
}

static enum policy_news pick(struct policy *policy, const struct ask *ask, struct backend **chosen)
{
    struct lua_policy *lp = container_of(policy, struct lua_policy, policy);
    enum policy_news news;

    if (lp->failure.trip.tripped)
        return POLICY_FAILED;
    if (lp->pick == LUA_REFNIL)
        return policy_pick(lp->instead, ask, chosen);
    lp->ask = ask;
    if (enter(lp, pick_protected, ask->visit) == OK) {
        news = take_choice(lp, ask, chosen);
    } else {
        news = fail(lp, ask, lua_tostring(lp->vm->L, -1));
        lua_pop(lp->vm->L, 1);
    }
    if (news != POLICY_CHOSE)
        lp->pool.spoilt = true; /* that may be why: next time `up` is whole */
    return news;
}

static void facts(struct policy *policy, const struct backend *b)
{
    lua_pool_note(&container_of(policy, struct lua_policy, policy)->pool, b);
}

/* Why an attempt failed, in a word. */
static const char *word_of(enum err err)
{
    switch (err) {
    case ERR_LATE:
        return "late";
    case ERR_ABANDONED:
        return "client";
    case ERR_RESET:
    case ERR_CLOSED:
        return "reset";
    case ERR_REFUSED:
    case ERR_UNREACHABLE:
    case ERR_EXHAUSTED:
    case ERR_SYSTEM:
        return "connect";
    default:
        return "malformed";
    }
}

/* Fills the table at the top of the stack in. */
static void write_result(lua_State *L, const struct lua_names *names, const struct outcome *o)
{
    lua_names_push(L, names, LUA_NAME_STATUS);
    o->status > 0 ? lua_pushinteger(L, o->status) : lua_pushnil(L);
    lua_rawset(L, -3);
    lua_names_push(L, names, LUA_NAME_ERR);
    o->err != OK ? (void)lua_pushstring(L, word_of(o->err)) : lua_pushnil(L);
    lua_rawset(L, -3);
    lua_names_push(L, names, LUA_NAME_T);
    lua_pushnumber(L, o->took);
    lua_rawset(L, -3);
    lua_names_push(L, names, LUA_NAME_TTFB);
    o->first >= 0 ? lua_pushnumber(L, o->first) : lua_pushnil(L);
    lua_rawset(L, -3);
    lua_names_push(L, names, LUA_NAME_BYTES);
    lua_pushinteger(L, (lua_Integer)o->bytes);
    lua_rawset(L, -3);
}

static int done_protected(lua_State *L)
{
    struct lua_policy *lp = lua_touserdata(L, 1);

    lua_pool_write_facts(&lp->pool);
    lua_pool_push_backend(L, &lp->pool, lp->backend->index);
    lua_rawgeti(L, LUA_REGISTRYINDEX, lp->result);
    write_result(L, &lp->vm->names, lp->outcome);
    lua_ctx_push(L, &lp->ctx, lp->ctx.visit);
    call(L, lp->done, 3, 0);
    return 0;
}

static void done(struct policy *policy, const struct backend *b, struct visit *visit,
                 const struct outcome *outcome)
{
    struct lua_policy *lp = container_of(policy, struct lua_policy, policy);

    if (lp->done == LUA_REFNIL || lp->failure.trip.tripped)
        return;
    lp->backend = b;
    lp->outcome = outcome;
    if (enter(lp, done_protected, visit) != OK) {
        lua_failure_tell(&lp->failure, visit->now, lp->vm->runaway, "done",
                         "the policy has not heard of it", lua_tostring(lp->vm->L, -1));
        lua_pop(lp->vm->L, 1);
    }
}

/* A reference to the function NAME of the policy at the top of the stack. */
static int ref_of(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

/* Finds the functions of the `pick` of the pool's table at TABLE. */
static void find_functions(lua_State *L, struct lua_policy *lp, int table)
{
    lua_pushliteral(L, "pick");
    if (lua_rawget(L, table) == LUA_TTABLE) {
        lp->pick = ref_of(L, "pick");
        lp->changed = ref_of(L, "changed");
        lp->done = ref_of(L, "done");
        lp->save = ref_of(L, "save");
        lp->restore = ref_of(L, "restore");
        lua_pop(L, 1);
    } else {
        lp->pick = luaL_ref(L, LUA_REGISTRYINDEX);
        lp->changed = lp->done = lp->save = lp->restore = LUA_REFNIL;
    }
    lua_createtable(L, 0, 5);
    lp->result = luaL_ref(L, LUA_REGISTRYINDEX);
}

struct lua_policy *lua_policy_make(struct vm *vm, struct pool *pool, uint64_t seed)
{
    static const struct policy_ops ops = { pick, facts, done };
    lua_State *L = vm->L;
    int table = lua_gettop(L);
    struct lua_policy *lp = lua_newuserdatauv(L, sizeof *lp, 0);

    *lp = (struct lua_policy){ .policy = { &ops }, .vm = vm, .instead = pool->policy };
    luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pool_init(vm, &lp->pool, pool, table);
    find_functions(L, lp, table);
    lua_request_init(L, &lp->request, false, 0);
    lua_ctx_push_new(L, &lp->ctx, vm, seed);
    lua_pool_push_all(&lp->pool);
    lua_setfield(L, -2, "all");
    lua_pushstring(L, pool->config->name);
    lua_setfield(L, -2, "pool");
    lua_pop(L, 1);
    return lp;
}

void lua_policy_write_all_facts(struct lua_policy *const *policies, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        lua_pool_write_facts(&policies[i]->pool);
}
