/* The table that a script returns, to a config.
 *
 * Each table of the script has its list of keys. A key says what its value must be and who takes it; whatever is not
 * in the list is a mistake.
 */
#include "script/lua_config.h"

#include "base/mem.h"
#include "script/lua_keys.h"
#include "script/lua_lines.h"

#include <stdlib.h>
#include <string.h>

enum { HEALTH_PATH_MAX = 512, WEIGHT_MAX = 65535 };

static void take_function(struct lua_keys *k, const struct key *key)
{
    if (!lua_isfunction(k->L, -1))
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
    const struct key keys[] = {
        { "head", lua_keys_size, &head, 256, CONFIG_HEAD_MAX },
        { "fields", lua_keys_count, &l->fields, 1, 1000 },
        { "body", lua_keys_size, &l->body, 0, 0x1p62 },
        { "connections", lua_keys_count, &l->connections, 1, 1000000 },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
    l->head = head;
}

static void take_retry(struct lua_keys *k, const struct key *key)
{
    const struct key keys[] = { { "tries", lua_keys_count, &k->config->tries, 1, 10 } };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}

static void take_log(struct lua_keys *k, const struct key *key)
{
    const struct key keys[] = { { "access", lua_keys_bool, &k->config->log_access, 0, 0 } };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}

/* The string at the top of the stack; "" if it is none, or one with a NUL in it. */
static const char *string_at_top(struct lua_keys *k)
{
    size_t len = 0;
    const char *text = lua_type(k->L, -1) == LUA_TSTRING ? lua_tolstring(k->L, -1, &len) : "";

    return strlen(text) == len ? text : "";
}

static void take_check_type(struct lua_keys *k, const struct key *key)
{
    const char *type = string_at_top(k);

    if (strcmp(type, "tcp") == 0)
        k->config->health.type = CHECK_TCP;
    else if (strcmp(type, "http") == 0)
        k->config->health.type = CHECK_HTTP;
    else
        lua_keys_complain(k, lua_keys_line(k, key->name), "type must be \"tcp\" or \"http\"");
}

static void take_path(struct lua_keys *k, const struct key *key)
{
    const char *path = string_at_top(k);
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
    /* A path makes it HTTP, unless the type says otherwise; a type that is a mistake is not to cause others. */
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
    const char *host = string_at_top(k);

    if (strcmp(host, "backend") == 0)
        k->config->host = HOST_BACKEND;
    else if (strcmp(host, "keep") == 0)
        k->config->host = HOST_KEEP;
    else
        lua_keys_complain(k, lua_keys_line(k, key->name), "host must be \"keep\" or \"backend\"");
}

/* Reads the address TEXT, and gives its host:port in *AUTHORITY unless that is NULL. */
static bool read_addr(struct lua_keys *k, unsigned line, const char *text, struct addr *at,
                      char **authority)
{
    struct span host;
    uint16_t port;
    const char *why = NULL;

    if (addr_cut(span_of(text), &host, &port, &why) != OK) {
        lua_keys_complain(k, line, "\"%s\": %s", text, why);
        return false;
    }
    if (authority != NULL && host.len == 0) {
        lua_keys_complain(k, line, "\"%s\": the host is missing", text);
        return false;
    }
    if (authority != NULL && port == 0) {
        lua_keys_complain(k, line, "\"%s\": the port must not be 0", text);
        return false;
    }
    if (addr_resolve(at, host, port) != OK) {
        lua_keys_complain(k, line, "\"%s\": no host \"%.*s\" is known", text, SPAN_ARG(host));
        return false;
    }
    if (authority != NULL) {
        char name[300];
        bool is_v6 = memchr(host.at, ':', host.len) != NULL;
        int len =
            snprintf(name, sizeof name, is_v6 ? "[%.*s]:%u" : "%.*s:%u", SPAN_ARG(host), port);

        *authority = mem_copy((struct span){ name, (size_t)len });
    }
    return true;
}

static void add_listen(struct lua_keys *k)
{
    const char *text;
    struct config_listen *listen;
    struct addr at;
    unsigned line;

    if (lua_type(k->L, -1) != LUA_TSTRING) {
        lua_keys_complain(k, k->line, "an address must be a string, not a %s",
                          luaL_typename(k->L, -1));
        return;
    }
    text = string_at_top(k);
    line = lua_keys_line_of_text(k, text);
    if (!read_addr(k, line, text, &at, NULL))
        return;
    for (unsigned i = 0; i < k->config->listen_count; i++)
        if (addr_port(&at) != 0 && addr_eq(&at, &k->config->listens[i].at))
            lua_keys_complain(k, line, "\"%s\" is there twice", text);
    listen = config_add_listen(k->config);
    listen->at = at;
    listen->text = mem_copy(span_of(text));
}

/* Calls ADD with each element of the list at the top of the stack at the top. */
static void read_list(struct lua_keys *k, void (*add)(struct lua_keys *k))
{
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(k->L, -1); i++) {
        lua_rawgeti(k->L, -1, i);
        add(k);
        lua_pop(k->L, 1);
    }
}

static void take_listen(struct lua_keys *k, const struct key *key)
{
    struct lua_keys inner = *k;

    inner.where = "listen";
    inner.line = lua_keys_line(k, key->name);
    if (lua_isstring(k->L, -1)) {
        add_listen(&inner);
    } else if (lua_istable(k->L, -1) && lua_rawlen(k->L, -1) > 0) {
        lua_keys_read(&inner, NULL, 0, (lua_Integer)lua_rawlen(k->L, -1));
        read_list(&inner, add_listen);
    } else {
        lua_keys_complain(&inner, inner.line,
                          "must be an address such as \":8080\", or a list of them");
    }
}

static void take_id(struct lua_keys *k, const struct key *key)
{
    const char *id = string_at_top(k);
    char **into = key->into;

    if (id[0] == '\0') {
        lua_keys_complain(k, lua_keys_line(k, key->name), "id must be a string that is not empty");
        return;
    }
    mem_free(*into);
    *into = mem_copy(span_of(id));
}

static void take_tags(struct lua_keys *k, const struct key *key)
{
    if (!lua_istable(k->L, -1))
        lua_keys_complain(k, lua_keys_line(k, key->name), "tags must be a table, not a %s",
                          luaL_typename(k->L, -1));
}

static bool is_id_known(const struct config *config, const char *id)
{
    for (unsigned i = 0; i < config->backend_count; i++)
        if (strcmp(config->backends[i].id, id) == 0)
            return true;
    return false;
}

/* Reads the address of a backend, the string at the top of the stack, into B. */
static bool read_backend_addr(struct lua_keys *k, struct config_backend *b)
{
    const char *text;

    if (lua_type(k->L, -1) != LUA_TSTRING) {
        lua_keys_complain(k, k->line,
                          "a backend must be an address such as \"10.0.0.1:80\", or a table that "
                          "begins with one");
        return false;
    }
    text = string_at_top(k);
    return read_addr(k, lua_keys_line_of_text(k, text), text, &b->at, &b->authority);
}

static void add_backend(struct lua_keys *k)
{
    struct lua_keys inner = *k;
    struct config_backend b = { .weight = 1, .tier = 1 };
    const struct key keys[] = {
        { "id", take_id, &b.id, 0, 0 },
        { "weight", lua_keys_count, &b.weight, 1, WEIGHT_MAX },
        { "tier", lua_keys_count, &b.tier, 1, 1000 },
        { "tags", take_tags, NULL, 0, 0 },
    };
    bool ok;

    if (lua_istable(k->L, -1)) {
        lua_rawgeti(k->L, -1, 1);
        ok = read_backend_addr(k, &b);
        if (lua_type(k->L, -1) == LUA_TSTRING)
            inner.line = lua_keys_line_of_text(k, lua_tostring(k->L, -1));
        lua_pop(k->L, 1);
        lua_keys_read(&inner, keys, COUNT_OF(keys), 1);
    } else {
        ok = read_backend_addr(k, &b);
    }
    if (!ok) {
        mem_free(b.id);
        return;
    }
    if (b.id == NULL)
        b.id = mem_copy(span_of(b.authority));
    if (is_id_known(k->config, b.id))
        lua_keys_complain(k, lua_keys_line_of_second(k, b.id),
                          "\"%s\" is there twice; give one of them another id", b.id);
    *config_add_backend(k->config) = b;
}

static void take_backends(struct lua_keys *k, const struct key *key)
{
    struct lua_keys inner = *k;

    inner.where = "backends";
    inner.line = lua_keys_line(k, key->name);
    if (!lua_istable(k->L, -1) || lua_rawlen(k->L, -1) == 0) {
        lua_keys_complain(&inner, inner.line, "must be a list of at least one address");
        return;
    }
    lua_keys_read(&inner, NULL, 0, (lua_Integer)lua_rawlen(k->L, -1));
    read_list(&inner, add_backend);
}

/* Reads the table below a struct lua_keys on the stack. Called protected: memory may run out. */
static int read_config(lua_State *L)
{
    static const struct key list[] = {
        { "listen", take_listen, NULL, 0, 0 },     { "backends", take_backends, NULL, 0, 0 },
        { "pick", take_function, NULL, 0, 0 },     { "health", take_health, NULL, 0, 0 },
        { "timeouts", take_timeouts, NULL, 0, 0 }, { "limits", take_limits, NULL, 0, 0 },
        { "retry", take_retry, NULL, 0, 0 },       { "host", take_host, NULL, 0, 0 },
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
