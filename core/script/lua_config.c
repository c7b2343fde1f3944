/* The table that a script returns, to a config.
 *
 * Each table of the script has its list of keys. A key says what its value must be and who takes
 * it; whatever is not in the list is a mistake.
 */
#include "script/lua_config.h"

#include "base/mem.h"
#include "script/lua_addrs.h"
#include "script/lua_keys.h"
#include "script/lua_lines.h"

#include <string.h>

enum { HEALTH_PATH_MAX = 512 };

static void take_pick(struct lua_keys *k, const struct key *key)
{
    k->config->picks = lua_isfunction(k->L, -1);
    if (!k->config->picks)
        lua_keys_complain(k, lua_keys_line(k, key->name), "%s must be a function, not a %s",
                          key->name, luaL_typename(k->L, -1));
}

static void take_timeouts(struct lua_keys *k, const struct key *key)
{
    struct config_timeouts *t = &k->config->timeouts;
    const struct key keys[] = {
        { "idle", lua_keys_number, &t->idle, 0.01, 86400 },
        { "head", lua_keys_number, &t->head, 0.01, 86400 },
        { "connect", lua_keys_number, &t->connect, 0.01, 86400 },
        { "response", lua_keys_number, &t->response, 0.01, 86400 },
        { "stall", lua_keys_number, &t->stall, 0.01, 86400 },
        { "drain", lua_keys_number, &t->drain, 0, 86400 },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}

static void take_limits(struct lua_keys *k, const struct key *key)
{
    struct config_limits *l = &k->config->limits;
    uint64_t head = l->head;
    uint64_t memory = l->memory;
    const struct key keys[] = {
        { "head", lua_keys_size, &head, 256, CONFIG_HEAD_MAX },
        { "fields", lua_keys_count, &l->fields, 1, CONFIG_FIELDS_MAX },
        { "body", lua_keys_size, &l->body, 0, 0x1p62 },
        { "connections", lua_keys_count, &l->connections, 1, 1000000 },
        { "call", lua_keys_number, &l->call, 0.001, 10 },
        { "memory", lua_keys_size, &memory, 1 << 20, 0x1p32 },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
    l->head = head;
    l->memory = memory;
}

static void take_retry(struct lua_keys *k, const struct key *key)
{
    const struct key keys[] = {
        { "tries", lua_keys_count, &k->config->tries, 1, CONFIG_TRIES_MAX },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}

static void take_log(struct lua_keys *k, const struct key *key)
{
    const struct key keys[] = { { "access", lua_keys_bool, &k->config->log_access, 0, 0 } };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}

static void take_check_type(struct lua_keys *k, const struct key *key)
{
    const char *type = lua_keys_text(k);

    if (strcmp(type, "tcp") == 0)
        k->config->health.type = CHECK_TCP;
    else if (strcmp(type, "http") == 0)
        k->config->health.type = CHECK_HTTP;
    else
        lua_keys_complain(k, lua_keys_line(k, key->name), "type must be \"tcp\" or \"http\"");
}

static void take_path(struct lua_keys *k, const struct key *key)
{
    const char *path = lua_keys_text(k);
    size_t len = strlen(path);

    for (size_t i = 0; i < len; i++)
        if (path[i] <= ' ' || path[i] == 0x7f)
            len = 0;
    if (path[0] != '/' || len == 0 || len > HEALTH_PATH_MAX) {
        lua_keys_complain(k, lua_keys_line(k, key->name),
                          "path must be a string that begins with /");
        return;
    }
    mem_free(k->config->health.path);
    k->config->health.path = mem_copy(span_of(path));
}

/* Does the value at the top of the stack have the field NAME? */
static bool has_field(lua_State *L, const char *name)
{
    bool has;

    if (!lua_istable(L, -1))
        return false;
    lua_pushstring(L, name);
    has = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 1);
    return has;
}

/* Complains of what is there although a TCP check cannot look at it. */
static void check_tcp(struct lua_keys *k, const struct key *key)
{
    static const char only_http[] = "%s is for type \"http\" only";
    const struct config_health *h = &k->config->health;
    struct lua_keys inner = *k;

    inner.where = key->name;
    inner.line = lua_keys_line(k, key->name);
    if (h->path != NULL)
        lua_keys_complain(&inner, lua_keys_line(&inner, "path"), only_http, "path");
    if (h->status != 0)
        lua_keys_complain(&inner, lua_keys_line(&inner, "status"), only_http, "status");
}

static void take_health(struct lua_keys *k, const struct key *key)
{
    struct config_health *h = &k->config->health;
    const struct key keys[] = {
        { "type", take_check_type, NULL, 0, 0 },
        { "path", take_path, NULL, 0, 0 },
        { "status", lua_keys_count, &h->status, 100, 599 },
        { "every", lua_keys_number, &h->every, 0.01, 86400 },
        { "timeout", lua_keys_number, &h->timeout, 0.01, 86400 },
        { "rise", lua_keys_count, &h->rise, 1, 1000 },
        { "fall", lua_keys_count, &h->fall, 1, 1000 },
    };

    if (lua_isboolean(k->L, -1) && !lua_toboolean(k->L, -1)) {
        h->type = CHECK_NONE;
        return;
    }
    /* A path makes it HTTP, unless the type says otherwise; a type that is a mistake is not to
     * cause others. */
    if (has_field(k->L, "path") || has_field(k->L, "type"))
        h->type = CHECK_HTTP;
    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
    if (h->type == CHECK_TCP)
        check_tcp(k, key);
    else if (h->path == NULL)
        h->path = mem_copy(SPAN("/"));
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

/* Reads the table below a struct lua_keys on the stack. Called protected: memory may run out. */
static int read_config(lua_State *L)
{
    static const struct key list[] = {
        { "listen", lua_addrs_listen, NULL, 0, 0 },
        { "backends", lua_addrs_backends, NULL, 0, 0 },
        { "pick", take_pick, NULL, 0, 0 },
        { "health", take_health, NULL, 0, 0 },
        { "timeouts", take_timeouts, NULL, 0, 0 },
        { "limits", take_limits, NULL, 0, 0 },
        { "retry", take_retry, NULL, 0, 0 },
        { "host", take_host, NULL, 0, 0 },
        { "log", take_log, NULL, 0, 0 },
    };
    struct lua_keys *k = lua_touserdata(L, 2);
    unsigned end; /* where the table begins, as a rule */

    end = lua_lines_of_return(k->source);
    k->L = L;
    lua_settop(L, 1);
    if (!lua_istable(L, 1)) {
        lua_keys_complain(k, end, "the script must return a table, not %s", luaL_typename(L, 1));
        return 0;
    }
    lua_keys_read(k, list, COUNT_OF(list), 0);
    lua_pushliteral(L, "listen");
    if (lua_rawget(L, 1) == LUA_TNIL)
        lua_keys_complain(k, end, "listen is missing; write listen = \":8080\"");
    lua_pushliteral(L, "backends");
    if (lua_rawget(L, 1) == LUA_TNIL)
        lua_keys_complain(k, end, "backends is missing; write backends = { \"127.0.0.1:9001\" }");
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
