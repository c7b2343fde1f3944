/* The table that a script returns, to a config.
 *
 * Each table of the script has its list of keys. A key says what its value must be and who takes
 * it; whatever is not in the list is a mistake.
 */
#include "script/lua_config.h"

#include "base/mem.h"
#include "script/lua_addrs.h"
#include "script/lua_failover.h"
#include "script/lua_keys.h"
#include "script/lua_lines.h"
#include "script/lua_pools.h"
#include "script/lua_trust.h"

#include <string.h>

static void take_timeouts(struct lua_keys *k, const struct key *key)
{
    struct config_timeouts *t = &k->config->timeouts;
    const struct key keys[] = {
        { "idle", lua_keys_number, &t->idle, 0.01, 86400 },
        { "head", lua_keys_number, &t->head, 0.01, 86400 },
        { "connect", lua_keys_number, &t->connect, 0.01, 86400 },
        { "response", lua_keys_number, &t->response, 0.01, 86400 },
        { "stall", lua_keys_number, &t->stall, 0.01, 86400 },
        { "hook", lua_keys_number, &t->hook, 0.01, 86400 },
        { "queue", lua_keys_number, &t->queue, 0.01, 86400 },
        { "tunnel", lua_keys_number, &t->tunnel, 0.01, 86400 },
        { "drain", lua_keys_number, &t->drain, 0, 86400 },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}

static void take_limits(struct lua_keys *k, const struct key *key)
{
    struct config_limits *l = &k->config->limits;
    uint64_t line = l->line;
    uint64_t field = l->field;
    uint64_t head = l->head;
    uint64_t memory = l->memory;
    const struct key keys[] = {
        { "line", lua_keys_size, &line, 16, CONFIG_HEAD_MAX },
        { "field", lua_keys_size, &field, 16, CONFIG_HEAD_MAX },
        { "head", lua_keys_size, &head, 256, CONFIG_HEAD_MAX },
        { "fields", lua_keys_count, &l->fields, 1, CONFIG_FIELDS_MAX },
        { "body", lua_keys_size, &l->body, 0, 0x1p62 },
        { "connections", lua_keys_count, &l->connections, 1, 1000000 },
        { "per_address", lua_keys_count, &l->per_address, 1, 1000000 },
        { "requests", lua_keys_count, &l->requests, 1, 1000000000 },
        { "body_rate", lua_keys_number, &l->body_rate, 0, 1e9 },
        { "read_rate", lua_keys_number, &l->read_rate, 0, 1e9 },
        { "inflight", lua_keys_count, &k->config->inflight, 1, 1000000 },
        { "pending", lua_keys_count, &k->config->pending, 0, 1000000 },
        { "call", lua_keys_number, &l->call, 0.001, 10 },
        { "memory", lua_keys_size, &memory, 1 << 20, 0x1p32 },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
    l->line = line;
    l->field = field;
    l->head = head;
    l->memory = memory;
}

static void take_log(struct lua_keys *k, const struct key *key)
{
    const struct key keys[] = { { "access", lua_keys_bool, &k->config->log_access, 0, 0 } };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}

static void take_host(struct lua_keys *k, const struct key *key)
{
    const char *host = lua_keys_text(k);

    if (strcmp(host, "backend") == 0)
        k->config->host = HOST_BACKEND;
    else if (strcmp(host, "keep") == 0)
        k->config->host = HOST_KEEP;
    else
        lua_keys_complain(k, lua_keys_line(k, key->name), "host must be \"keep\" or \"backend\"");
}

/* Complains of the entry of `every` at the top of the stack, unless it is as it must be. */
static void check_task(struct lua_keys *k)
{
    const char *key;

    if (lua_type(k->L, -2) != LUA_TNUMBER || !(lua_tonumber(k->L, -2) >= 0.01) ||
        !(lua_tonumber(k->L, -2) <= 86400)) {
        lua_keys_complain(k, k->line, "a key must be a number of seconds from 0.01 to 86400");
        return;
    }
    key = luaL_tolstring(k->L, -2, NULL);
    if (!lua_isfunction(k->L, -2))
        lua_keys_complain(k, k->line, "[%s] must be a function, not a %s", key,
                          luaL_typename(k->L, -2));
    lua_pop(k->L, 1);
    k->config->tasks++;
}

static void take_every(struct lua_keys *k, const struct key *key)
{
    struct lua_keys inner = *k;

    if (!lua_istable(k->L, -1)) {
        lua_keys_complain(k, lua_keys_line(k, key->name), "%s must be a table, not a %s", key->name,
                          luaL_typename(k->L, -1));
        return;
    }
    inner.where = key->name;
    inner.line = lua_keys_line(k, key->name);
    for (lua_pushnil(k->L); lua_next(k->L, -2) != 0; lua_pop(k->L, 1))
        check_task(&inner);
}

static void take_route(struct lua_keys *k, const struct key *key)
{
    k->config->routes = lua_keys_function(k, key);
}

/* Is the table at the top of the stack { function, waits = true }? */
static enum config_hook read_hook_table(struct lua_keys *k, const struct key *key)
{
    struct lua_keys inner = *k;
    bool waits = false;
    bool ok;
    const struct key keys[] = { { "waits", lua_keys_bool, &waits, 0, 0 } };

    inner.where = key->name;
    inner.line = lua_keys_line(k, key->name);
    lua_keys_read(&inner, keys, COUNT_OF(keys), 1);
    lua_rawgeti(k->L, -1, 1);
    ok = lua_isfunction(k->L, -1);
    if (!ok)
        lua_keys_complain(&inner, inner.line, "the first element must be a function, not a %s",
                          luaL_typename(k->L, -1));
    lua_pop(k->L, 1);
    if (!ok)
        return HOOK_NONE;
    return waits ? HOOK_WAITS : HOOK_CALLED;
}

static void take_hook(struct lua_keys *k, const struct key *key)
{
    enum config_hook *hook = key->into;

    if (lua_istable(k->L, -1))
        *hook = read_hook_table(k, key);
    else
        *hook = lua_keys_function(k, key) ? HOOK_CALLED : HOOK_NONE;
}

/* Who may say whom he speaks for must be known. */
static void check_listeners(struct lua_keys *k)
{
    for (unsigned i = 0; i < k->config->listen_count; i++)
        if (k->config->listens[i].accept_proxy && k->config->trusted_count == 0)
            lua_keys_complain(k, lua_keys_line(k, "accept_proxy"),
                              "accept_proxy needs trusted: from whom is a PROXY header accepted?");
}

/* What several keys together must be. The table is at 1; it begins on line END, as a rule. */
static void check_whole(struct lua_keys *k, unsigned end)
{
    bool has_pools = lua_keys_has(k->L, 1, "pools");

    if (!lua_keys_has(k->L, 1, "listen"))
        lua_keys_complain(k, end, "listen is missing; write listen = \":8080\"");
    if (!has_pools && !lua_keys_has(k->L, 1, "backends"))
        lua_keys_complain(k, end, "backends is missing; write backends = { \"127.0.0.1:9001\" }");
    if (has_pools && lua_keys_has(k->L, 1, "backends"))
        lua_keys_complain(k, lua_keys_line(k, "backends"),
                          "backends belong to the pools, if there are some");
    if (has_pools && lua_keys_has(k->L, 1, "pick"))
        lua_keys_complain(k, lua_keys_line(k, "pick"),
                          "pick belongs to the pools, if there are some");
    if (lua_keys_has(k->L, 1, "route") && !has_pools)
        lua_keys_complain(k, lua_keys_line(k, "route"), "route needs pools to choose from");
    check_listeners(k);
    if (has_pools && k->config->pool_count > 1 && !lua_keys_has(k->L, 1, "route"))
        lua_keys_complain(k, lua_keys_line(k, "pools"),
                          "route is missing: which pool gets a request?");
}

/* Reads the table below a struct lua_keys on the stack. Called protected: memory may run out. */
static int read_config(lua_State *L)
{
    struct lua_keys *k = lua_touserdata(L, 2);
    struct config *config = k->config;
    const struct key list[] = {
        { "listen", lua_addrs_listen, NULL, 0, 0 },
        { "timeouts", take_timeouts, NULL, 0, 0 },
        { "retry", lua_failover_take_retry, &config->retry, 0, 0 },
        { "outlier", lua_failover_take_outlier, &config->outlier, 0, 0 },
        { "send_proxy", lua_pools_take_send_proxy, &config->send_proxy, 0, 0 },
        { "trusted", lua_trust_take_trusted, NULL, 0, 0 },
        { "allow", lua_trust_take_allow, NULL, 0, 0 },
        { "health", lua_pools_take_health, &config->health, 0, 0 },
        { "limits", take_limits, NULL, 0, 0 },
        { "host", take_host, NULL, 0, 0 },
        { "log", take_log, NULL, 0, 0 },
        { "route", take_route, NULL, 0, 0 },
        { "request", take_hook, &config->request, 0, 0 },
        { "response", take_hook, &config->response, 0, 0 },
        { "every", take_every, NULL, 0, 0 },
        { "pools", lua_keys_leave, NULL, 0, 0 },
        { "backends", lua_keys_leave, NULL, 0, 0 },
        { "pick", lua_keys_leave, NULL, 0, 0 },
    };
    unsigned end; /* where the table begins, as a rule */

    end = lua_lines_of_return(k->source);
    k->L = L;
    lua_settop(L, 1);
    if (!lua_istable(L, 1)) {
        lua_keys_complain(k, end, "the script must return a table, not %s", luaL_typename(L, 1));
        return 0;
    }
    lua_keys_read(k, list, COUNT_OF(list), 0);
    /* What holds for all pools is known by now. */
    lua_pools_read(k);
    check_whole(k, end);
    return 0;
}

void lua_config_read(struct vm *vm, struct span source, struct config *config,
                     struct faults *faults)
{
    struct lua_keys k = { .source = source, .config = config, .faults = faults, .where = "" };

    lua_pushcfunction(vm->L, read_config);
    lua_pushvalue(vm->L, -2);
    lua_pushlightuserdata(vm->L, &k);
    if (vm_call(vm, 2, 0) != OK) {
        lua_keys_complain(&k, 0, "%s", lua_tostring(vm->L, -1));
        lua_pop(vm->L, 1);
    }
}
