/* Whom a script trusts, and what it allows. */
#include "script/lua_trust.h"

#include "base/mem.h"
#include "http/upgrade.h"

#include <string.h>

/* Calls READ with each element of the list at the top of the stack at the top, or with the string
 * that is there itself. False if it is neither, or as soon as READ says so. */
static bool read_each(struct lua_keys *k, bool (*read)(struct lua_keys *k))
{
    bool ok = true;

    if (lua_type(k->L, -1) == LUA_TSTRING)
        return read(k);
    if (!lua_istable(k->L, -1))
        return false;
    lua_keys_read(k, NULL, 0, (lua_Integer)lua_rawlen(k->L, -1));
    for (lua_Integer i = 1; ok && i <= (lua_Integer)lua_rawlen(k->L, -1); i++) {
        lua_rawgeti(k->L, -1, i);
        ok = read(k);
        lua_pop(k->L, 1);
    }
    return ok;
}

static bool read_trusted(struct lua_keys *k)
{
    const char *text = lua_keys_text(k);
    struct net net;

    if (net_read(&net, span_of(text)) != OK) {
        lua_keys_complain(k, lua_keys_line_of_text(k, text), "\"%s\" is no address or network",
                          text);
        return true;
    }
    config_add_trusted(k->config, &net);
    return true;
}

void lua_trust_take_trusted(struct lua_keys *k, const struct key *key)
{
    struct lua_keys inner = *k;

    inner.where = key->name;
    inner.line = lua_keys_line(k, key->name);
    if (!read_each(&inner, read_trusted))
        lua_keys_complain(&inner, inner.line, "must be a list of networks such as \"10.0.0.0/8\"");
}

static bool is_protocol(const char *name)
{
    static const char token[] = "!#$%&'*+-.^_`|~/0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return name[0] != '\0' && name[strspn(name, token)] == '\0';
}

static bool read_upgrade(struct lua_keys *k)
{
    const char *name = lua_keys_text(k);

    if (!is_protocol(name))
        return false;
    if (upgrade_is_of_connection(span_of(name)))
        lua_keys_complain(k, lua_keys_line_of_text(k, name), "\"%s\" cannot be passed on", name);
    else
        config_add_upgrade(k->config, span_of(name));
    return true;
}

static void take_upgrade(struct lua_keys *k, const struct key *key)
{
    struct config_allow *allow = &k->config->allow;
    struct lua_keys inner = *k;
    bool is_any = strcmp(lua_keys_text(k), "any") == 0;
    bool is_none = lua_isboolean(k->L, -1) && !lua_toboolean(k->L, -1);

    inner.line = lua_keys_line(k, key->name);
    allow->any_upgrade = is_any;
    while (allow->upgrade_count > 0)
        mem_free(allow->upgrades[--allow->upgrade_count]);
    if (!is_any && !is_none && !read_each(&inner, read_upgrade))
        lua_keys_complain(k, inner.line,
                          "upgrade must be \"websocket\", a list of protocols, \"any\", or false");
}

void lua_trust_take_allow(struct lua_keys *k, const struct key *key)
{
    struct config_allow *allow = &k->config->allow;
    const struct key keys[] = {
        { "trace", lua_keys_bool, &allow->trace, 0, 0 },
        { "connect", lua_keys_bool, &allow->connect, 0, 0 },
        { "upgrade", take_upgrade, NULL, 0, 0 },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}
