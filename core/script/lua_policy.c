/* A policy whose choice is made in Lua.
 *
 * What is handed over exists once and is only kept fresh: a pick makes no table, and needs one
 * protected call. Facts that change are noted, and written when the script is asked next.
 */
#include "script/lua_policy.h"

#include "base/list.h"
#include "script/lua_failure.h"
#include "script/lua_random.h"

/* The upvalues of pick_protected: all that it needs, so that nothing has to be looked up by
 * name. */
enum {
    UP_PICK = 1,  /* the script's function */
    UP_LIST,      /* `up` */
    UP_REQUEST,   /* `req` */
    UP_CTX,       /* `ctx` */
    UP_ALL,       /* the tables of all backends, by number */
    UP_NUMBER_OF, /* the number of a backend, by its table */
    UP_NOW,       /* names of fields */
    UP_ATTEMPT,
    UP_FACTS, /* the first of them */
    UP_COUNT = UP_FACTS + LUA_BACKEND_FACTS - 1,
};

/* What pick_protected returns instead of the number of a backend. */
enum { CHOSE_NOBODY = 0, CHOSE_NO_BACKEND = -1 };

/* Pushes upvalue N. */
static void push(lua_State *L, int n)
{
    lua_pushvalue(L, lua_upvalueindex(n));
}

/* Pushes the table of the backend at INDEX. */
static void push_backend(lua_State *L, unsigned index)
{
    lua_rawgeti(L, lua_upvalueindex(UP_ALL), (lua_Integer)index + 1);
}

/* Makes the table at the top of the stack the list of those in ASK. */
static void fill_list(lua_State *L, const struct ask *ask)
{
    for (unsigned i = 0; i < ask->count; i++) {
        push_backend(L, ask->up[i]->index);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i > ask->count; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
}

/* Pushes who may be chosen. A script that has made the list longer or shorter gets it as it should
 * be. */
static void push_up(lua_State *L, struct lua_policy *lp, const struct ask *ask)
{
    if (ask->version == 0) {
        lua_createtable(L, (int)ask->count, 0);
        fill_list(L, ask);
        return;
    }
    push(L, UP_LIST);
    if (ask->version != lp->version || lua_rawlen(L, -1) != ask->count)
        fill_list(L, ask);
    lp->version = ask->version;
}

static void push_ctx(lua_State *L, struct lua_policy *lp, const struct ask *ask)
{
    push(L, UP_CTX);
    push(L, UP_NOW);
    lua_pushnumber(L, ask->now);
    lua_rawset(L, -3);
    if (ask->attempt == lp->attempt)
        return;
    push(L, UP_ATTEMPT);
    lua_pushinteger(L, ask->attempt);
    lua_rawset(L, -3);
    lp->attempt = ask->attempt;
}

/* Tells Lua which facts have changed since it was asked last. Often none has: what was leased was
 * given back. */
static void write_facts(lua_State *L, struct lua_policy *lp)
{
    while (lp->stale_count > 0) {
        unsigned index = lp->stale[--lp->stale_count];
        const struct backend *b = &lp->pool->backends[index];
        struct lua_told *told = &lp->told[index];

        told->stale = false;
        if (told->inflight == b->inflight && told->up == backend_is_up(b))
            continue;
        *told = (struct lua_told){ b->inflight, backend_is_up(b), false };
        push_backend(L, index);
        lua_backend_update(L, b, UP_FACTS);
        lua_pop(L, 1);
    }
}

/* pick_protected(policy): the number of the backend the script chose, from 1; or one of CHOSE_. */
static int pick_protected(lua_State *L)
{
    struct lua_policy *lp = lua_touserdata(L, 1);
    const struct ask *ask = lp->ask;

    write_facts(L, lp);
    push(L, UP_PICK);
    push_up(L, lp, ask);
    push(L, UP_REQUEST);
    push_ctx(L, lp, ask);
    lua_call(L, 3, 1);
    if (lua_isnil(L, -1)) {
        lua_pushinteger(L, CHOSE_NOBODY);
        return 1;
    }
    if (lua_rawget(L, lua_upvalueindex(UP_NUMBER_OF)) != LUA_TNUMBER)
        lua_pushinteger(L, CHOSE_NO_BACKEND);
    return 1;
}

/* Says why the policy failed. */
static enum policy_news fail(struct lua_policy *lp, double now, const char *why)
{
    lua_failure_warn(&lp->quiet, now, "pick failed, round robin decides", why);
    return POLICY_FAILED;
}

static bool is_offered(const struct ask *ask, const struct backend *b)
{
    if (ask->version != 0)
        return backend_is_up(b);
    for (unsigned i = 0; i < ask->count; i++)
        if (ask->up[i] == b)
            return true;
    return false;
}

static enum policy_news take_choice(struct lua_policy *lp, const struct ask *ask,
                                    lua_Integer choice, struct backend **chosen)
{
    if (choice == CHOSE_NOBODY)
        return POLICY_NOBODY;
    if (choice == CHOSE_NO_BACKEND)
        return fail(lp, ask->now, "it returned something that is not a backend of `up`");
    *chosen = &lp->pool->backends[choice - 1];
    if (!is_offered(ask, *chosen))
        return fail(lp, ask->now, "it returned a backend that is not in `up`");
    return POLICY_CHOSE;
}

static enum policy_news pick(struct policy *policy, const struct ask *ask, struct backend **chosen)
{
    struct lua_policy *lp = container_of(policy, struct lua_policy, policy);
    lua_State *L = lp->vm->L;
    enum policy_news news;
    enum err err;

    lua_rawgeti(L, LUA_REGISTRYINDEX, lp->pick);
    lua_pushlightuserdata(L, lp);
    lp->ask = ask;
    lp->request.head = ask->request;
    lp->request.client = ask->client;
    err = vm_call(lp->vm, 1, 1);
    lp->request.head = NULL;
    if (err == OK)
        news = take_choice(lp, ask, lua_tointeger(L, -1), chosen);
    else
        news = fail(lp, ask->now, lua_tostring(L, -1));
    lua_pop(L, 1);
    if (news != POLICY_CHOSE)
        lp->version = 0; /* perhaps because the script has spoilt `up`: next time it is whole */
    return news;
}

static void facts(struct policy *policy, const struct backend *b)
{
    struct lua_policy *lp = container_of(policy, struct lua_policy, policy);

    if (lp->told[b->index].stale)
        return;
    lp->told[b->index].stale = true;
    lp->stale[lp->stale_count++] = b->index;
}

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

/* Pushes the tables of all backends as a list, and the numbers by the tables. */
static void push_backends(lua_State *L, const struct lua_policy *lp)
{
    int list;

    lua_pushliteral(L, "backends");
    lua_rawget(L, 1);
    list = lua_gettop(L);
    lua_createtable(L, (int)lp->pool->count, 0);
    lua_createtable(L, 0, (int)lp->pool->count);
    for (unsigned i = 0; i < lp->pool->count; i++) {
        push_tags(L, list, i);
        lua_backend_push_new(L, &lp->pool->backends[i]);
        lp->told[i] = (struct lua_told){ lp->pool->backends[i].inflight,
                                         backend_is_up(&lp->pool->backends[i]), false };
        lua_pushvalue(L, -1);
        lua_rawseti(L, list + 1, (lua_Integer)i + 1);
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_rawset(L, list + 2);
    }
    lua_remove(L, list);
}

/* Pushes a copy of the list of all COUNT backends, which is at the stack's index ALL: what a script
 * does to its own must not harm ours. */
static void push_copy(lua_State *L, unsigned count, int all)
{
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, all, i);
        lua_rawseti(L, -2, i);
    }
}

/* Pushes `ctx`; the list of all backends is at the stack's index ALL. */
static void push_new_ctx(lua_State *L, struct lua_policy *lp, int all)
{
    lua_createtable(L, 0, 4);
    push_copy(L, lp->pool->count, all);
    lua_setfield(L, -2, "all");
    lua_random_push_new(L, lp->seed);
    lua_setfield(L, -2, "random");
}

/* Pushes a policy like MODEL, and room for its arrays. */
static struct lua_policy *push_new_policy(lua_State *L, const struct lua_policy *model)
{
    size_t count = model->pool->count;
    size_t room = count * (sizeof *model->told + sizeof *model->stale);
    struct lua_policy *lp = lua_newuserdatauv(L, sizeof *lp + room, 0);

    *lp = *model;
    lp->told = (struct lua_told *)(lp + 1);
    lp->stale = (unsigned *)(lp->told + count);
    return lp;
}

/* new_protected(table, model): the policy. The registry holds it and pick_protected for ever. */
static int new_protected(lua_State *L)
{
    struct lua_policy *lp = push_new_policy(L, lua_touserdata(L, 2));
    int own = 3;
    int all = 4;

    push_backends(L, lp);
    lua_pushliteral(L, "pick");
    lua_rawget(L, 1);
    lua_createtable(L, (int)lp->pool->count, 0);
    lua_request_push_new(L, &lp->request);
    push_new_ctx(L, lp, all);
    lua_pushvalue(L, all);
    lua_pushvalue(L, all + 1);
    lua_pushliteral(L, "now");
    lua_pushliteral(L, "attempt");
    lua_backend_push_facts(L);
    lua_pushcclosure(L, pick_protected, UP_COUNT);
    lp->pick = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, own);
    luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, own);
    return 1;
}

enum err lua_policy_new(struct lua_policy **policy, struct vm *vm, const struct pool *pool,
                        uint64_t seed)
{
    static const struct policy_ops ops = { pick, facts };
    const struct lua_policy model = {
        .policy = { &ops },
        .vm = vm,
        .pool = pool,
        .seed = seed,
    };

    lua_pushcfunction(vm->L, new_protected);
    lua_pushvalue(vm->L, -2);
    lua_pushlightuserdata(vm->L, (void *)&model);
    if (vm_call(vm, 2, 1) != OK)
        return ERR_SCRIPT;
    *policy = lua_touserdata(vm->L, -1);
    lua_pop(vm->L, 1);
    return OK;
}
