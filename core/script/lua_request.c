/* A request as Lua sees it.
 *
 * The request, its headers, its cookies and its client are four objects that exist once, each with
 * an __index of its own; the pointer to struct lua_request is the first upvalue of all of them.
 */
#include "script/lua_request.h"

#include "base/addr.h"
#include "http/head.h"

#include <inttypes.h>
#include <stdio.h>

static const struct lua_request *check_request(lua_State *L)
{
    const struct lua_request *request = lua_touserdata(L, lua_upvalueindex(1));

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
        push_span(L, head->host);
    else if (strcmp(key, "id") == 0)
        push_id(L, request->visit);
    else
        return false;
    return true;
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

/* req.headers.NAME: the values of all fields with this name, or nil. */
static int index_headers(lua_State *L)
{
    const struct lua_request *request = check_request(L);
    struct span name;
    luaL_Buffer values;
    unsigned found = 0;

    name.at = luaL_checklstring(L, 2, &name.len);
    luaL_buffinit(L, &values);
    for (unsigned i = 0; i < request->visit->request->count; i++) {
        const struct field *field = &request->visit->request->fields[i];

        if (field->gone || !span_eq_case(field->name, name))
            continue;
        if (found++ > 0)
            luaL_addstring(&values, ", ");
        luaL_addlstring(&values, field->value.at, field->value.len);
    }
    luaL_pushresult(&values);
    if (found == 0)
        lua_pushnil(L);
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

/* Pushes an object with INDEX as its __index, whose upvalues are REQUEST and what is at the top of
 * the stack, which is popped. */
static void push_object(lua_State *L, struct lua_request *request, lua_CFunction index)
{
    lua_pushlightuserdata(L, request);
    lua_insert(L, -2);
    lua_pushcclosure(L, index, 2);
    lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushliteral(L, "request");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

void lua_request_init(lua_State *L, struct lua_request *request)
{
    static const struct {
        const char *name;
        lua_CFunction index;
    } inner[] = {
        { "headers", index_headers },
        { "cookies", index_cookies },
        { "client", index_client },
    };

    *request = (struct lua_request){ .visit = NULL };
    lua_createtable(L, 0, 3);
    for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++) {
        lua_pushnil(L);
        push_object(L, request, inner[i].index);
        lua_setfield(L, -2, inner[i].name);
    }
    push_object(L, request, index_request);
    request->object = luaL_ref(L, LUA_REGISTRYINDEX);
}
