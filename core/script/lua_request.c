/* A request as Lua sees it.
 *
 * The request, its headers, its cookies and its client are four objects; the headers show a struct
 * lua_headers, the others the struct lua_request.
 */
#include "script/lua_request.h"

#include "base/addr.h"
#include "http/octet.h"
#include "http/target.h"
#include "vm/lua_object.h"

#include <inttypes.h>
#include <stdio.h>

static struct lua_request *check_request(lua_State *L)
{
    struct lua_request *request = lua_touserdata(L, lua_upvalueindex(1));

    if (request->visit == NULL)
        luaL_error(L, "a request can only be used during the call it was given to");
    return request;
}

static void push_span(lua_State *L, struct span text)
{
    lua_pushlstring(L, text.len > 0 ? text.at : "", text.len);
}

static struct span path_of(const struct head *head)
{
    struct span target = head->target;

    return span_cut(&target, '?');
}

static struct span query_of(const struct head *head)
{
    struct span target = head->target;

    span_cut(&target, '?');
    return target;
}

/* A name for the request that no other has: its number, stirred so that it tells nothing. */
static void push_id(lua_State *L, const struct visit *visit)
{
    uint64_t x = visit->number * 0x9E3779B97F4A7C15ull;
    char text[20];

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ x >> 27) * 0x94D049BB133111EBull;
    snprintf(text, sizeof text, "%016" PRIx64, x ^ x >> 31);
    lua_pushstring(L, text);
}

/* Leaves one of the simple fields on the stack; false if KEY is none of them. */
static bool push_field(lua_State *L, const struct lua_request *request, const char *key)
{
    const struct head *head = request->visit->request;

    if (strcmp(key, "method") == 0)
        push_span(L, head->method);
    else if (strcmp(key, "path") == 0)
        push_span(L, path_of(head));
    else if (strcmp(key, "query") == 0)
        push_span(L, query_of(head));
    else if (strcmp(key, "host") == 0)
        push_span(L, head->told.len > 0 ? head->told : head->host);
    else if (strcmp(key, "id") == 0)
        push_id(L, request->visit);
    else if (strcmp(key, "backend") == 0 && request->pool != NULL)
        lua_pool_push_backend(L, request->pool, request->backend);
    else
        return false;
    return true;
}

/* Makes PATH and QUERY the target of HEAD. */
static void set_target(lua_State *L, struct head *head, struct span path, struct span query)
{
    size_t len = path.len + (query.len > 0 ? query.len + 1 : 0);
    char *text;

    if (head_is_connect(head))
        luaL_error(L, "a CONNECT has neither path nor query");
    if (path.len == 0 || path.at[0] != '/' || !octet_all(path, OCTET_VISIBLE) ||
        memchr(path.at, '?', path.len) != NULL || memchr(path.at, '#', path.len) != NULL)
        luaL_error(L, "a path must begin with / and have neither blanks nor ? nor #");
    if (query.len > 0 &&
        (!octet_all(query, OCTET_VISIBLE) || memchr(query.at, '#', query.len) != NULL))
        luaL_error(L, "a query must have neither blanks nor #");
    if (!head_make_room(head, len))
        luaL_error(L, "a script may set %d bytes of a head, and no more", HEAD_ADDED_MAX);
    text = arena_take(head->arena, len);
    memcpy(text, path.at, path.len);
    if (query.len > 0) {
        text[path.len] = '?';
        memcpy(text + path.len + 1, query.at, query.len);
    }
    head->target = (struct span){ text, len };
}

/* Makes the string at the stack's index VALUE the Host that a backend is told. */
static void set_host(lua_State *L, struct head *head, int value)
{
    struct field *field = head_find(head, FIELD_HOST);
    struct span host;

    host.at = lua_tolstring(L, value, &host.len);
    if (host.len == 0 || !target_is_authority(host))
        luaL_error(L, "\"%s\" is no host", host.at);
    head->told = lua_headers_copy(L, head, value);
    if (field != NULL)
        field->value = head->told;
}

/* req.KEY = VALUE */
static int set_field(lua_State *L)
{
    struct lua_request *request = check_request(L);
    struct head *head = request->visit->request;
    const char *key = luaL_checkstring(L, 2);
    struct span value;

    if (!request->headers.writable)
        return luaL_error(L, "a request cannot be changed here");
    if (lua_type(L, 3) != LUA_TSTRING)
        return luaL_error(L, "req.%s cannot be set to a %s", key, luaL_typename(L, 3));
    value.at = lua_tolstring(L, 3, &value.len);
    if (strcmp(key, "path") == 0)
        set_target(L, head, value, query_of(head));
    else if (strcmp(key, "query") == 0)
        set_target(L, head, path_of(head), value);
    else if (strcmp(key, "host") == 0)
        set_host(L, head, 3);
    else
        return luaL_error(L, "req.%s cannot be set; path, query, host and headers can", key);
    return 0;
}

/* req.KEY; the second upvalue holds the objects that are fields of a request. */
static int index_request(lua_State *L)
{
    const struct lua_request *request = check_request(L);
    const char *key = luaL_checkstring(L, 2);

    if (push_field(L, request, key))
        return 1;
    lua_settop(L, 2);
    lua_rawget(L, lua_upvalueindex(2));
    return 1;
}

/* Looks for the cookie NAME in the value of a Cookie field. */
static bool find_cookie(struct span value, struct span name, struct span *cookie)
{
    while (value.at != NULL) {
        struct span pair = span_trim(span_cut(&value, ';'));
        struct span key = span_cut(&pair, '=');

        if (pair.at != NULL && span_eq(key, name)) {
            *cookie = pair;
            return true;
        }
    }
    return false;
}

/* req.cookies.NAME: the first cookie with this name, or nil. */
static int index_cookies(lua_State *L)
{
    const struct lua_request *request = check_request(L);
    struct span name;

    name.at = luaL_checklstring(L, 2, &name.len);
    for (unsigned i = 0; i < request->visit->request->count; i++) {
        const struct field *field = &request->visit->request->fields[i];
        struct span cookie;

        if (field->gone || !span_eq_case(field->name, SPAN("cookie")))
            continue;
        if (find_cookie(field->value, name, &cookie)) {
            push_span(L, cookie);
            return 1;
        }
    }
    lua_pushnil(L);
    return 1;
}

/* req.client.ip, req.client.port */
static int index_client(lua_State *L)
{
    const struct lua_request *request = check_request(L);
    const char *key = luaL_checkstring(L, 2);
    char ip[ADDR_TEXT];

    if (strcmp(key, "ip") == 0)
        lua_pushlstring(L, ip, addr_print_host(request->visit->client, ip));
    else if (strcmp(key, "port") == 0)
        lua_pushinteger(L, addr_port(request->visit->client));
    else
        lua_pushnil(L);
    return 1;
}

static int refuse_write(lua_State *L)
{
    return luaL_error(L, "a request cannot be changed here");
}

void lua_request_init(lua_State *L, struct lua_request *request, bool writable, int owner)
{
    static const struct lua_object kind = { "request", index_request, set_field, NULL };
    static const struct lua_object cookies = { "request", index_cookies, refuse_write, NULL };
    static const struct lua_object client = { "request", index_client, refuse_write, NULL };

    *request = (struct lua_request){ .headers = { NULL, writable }, .object = LUA_NOREF };
    lua_createtable(L, 0, 3);
    lua_pushnil(L);
    lua_object_push_new(L, &cookies, request, owner);
    lua_setfield(L, -2, "cookies");
    lua_pushnil(L);
    lua_object_push_new(L, &client, request, owner);
    lua_setfield(L, -2, "client");
    lua_headers_push_new(L, &request->headers, owner);
    lua_setfield(L, -2, "headers");
    lua_object_push_new(L, &kind, request, owner);
    request->object = luaL_ref(L, LUA_REGISTRYINDEX);
}

void lua_request_fini(lua_State *L, struct lua_request *request)
{
    luaL_unref(L, LUA_REGISTRYINDEX, request->object);
}

void lua_request_enter(struct lua_request *request, struct visit *visit)
{
    request->visit = visit;
    request->headers.head = visit->request;
}

void lua_request_leave(struct lua_request *request)
{
    request->visit = NULL;
    request->headers.head = NULL;
}
