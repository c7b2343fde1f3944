/* The addresses in a script: where to listen, and the backends. */
#include "script/lua_addrs.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum { WEIGHT_MAX = 65535, HTTP_PORT = 80 };

/* An address as the script writes it. */
struct written {
    const char *text;
    struct span host;
    uint16_t port;
};

/* Looked for only if there is something to complain of: it takes its time. */
static unsigned line_of(const struct lua_keys *k, const struct written *w)
{
    return lua_keys_line_of_text(k, w->text);
}

static bool refuse(struct lua_keys *k, const struct written *w, const char *why)
{
    lua_keys_complain(k, line_of(k, w), "\"%s\": %s", w->text, why);
    return false;
}

/* Reads the string at the top of the stack. */
static bool read_written(struct lua_keys *k, struct written *w)
{
    const char *why = NULL;

    w->text = lua_keys_text(k);
    return addr_cut(span_of(w->text), &w->host, &w->port, &why) == OK || refuse(k, w, why);
}

static bool resolve(struct lua_keys *k, const struct written *w, struct addr *at)
{
    if (addr_resolve(at, w->host, w->port) == OK)
        return true;
    lua_keys_complain(k, line_of(k, w), "\"%s\": no host \"%.*s\" is known", w->text,
                      SPAN_ARG(w->host));
    return false;
}

static void add_address(struct lua_keys *k, bool accept_proxy)
{
    struct config_listen *listen;
    struct written w;
    struct addr at;

    if (lua_type(k->L, -1) != LUA_TSTRING) {
        lua_keys_complain(k, k->line, "an address must be a string, not a %s",
                          luaL_typename(k->L, -1));
        return;
    }
    if (!read_written(k, &w) || !resolve(k, &w, &at))
        return;
    for (unsigned i = 0; i < k->config->listen_count; i++)
        if (addr_port(&at) != 0 && addr_eq(&at, &k->config->listens[i].at))
            lua_keys_complain(k, line_of(k, &w), "\"%s\" is there twice", w.text);
    listen = config_add_listen(k->config);
    listen->at = at;
    listen->text = mem_copy(span_of(w.text));
    listen->accept_proxy = accept_proxy;
}

/* Reads an address, or a table that begins with one. */
static void add_listen(struct lua_keys *k)
{
    bool accept_proxy = false;
    const struct key keys[] = { { "accept_proxy", lua_keys_bool, &accept_proxy, 0, 0 } };

    if (!lua_istable(k->L, -1)) {
        add_address(k, false);
        return;
    }
    lua_keys_read(k, keys, COUNT_OF(keys), 1);
    lua_rawgeti(k->L, -1, 1);
    add_address(k, accept_proxy);
    lua_pop(k->L, 1);
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

void lua_addrs_listen(struct lua_keys *k, const struct key *key)
{
    struct lua_keys inner = *k;

    inner.where = "listen";
    inner.line = lua_keys_line(k, key->name);
    if (lua_isstring(k->L, -1)) {
        add_listen(&inner);
    } else if (lua_istable(k->L, -1) && lua_keys_has(k->L, -1, "accept_proxy")) {
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
    const char *id = lua_keys_text(k);
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

static bool is_id_known(const struct config_pool *pool, const char *id)
{
    for (unsigned i = 0; i < pool->backend_count; i++)
        if (strcmp(pool->backends[i].id, id) == 0)
            return true;
    return false;
}

/* Can a backend be reached at W? */
static bool is_whole(struct lua_keys *k, const struct written *w)
{
    if (w->host.len == 0)
        return refuse(k, w, "the host is missing");
    if (w->port == 0)
        return refuse(k, w, "the port must not be 0");
    return true;
}

/* What B at W is called; RFC 9110, 4.2.3, prefers a Host without a port 80. */
static void name_backend(struct config_backend *b, const struct written *w)
{
    bool is_v6 = memchr(w->host.at, ':', w->host.len) != NULL;
    char name[300];
    int host = snprintf(name, sizeof name, is_v6 ? "[%.*s]" : "%.*s", SPAN_ARG(w->host));
    int all = host + snprintf(name + host, sizeof name - (size_t)host, ":%u", w->port);

    b->authority = mem_copy((struct span){ name, (size_t)all });
    b->host = mem_copy((struct span){ name, (size_t)(w->port == HTTP_PORT ? host : all) });
}

/* Reads the address of a backend, which is at the top of the stack, into B. */
static bool read_backend_addr(struct lua_keys *k, struct config_backend *b)
{
    struct written w;

    if (lua_type(k->L, -1) != LUA_TSTRING) {
        lua_keys_complain(k, k->line,
                          "a backend must be an address such as \"10.0.0.1:80\", or a table that "
                          "begins with one");
        return false;
    }
    if (!read_written(k, &w) || !is_whole(k, &w) || !resolve(k, &w, &b->at))
        return false;
    name_backend(b, &w);
    return true;
}

static void add_backend(struct lua_keys *k)
{
    struct lua_keys inner = *k;
    struct config_backend b = { .weight = 1, .tier = 1 };
    const struct key keys[] = {
        { "id", take_id, &b.id, 0, 0 },
        { "weight", lua_keys_count, &b.weight, 1, WEIGHT_MAX },
        { "tier", lua_keys_count, &b.tier, 1, 1000 },
        { "cap", lua_keys_count, &b.cap, 1, 1000000 },
        { "drain", lua_keys_bool, &b.drain, 0, 0 },
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
    if (is_id_known(k->pool, b.id))
        lua_keys_complain(k, lua_keys_line_of_second(k, b.id),
                          "\"%s\" is there twice; give one of them another id", b.id);
    *config_add_backend(k->pool) = b;
}

void lua_addrs_backends(struct lua_keys *k, const struct key *key)
{
    struct lua_keys inner = *k;

    inner.where = "backends";
    inner.pool = key->into;
    inner.line = lua_keys_line(k, key->name);
    if (!lua_istable(k->L, -1) || lua_rawlen(k->L, -1) == 0) {
        lua_keys_complain(&inner, inner.line, "must be a list of at least one address");
        return;
    }
    lua_keys_read(&inner, NULL, 0, (lua_Integer)lua_rawlen(k->L, -1));
    read_list(&inner, add_backend);
}
