/* Scripts out of noise. */
#include "grammar.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 6, ITEMS_MAX = 6 };

/* What is being written, and from what. */
struct writing {
    char *text;
    size_t size, len;
    const uint8_t *noise;
    size_t left;
};

/* A key, and which values it could have: texts of Lua, or the keys of a table. */
struct known {
    const char *name;
    const char *const *values;
    const struct known *keys;
    bool list; /* the table is a list of such tables */
};

/* ---- What luaproxy knows ---- */

static const char *const numbers[] = { "1", "0", "2", "0.01", "100", "-1", "1e9", "1e308", NULL };
static const char *const bools[] = { "true", "false", NULL };
static const char *const listens[] = { "':0'",      "'127.0.0.1:0'", "{ ':0', ':1' }",
                                       "'[::1]:0'", "{ ':0', { } }", NULL };
static const char *const addresses[] = { "{ '127.0.0.1:9001', 'localhost:1', '[::1]:80' }",
                                         "{ { 'a:1', id = 'x' }, { 'a:2', id = 'y' } }", NULL };
static const char *const texts[] = { "'a'", "'/health'", "'tcp'", "'http'", "''", "'a\\0b'", NULL };
static const char *const types[] = { "'http'", "'tcp'", "false", "'none'", NULL };
static const char *const on[] = { "{ 'connect', 'reset', 'timeout', 503 }", "{ 400, 599 }",
                                  "'connect'", NULL };
static const char *const versions[] = { "'v1'", "'v2'", "1", "2", "false", NULL };
static const char *const nets[] = { "{ '10.0.0.0/8', '::1' }", "{ '0.0.0.0/0' }", "'127.0.0.1'",
                                    NULL };
static const char *const hosts[] = { "'keep'", "'backend'", NULL };
static const char *const upgrades[] = { "'websocket'", "{ 'websocket', 'x' }", "true", NULL };
static const char *const picks[] = {
    "function(up) return up[1] end",
    "function(up, req, ctx) ctx.n = (ctx.n or 0) + 1; return up[ctx.random(#up)], req.path end",
    "function(up, req) return up[#up + 1] end",
    "function(up) up[1] = nil; return next(up) end",
    "function(up) return setmetatable({}, { __index = up[1] }) end",
    "function() error({}) end",
    "function() error(setmetatable({}, { __tostring = error })) end",
    "function(up) local b = up[1]; b.weight = 'x'; b.inflight = nil; return b end",
    "{ pick = function(up) return up[#up] end, done = function(b, r) b.data = r end }",
    "{ pick = function(up) return up[1] end, changed = error, save = error, restore = error }",
    "require 'luaproxy.policy.leastconn'.new()",
    "require 'luaproxy.policy.ring'.new()",
    "require 'luaproxy.policy.slowstart'.new(require 'luaproxy.policy.random'.new())",
    NULL,
};
static const char *const routes[] = { "function(req) return req.path:sub(2) end",
                                      "function() return 'a' end", "function(req) return req end",
                                      "function() return nil end", NULL };
static const char *const hooks[] = {
    "function(req) req.headers.x = req.method; req.path = '/y'; req.query = 'q' end",
    "function(req) return { 200, { a = 'b' }, 'body' } end",
    "function(res, req) res.status = 201; res.headers['x-y'] = req.id end",
    "function(req) return { status = 'x' } end",
    "function(req) req.host = req.cookies.id or 'a'; return req end",
    "function(req) for k, v in pairs(req.headers) do req.headers[k] = v .. v end end",
    "{ function(req) luaproxy.sleep(1) end, waits = true }",
    "{ function(req) return luaproxy.http('http://a/') end, waits = true }",
    "{ waits = true }",
    NULL,
};

static const struct known timeouts[] = {
    { "idle", numbers, NULL, false },    { "head", numbers, NULL, false },
    { "connect", numbers, NULL, false }, { "response", numbers, NULL, false },
    { "stall", numbers, NULL, false },   { "hook", numbers, NULL, false },
    { "queue", numbers, NULL, false },   { "tunnel", numbers, NULL, false },
    { "drain", numbers, NULL, false },   { NULL, NULL, NULL, false },
};
static const struct known limits[] = {
    { "line", numbers, NULL, false },
    { "field", numbers, NULL, false },
    { "head", numbers, NULL, false },
    { "fields", numbers, NULL, false },
    { "body", numbers, NULL, false },
    { "connections", numbers, NULL, false },
    { "per_address", numbers, NULL, false },
    { "requests", numbers, NULL, false },
    { "body_rate", numbers, NULL, false },
    { "read_rate", numbers, NULL, false },
    { "inflight", numbers, NULL, false },
    { "pending", numbers, NULL, false },
    { "call", numbers, NULL, false },
    { "memory", numbers, NULL, false },
    { NULL, NULL, NULL, false },
};
static const struct known retry[] = {
    { "tries", numbers, NULL, false },  { "on", on, NULL, false },
    { "budget", numbers, NULL, false }, { "backoff", numbers, NULL, false },
    { "body", numbers, NULL, false },   { NULL, NULL, NULL, false },
};
static const struct known outlier[] = {
    { "errors", numbers, NULL, false },  { "rate", numbers, NULL, false },
    { "latency", numbers, NULL, false }, { "samples", numbers, NULL, false },
    { "every", numbers, NULL, false },   { "eject", numbers, NULL, false },
    { "share", numbers, NULL, false },   { "slow_start", numbers, NULL, false },
    { NULL, NULL, NULL, false },
};
static const struct known health[] = {
    { "type", types, NULL, false },      { "path", texts, NULL, false },
    { "status", numbers, NULL, false },  { "every", numbers, NULL, false },
    { "timeout", numbers, NULL, false }, { "rise", numbers, NULL, false },
    { "fall", numbers, NULL, false },    { NULL, NULL, NULL, false },
};
static const struct known backend[] = {
    { "[1]", (const char *const[]){ "'127.0.0.1:1'", "'b:2'", "'c'", NULL }, NULL, false },
    { "id", texts, NULL, false },
    { "weight", numbers, NULL, false },
    { "tier", numbers, NULL, false },
    { "cap", numbers, NULL, false },
    { "drain", bools, NULL, false },
    { "tags", texts, NULL, false },
    { NULL, NULL, NULL, false },
};
static const struct known allow[] = {
    { "trace", bools, NULL, false },
    { "connect", bools, NULL, false },
    { "upgrade", upgrades, NULL, false },
    { NULL, NULL, NULL, false },
};
static const struct known log_keys[] = {
    { "access", bools, NULL, false },
    { NULL, NULL, NULL, false },
};

/* What a pool has, and what stands for all of them. */
#define OF_POOL                                                                                    \
    { "backends", addresses, NULL, false }, { "backends", NULL, backend, true },                   \
        { "pick", picks, NULL, false }, { "health", NULL, health, false },                         \
        { "retry", NULL, retry, false }, { "outlier", NULL, outlier, false },                      \
        { "timeouts", NULL, timeouts, false }, { "limits", NULL, limits, false },                  \
    {                                                                                              \
        "send_proxy", versions, NULL, false                                                        \
    }

static const struct known pool[] = { OF_POOL, { NULL, NULL, NULL, false } };
static const struct known pools[] = {
    { "a", NULL, pool, false },
    { "b", NULL, pool, false },
    { "default", NULL, pool, false },
    { NULL, NULL, NULL, false },
};
static const struct known every[] = {
    { "[1]", hooks, NULL, false },
    { "[0.01]", routes, NULL, false },
    { NULL, NULL, NULL, false },
};
static const struct known script[] = {
    OF_POOL,
    { "listen", listens, NULL, false },
    { "pools", NULL, pools, false },
    { "trusted", nets, NULL, false },
    { "allow", NULL, allow, false },
    { "host", hosts, NULL, false },
    { "log", NULL, log_keys, false },
    { "route", routes, NULL, false },
    { "request", hooks, NULL, false },
    { "response", hooks, NULL, false },
    { "every", NULL, every, false },
    { NULL, NULL, NULL, false },
};

/* What nobody expects. */
static const char *const odd[] = {
    "nil",
    "0/0",
    "1/0",
    "-1/0",
    "math.mininteger",
    "2^53",
    "'65536'",
    "('x'):rep(70000)",
    "'\\0'",
    "{}",
    "{ {} }",
    "function() end",
    "print",
    "coroutine.create(print)",
    "setmetatable({}, { __index = function(t, k) return k end })",
    "setmetatable({}, { __index = error, __len = error, __pairs = error })",
    "setmetatable({}, { __metatable = 1, __name = 'x' })",
    "setmetatable({ 'a:1' }, { __len = function() return 1e15 end })",
    "{ [2] = 'a:1' }",
    "{ [1.5] = 'a:1', [true] = 1, [{}] = 2 }",
    "self",
    "luaproxy",
    "...",
};

/* ---- Writing ---- */

static unsigned choose(struct writing *w, unsigned count)
{
    if (w->left == 0 || count == 0)
        return 0;
    w->left--;
    return *w->noise++ % count;
}

static void put(struct writing *w, const char *text)
{
    size_t len = strlen(text);

    if (w->len + len >= w->size)
        return;
    memcpy(w->text + w->len, text, len);
    w->len += len;
}

static unsigned count_of(const char *const *values)
{
    unsigned count = 0;

    while (values[count] != NULL)
        count++;
    return count;
}

static unsigned count_keys(const struct known *keys)
{
    unsigned count = 0;

    while (keys[count].name != NULL)
        count++;
    return count;
}

static void put_table(struct writing *w, const struct known *keys, unsigned depth);

/* A value of KEY: one time in eight what nobody expects. */
static void put_value(struct writing *w, const struct known *key, unsigned depth)
{
    if (choose(w, 8) == 7) {
        put(w, odd[choose(w, sizeof odd / sizeof odd[0])]);
        return;
    }
    if (key->values != NULL) {
        put(w, key->values[choose(w, count_of(key->values))]);
        return;
    }
    if (!key->list) {
        put_table(w, key->keys, depth + 1);
        return;
    }
    put(w, "{ ");
    for (unsigned i = 1 + choose(w, 4); i > 0; i--) {
        put_table(w, key->keys, depth + 1);
        put(w, ", ");
    }
    put(w, "}");
}

/* A table of some of KEYS, and perhaps one that does not belong there. */
static void put_table(struct writing *w, const struct known *keys, unsigned depth)
{
    unsigned items = choose(w, 6);

    put(w, "{");
    if (depth > DEPTH_MAX)
        items = 0;
    for (unsigned i = 0; i <= items && w->left > 0; i++) {
        const struct known *key = &keys[choose(w, count_keys(keys))];

        put(w, choose(w, 4) == 0 ? "\n " : " ");
        if (choose(w, 32) == 31)
            key = &script[choose(w, count_keys(script))];
        put(w, key->name);
        put(w, " = ");
        put_value(w, key, depth);
        put(w, ",");
    }
    put(w, " }");
}

size_t grammar_write(char *text, size_t size, const uint8_t *noise, size_t len)
{
    struct writing w = { .text = text, .size = size - 2, .noise = noise, .left = len };

    put(&w,
        "local self = {}\nfor k, v in pairs {\n listen = ':0', backends = { 'a:1', 'b:2' } } do "
        "self[k] = v end\nfor k, v in pairs ");
    for (unsigned i = 0; i < ITEMS_MAX && w.left > 0; i++) {
        put_table(&w, script, 0);
        put(&w, " do self[k] = v end\nfor k, v in pairs ");
    }
    w.size += 2;
    put(&w, "{} do self[k] = v end\nreturn self");
    return w.len;
}
