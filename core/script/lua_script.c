/* All that a script does for its generation. */
#include "script/lua_script.h"

/* Does the script do anything but name backends? */
static bool does_act(const struct config *config)
{
    bool acts = config->routes || config->request != HOOK_NONE || config->response != HOOK_NONE ||
                config->tasks > 0;

    for (unsigned i = 0; i < config->pool_count; i++)
        acts = acts || config->pools[i].picks;
    return acts;
}

/* Pushes the table that describes the pool called NAME in the script's table at 1. */
static void push_pool(lua_State *L, const struct config *config, const char *name)
{
    lua_pushvalue(L, 1);
    if (!config->has_pools)
        return;
    lua_pushliteral(L, "pools");
    lua_rawget(L, 1);
    lua_replace(L, -2);
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    lua_replace(L, -2);
}

static uint64_t next_seed(struct lua_script *s)
{
    s->seed += 2;
    return s->seed;
}

static void make_policies(lua_State *L, struct lua_script *s)
{
    s->policies = lua_newuserdatauv(L, s->config->pool_count * sizeof(struct lua_policy *), 0);
    luaL_ref(L, LUA_REGISTRYINDEX);
    for (unsigned i = 0; i < s->config->pool_count; i++) {
        push_pool(L, s->config, s->config->pools[i].name);
        s->policies[i] = lua_policy_make(s->vm, &s->pools[i], next_seed(s));
        lua_pop(L, 1);
    }
}

/* Makes the table { name = { backend, ... } }, and gives a reference to it. */
static int make_pools_table(lua_State *L, struct lua_script *s)
{
    lua_createtable(L, 0, (int)s->config->pool_count);
    for (unsigned i = 0; i < s->config->pool_count; i++) {
        lua_pool_push_all(&s->policies[i]->pool);
        lua_setfield(L, -2, s->config->pools[i].name);
    }
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

/* Pushes a list of all backends, each once, whatever pools it is in. */
static void push_all(lua_State *L, struct lua_script *s)
{
    lua_Integer count = 0;
    int list;

    lua_newtable(L);
    lua_newtable(L); /* the ids of those in the list */
    list = lua_gettop(L) - 1;
    for (unsigned p = 0; p < s->config->pool_count; p++)
        for (unsigned i = 0; i < s->pools[p].count; i++) {
            lua_pool_push_backend(L, &s->policies[p]->pool, i);
            lua_pushstring(L, s->pools[p].backends[i].config->id);
            if (lua_rawget(L, list + 1) == LUA_TNIL) {
                lua_pushstring(L, s->pools[p].backends[i].config->id);
                lua_pushboolean(L, true);
                lua_rawset(L, list + 1);
                lua_pushvalue(L, -2);
                lua_rawseti(L, list, ++count);
            }
            lua_settop(L, list + 1);
        }
    lua_settop(L, list);
}

/* Pushes the context of what is done every so often. */
static void push_every_ctx(lua_State *L, struct lua_script *s, int pools_table)
{
    lua_createtable(L, 0, 4);
    push_all(L, s);
    lua_setfield(L, -2, "all");
    lua_rawgeti(L, LUA_REGISTRYINDEX, pools_table);
    lua_setfield(L, -2, "pools");
}

/* write_facts(script): before something is done that may look at backends. */
static int write_facts(lua_State *L)
{
    struct lua_script *s = lua_touserdata(L, 1);

    lua_policy_write_all_facts(s->policies, s->config->pool_count);
    return 0;
}

/* init_protected(table, script) */
static int init_protected(lua_State *L)
{
    struct lua_script *s = lua_touserdata(L, 2);
    int pools_table;

    make_policies(L, s);
    pools_table = make_pools_table(L, s);
    lua_hooks_init(&s->hooks, &s->tasks, 1, s->config, s->pools, s->policies, pools_table,
                   next_seed(s) << 8 | 1);
    if (s->config->routes) {
        lua_router_init(s->vm, &s->router, 1, s->pools, s->policies, s->config->pool_count,
                        next_seed(s));
        lua_rawgeti(L, LUA_REGISTRYINDEX, pools_table);
        lua_setfield(L, -2, "pools");
        lua_pop(L, 1);
    }
    push_every_ctx(L, s, pools_table);
    lua_every_init(&s->every, &s->tasks, 1, write_facts, s, next_seed(s));
    return 0;
}

enum err lua_script_init(struct lua_script *s, struct vm *vm, const struct config *config,
                         struct pool *pools, struct deadlines *deadlines, struct fetcher *fetcher,
                         uint64_t seed)
{
    *s = (struct lua_script){ .vm = vm, .config = config, .pools = pools, .seed = seed };
    if (!does_act(config))
        return OK;
    if (lua_tasks_init(&s->tasks, vm, deadlines, fetcher) != OK)
        return ERR_SCRIPT;
    lua_pushcfunction(vm->L, init_protected);
    lua_pushvalue(vm->L, -2);
    lua_pushlightuserdata(vm->L, s);
    if (vm_call_loading(vm, 2, 0) != OK) {
        lua_tasks_fini(&s->tasks);
        return ERR_SCRIPT;
    }
    for (unsigned i = 0; i < config->pool_count; i++)
        pool_set_policy(&pools[i], &s->policies[i]->policy);
    s->tasks.renew = write_facts;
    s->tasks.owner = s;
    s->acts = true;
    return OK;
}

void lua_script_fini(struct lua_script *s)
{
    lua_script_stop(s);
    if (s->acts)
        lua_tasks_fini(&s->tasks);
}

void lua_script_start(struct lua_script *s)
{
    if (s->acts && !s->started)
        lua_every_start(&s->every);
    s->started = true;
}

void lua_script_stop(struct lua_script *s)
{
    if (s->acts)
        lua_every_fini(&s->every);
}

struct router *lua_script_router(struct lua_script *s)
{
    return s->config->routes ? &s->router.router : NULL;
}

struct hooks *lua_script_hooks(struct lua_script *s)
{
    return s->acts ? &s->hooks.hooks : NULL;
}

void lua_script_each_tripped(const struct lua_script *s,
                             void (*visit)(void *owner, const char *what, const char *pool),
                             void *owner)
{
    if (!s->acts)
        return;
    for (unsigned i = 0; i < s->config->pool_count; i++)
        if (s->policies[i]->failure.trip.tripped)
            visit(owner, "pick", s->config->pools[i].name);
    if (s->config->routes && s->router.failure.trip.tripped)
        visit(owner, "route", NULL);
    if (s->hooks.up.failure.trip.tripped)
        visit(owner, "request", NULL);
    if (s->hooks.back.failure.trip.tripped)
        visit(owner, "response", NULL);
    lua_every_each_tripped(&s->every, visit, owner);
}
