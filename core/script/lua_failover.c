/* What becomes of requests when backends fail. */
#include "script/lua_failover.h"

#include <string.h>

static const char on_what[] = "on must be a list of \"connect\", \"reset\", \"timeout\" and of "
                              "statuses from 400 to 599";

/* Reads the element of `on` at the top of the stack. */
static bool read_reason(lua_State *L, struct config_retry *retry)
{
    lua_Integer status = lua_isinteger(L, -1) ? lua_tointeger(L, -1) - CONFIG_RETRY_FIRST : -1;
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";

    if (status >= 0 && status < CONFIG_RETRY_STATUSES)
        return retry->on_status[status] = true;
    if (strcmp(name, "connect") == 0)
        return retry->on_connect = true;
    if (strcmp(name, "reset") == 0)
        return retry->on_reset = true;
    if (strcmp(name, "timeout") == 0)
        return retry->on_timeout = true;
    return false;
}

static void take_on(struct lua_keys *k, const struct key *key)
{
    struct config_retry *retry = key->into;
    struct lua_keys inner = *k;
    bool ok = true;

    if (!lua_istable(k->L, -1)) {
        lua_keys_complain(k, lua_keys_line(k, key->name), "%s", on_what);
        return;
    }
    inner.where = "retry.on";
    inner.line = lua_keys_line(k, key->name);
    lua_keys_read(&inner, NULL, 0, (lua_Integer)lua_rawlen(k->L, -1));
    retry->on_connect = retry->on_reset = retry->on_timeout = false;
    memset(retry->on_status, 0, sizeof retry->on_status);
    for (lua_Integer i = 1; ok && i <= (lua_Integer)lua_rawlen(k->L, -1); i++) {
        lua_rawgeti(k->L, -1, i);
        ok = read_reason(k->L, retry);
        lua_pop(k->L, 1);
    }
    if (!ok)
        lua_keys_complain(k, inner.line, "%s", on_what);
}

void lua_failover_take_retry(struct lua_keys *k, const struct key *key)
{
    struct config_retry *retry = key->into;
    uint64_t body = retry->body;
    const struct key keys[] = {
        { "tries", lua_keys_count, &retry->tries, 1, CONFIG_TRIES_MAX },
        { "on", take_on, retry, 0, 0 },
        { "budget", lua_keys_number, &retry->budget, 0, 1 },
        { "backoff", lua_keys_number, &retry->backoff, 0, 60 },
        { "body", lua_keys_size, &body, 0, CONFIG_RETRY_BODY_MAX },
    };

    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
    retry->body = body;
}

void lua_failover_take_outlier(struct lua_keys *k, const struct key *key)
{
    struct config_outlier *o = key->into;
    const struct key keys[] = {
        { "errors", lua_keys_count, &o->errors, 1, 1000000 },
        { "rate", lua_keys_number, &o->rate, 0.01, 1 },
        { "latency", lua_keys_number, &o->latency, 0, 1000000 },
        { "samples", lua_keys_count, &o->samples, 1, 1000000 },
        { "every", lua_keys_number, &o->every, 0.1, 3600 },
        { "eject", lua_keys_number, &o->eject, 0.01, 86400 },
        { "share", lua_keys_number, &o->share, 0, 1 },
        { "slow_start", lua_keys_number, &o->slow_start, 0, 86400 },
    };

    *o = config_outlier;
    if (lua_isboolean(k->L, -1) && !lua_toboolean(k->L, -1)) {
        o->watches = false;
        return;
    }
    lua_keys_read_inner(k, key, keys, COUNT_OF(keys));
}
