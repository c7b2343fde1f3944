/* What a pool has: backends, a policy, and how both are used. */
#include "script/lua_pools.h"

#include "base/mem.h"
#include "script/lua_addrs.h"
#include "script/lua_failover.h"

#include <stdlib.h>
#include <string.h>

enum { HEALTH_PATH_MAX = 512, NAME_MAX_LEN = 64 };

/* Is the table at the top of the stack a policy, with functions pick, done, changed, save and
 * restore? */
static bool read_policy(struct lua_keys *k, const struct key *key)
{
    bool has_pick = lua_keys_has(k->L, -1, "pick");
    const struct key keys[] = {
        { "pick", lua_keys_take_function, NULL, 0, 0 },
        { "done", lua_keys_take_function, NULL, 0, 0 },
        { "changed", lua_keys_take_function, NULL, 0, 0 },
        { "save", lua_keys_take_function, NULL, 0, 0 },
        { "restore", lua_keys_take_function, NULL, 0, 0 },
    };

    lua_keys_read_known(k, key, keys, COUNT_OF(keys));
    if (!has_pick)
        lua_keys_complain(k, lua_keys_line(k, key->name),
                          "a policy that is a table must have a function pick");
    return has_pick;
}

static void take_pick(struct lua_keys *k, const struct key *key)
{
    bool *picks = key->into;

    *picks = lua_istable(k->L, -1) ? read_policy(k, key) : lua_keys_function(k, key);
}

static void take_timeouts(struct lua_keys *k, const struct key *key)
{
    struct config_timeouts *t = key->into;
    const struct key keys[] = {
        { "connect", lua_keys_number, &t->connect, 0.01, 86400 },
        { "response", lua_keys_number, &t->response, 0.01, 86400 },
        { "stall", lua_keys_number, &t->stall, 0.01, 86400 },
        { "queue", lua_keys_number, &t->queue, 0.01, 86400 },
        { "tunnel", lua_keys_number, &t->tunnel, 0.01, 86400 },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}

static void take_limits(struct lua_keys *k, const struct key *key)
{
    struct config_pool *pool = key->into;
    const struct key keys[] = {
        { "inflight", lua_keys_count, &pool->inflight, 1, 1000000 },
        { "pending", lua_keys_count, &pool->pending, 0, 1000000 },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}

void lua_pools_take_send_proxy(struct lua_keys *k, const struct key *key)
{
    const char *version = lua_keys_text(k);
    enum config_proxy *into = key->into;

    if (strcmp(version, "v1") == 0)
        *into = PROXY_V1;
    else if (strcmp(version, "v2") == 0)
        *into = PROXY_V2;
    else if (lua_isboolean(k->L, -1) && !lua_toboolean(k->L, -1))
        *into = PROXY_NONE;
    else
        lua_keys_complain(k, lua_keys_line(k, key->name),
                          "send_proxy must be \"v1\", \"v2\" or false");
}

static void take_check_type(struct lua_keys *k, const struct key *key)
{
    const char *type = lua_keys_text(k);
    enum config_check *into = key->into;

    if (strcmp(type, "tcp") == 0)
        *into = CHECK_TCP;
    else if (strcmp(type, "http") == 0)
        *into = CHECK_HTTP;
    else
        lua_keys_complain(k, lua_keys_line(k, key->name), "type must be \"tcp\" or \"http\"");
}

static void take_path(struct lua_keys *k, const struct key *key)
{
    const char *path = lua_keys_text(k);
    size_t len = strlen(path);
    char **into = key->into;

    for (size_t i = 0; i < len; i++)
        if (path[i] <= ' ' || path[i] == 0x7f)
            len = 0;
    if (path[0] != '/' || len == 0 || len > HEALTH_PATH_MAX) {
        lua_keys_complain(k, lua_keys_line(k, key->name),
                          "path must be a string that begins with /");
        return;
    }
    mem_free(*into);
    *into = mem_copy(span_of(path));
}

/* Complains of what is there although a TCP check cannot look at it. */
static void check_tcp(struct lua_keys *k, const struct key *key)
{
    static const char only_http[] = "%s is for type \"http\" only";
    const struct config_health *h = key->into;
    struct lua_keys inner = *k;

    inner.where = key->name;
    inner.line = lua_keys_line(k, key->name);
    if (h->path != NULL)
        lua_keys_complain(&inner, lua_keys_line(&inner, "path"), only_http, "path");
    if (h->status != 0)
        lua_keys_complain(&inner, lua_keys_line(&inner, "status"), only_http, "status");
}

void lua_pools_take_health(struct lua_keys *k, const struct key *key)
{
    struct config_health *h = key->into;
    const struct key keys[] = {
        { "type", take_check_type, &h->type, 0, 0 },
        { "path", take_path, &h->path, 0, 0 },
        { "status", lua_keys_count, &h->status, 100, 599 },
        { "every", lua_keys_number, &h->every, 0.01, 86400 },
        { "timeout", lua_keys_number, &h->timeout, 0.01, 86400 },
        { "rise", lua_keys_count, &h->rise, 1, 1000 },
        { "fall", lua_keys_count, &h->fall, 1, 1000 },
    };

    mem_free(h->path);
    *h = config_health;
    if (lua_isboolean(k->L, -1) && !lua_toboolean(k->L, -1)) {
        h->type = CHECK_NONE;
        return;
    }
    /* A path makes it HTTP, unless the type says otherwise; a type that is a mistake is not to
     * cause others. */
    if (lua_istable(k->L, -1) && (lua_keys_has(k->L, -1, "path") || lua_keys_has(k->L, -1, "type")))
        h->type = CHECK_HTTP;
    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
    if (h->type == CHECK_TCP)
        check_tcp(k, key);
    else if (h->path == NULL)
        h->path = mem_copy(SPAN("/"));
}

/* Reads the pool that the table at the top of the stack describes. K says where it is. */
static void read_pool(struct lua_keys *k, const char *name)
{
    struct config_pool *pool = config_add_pool(k->config, name);
    const struct key keys[] = {
        { "backends", lua_addrs_backends, pool, 0, 0 },
        { "pick", take_pick, &pool->picks, 0, 0 },
        { "health", lua_pools_take_health, &pool->health, 0, 0 },
        { "retry", lua_failover_take_retry, &pool->retry, 0, 0 },
        { "outlier", lua_failover_take_outlier, &pool->outlier, 0, 0 },
        { "send_proxy", lua_pools_take_send_proxy, &pool->send_proxy, 0, 0 },
        { "timeouts", take_timeouts, &pool->timeouts, 0, 0 },
        { "limits", take_limits, pool, 0, 0 },
    };

    lua_keys_read(k, keys, COUNT_OF(keys), 0);
    if (!lua_keys_has(k->L, -1, "backends"))
        lua_keys_complain(k, k->line, "backends is missing");
}

/* A backend, and the pool that it is in. */
struct member {
    const struct config_pool *pool;
    const struct config_backend *backend;
};

/* By ids, and those with the same id by their pools. */
static int by_id(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    int order = strcmp(x->backend->id, y->backend->id);

    return order != 0 ? order : (x->pool > y->pool) - (x->pool < y->pool);
}

/* A second pool may have a backend of the FIRST, but it is one server, with one set of facts. */
static void check_shared(struct lua_keys *k, const struct member *first, const struct member *other)
{
    const char *id = first->backend->id;

    if (!addr_eq(&first->backend->at, &other->backend->at))
        lua_keys_complain(k, lua_keys_line_of_second(k, id),
                          "\"%s\" is another address in %s than in %s", id, other->pool->name,
                          first->pool->name);
    else if (!config_health_eq(&first->pool->health, &other->pool->health))
        lua_keys_complain(k, lua_keys_line_of_second(k, id),
                          "\"%s\" is checked in another way in %s than in %s; give one of "
                          "them another id",
                          id, other->pool->name, first->pool->name);
}

static size_t count_members(const struct config *config)
{
    size_t count = 0;

    for (unsigned p = 0; p < config->pool_count; p++)
        count += config->pools[p].backend_count;
    return count;
}

/* The members of all pools, by ids. The caller frees them. */
static struct member *sort_members(const struct config *config, size_t count)
{
    struct member *members = mem_new(count * sizeof *members + 1);
    size_t at = 0;

    for (unsigned p = 0; p < config->pool_count; p++)
        for (unsigned i = 0; i < config->pools[p].backend_count; i++)
            members[at++] = (struct member){ &config->pools[p], &config->pools[p].backends[i] };
    qsort(members, count, sizeof *members, by_id);
    return members;
}

static void check_all_shared(struct lua_keys *k)
{
    size_t count = count_members(k->config);
    struct member *members = sort_members(k->config, count);
    const struct member *first = members;

    for (const struct member *m = members; m < members + count; m++) {
        if (strcmp(m->backend->id, first->backend->id) != 0)
            first = m;
        else if (m->pool != first->pool)
            check_shared(k, first, m);
    }
    mem_free(members);
}

/* Is the value below the top a name for a pool? */
static bool is_name(lua_State *L)
{
    size_t len;
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &len) : NULL;

    return name != NULL && len > 0 && len <= NAME_MAX_LEN && strlen(name) == len;
}

/* Lua gives them in any order. */
static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct config_pool *)a)->name, ((const struct config_pool *)b)->name);
}

/* Reads the table of pools at the top of the stack. */
static void read_named(struct lua_keys *k)
{
    struct lua_keys inner = *k;

    k->config->has_pools = true;
    inner.where = "pools";
    inner.line = lua_keys_line(k, "pools");
    if (!lua_istable(k->L, -1)) {
        lua_keys_complain(k, inner.line, "pools must be a table of pools by their names, not a %s",
                          luaL_typename(k->L, -1));
        return;
    }
    for (lua_pushnil(k->L); lua_next(k->L, -2) != 0; lua_pop(k->L, 1)) {
        struct lua_keys of_pool = inner;

        if (!is_name(k->L) || !lua_istable(k->L, -1)) {
            lua_keys_complain(&inner, inner.line,
                              "each must be a table, and have a name that is a string");
            continue;
        }
        of_pool.where = lua_tostring(k->L, -2);
        of_pool.line = lua_keys_line(&inner, of_pool.where);
        read_pool(&of_pool, of_pool.where);
    }
    if (k->config->pool_count == 0) {
        lua_keys_complain(&inner, inner.line, "there must be at least one");
        return;
    }
    qsort(k->config->pools, k->config->pool_count, sizeof *k->config->pools, by_name);
    check_all_shared(&inner);
}

/* Reads the only pool of a script without names for pools: the keys of K's table itself. */
static void read_only(struct lua_keys *k)
{
    struct config_pool *pool = config_add_pool(k->config, CONFIG_POOL);
    const struct key backends = { "backends", NULL, pool, 0, 0 };
    const struct key pick = { "pick", NULL, &pool->picks, 0, 0 };

    if (lua_keys_push(k, &backends))
        lua_addrs_backends(k, &backends);
    lua_pop(k->L, 1);
    if (lua_keys_push(k, &pick))
        take_pick(k, &pick);
    lua_pop(k->L, 1);
}

void lua_pools_read(struct lua_keys *k)
{
    const struct key pools = { "pools", NULL, NULL, 0, 0 };
    bool named = lua_keys_push(k, &pools);

    if (named)
        read_named(k);
    lua_pop(k->L, 1);
    if (!named)
        read_only(k);
}
