/* The fields of a head as Lua sees them. */
#include "script/lua_headers.h"

#include "http/octet.h"

static struct lua_headers *check_headers(lua_State *L)
{
    struct lua_headers *headers = lua_touserdata(L, lua_upvalueindex(1));

    if (headers->head == NULL)
        luaL_error(L, "headers can only be used during the call they were given to");
    return headers;
}

/* headers.NAME: the values of all fields with this name, or nil. */
static int index_headers(lua_State *L)
{
    const struct head *head = check_headers(L)->head;
    struct span name;
    luaL_Buffer values;
    unsigned found = 0;

    name.at = luaL_checklstring(L, 2, &name.len);
    luaL_buffinit(L, &values);
    for (unsigned i = 0; i < head->count; i++) {
        const struct field *field = &head->fields[i];

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

/* headers(NAME): the same as a list, with an element for each field. */
static int list_headers(lua_State *L)
{
    const struct head *head = check_headers(L)->head;
    lua_Integer found = 0;
    struct span name;

    name.at = luaL_checklstring(L, 2, &name.len);
    lua_newtable(L);
    for (unsigned i = 0; i < head->count; i++) {
        const struct field *field = &head->fields[i];

        if (field->gone || !span_eq_case(field->name, name))
            continue;
        lua_pushlstring(L, field->value.at, field->value.len);
        lua_rawseti(L, -2, ++found);
    }
    return 1;
}

/* May a script set fields that are ID? */
static bool is_free(enum field_id id)
{
    switch (id) {
    case FIELD_CONNECTION:
    case FIELD_CONTENT_LENGTH:
    case FIELD_EXPECT:
    case FIELD_HOST:
    case FIELD_KEEP_ALIVE:
    case FIELD_PROXY_CONNECTION:
    case FIELD_TE:
    case FIELD_TRAILER:
    case FIELD_TRANSFER_ENCODING:
    case FIELD_UPGRADE:
        return false;
    default:
        return true;
    }
}

struct span lua_headers_copy(lua_State *L, struct head *head, int index)
{
    struct span text;

    text.at = luaL_checklstring(L, index, &text.len);
    if (!head_make_room(head, text.len))
        luaL_error(L, "a script may set %d bytes of a head, and no more", HEAD_ADDED_MAX);
    return arena_copy(head->arena, text);
}

/* Adds a field with the value at the stack's index VALUE. */
static void add(lua_State *L, struct head *head, enum field_id id, struct span name, int value)
{
    static const struct span frame = SPAN(": \r\n");
    struct span text;

    if (lua_type(L, value) != LUA_TSTRING && lua_type(L, value) != LUA_TNUMBER)
        luaL_error(L, "the value of a header must be a string, not a %s", luaL_typename(L, value));
    text = span_trim(lua_headers_copy(L, head, value));
    for (size_t i = 0; i < text.len; i++)
        if (octet_is(text.at[i], OCTET_ODD))
            luaL_error(L, "the value of a header has a control character");
    if (!head_make_room(head, name.len + frame.len))
        luaL_error(L, "a script may set %d bytes of a head, and no more", HEAD_ADDED_MAX);
    head_add(head, id, name, text)->own = true;
}

void lua_headers_set(lua_State *L, struct head *head, int name, int value)
{
    struct span text;
    enum field_id id;

    text.at = luaL_checklstring(L, name, &text.len);
    if (!octet_all(text, OCTET_TOKEN))
        luaL_error(L, "\"%s\" is no name for a header", text.at);
    id = field_identify(text);
    if (!is_free(id))
        luaL_error(L, "%s is not the script's to set", text.at);
    head_drop(head, text);
    if (lua_isnil(L, value))
        return;
    text = lua_headers_copy(L, head, name);
    if (!lua_istable(L, value)) {
        add(L, head, id, text, value);
        return;
    }
    for (lua_Integer i = 1; lua_rawgeti(L, value, i) != LUA_TNIL; i++) {
        add(L, head, id, text, lua_gettop(L));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* headers.NAME = VALUE */
static int set_header(lua_State *L)
{
    struct lua_headers *headers = check_headers(L);

    if (!headers->writable)
        return luaL_error(L, "a request cannot be changed here");
    lua_headers_set(L, headers->head, 2, 3);
    return 0;
}

void lua_headers_push_new(lua_State *L, struct lua_headers *headers)
{
    lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 4);
    lua_pushlightuserdata(L, headers);
    lua_pushcclosure(L, index_headers, 1);
    lua_setfield(L, -2, "__index");
    lua_pushlightuserdata(L, headers);
    lua_pushcclosure(L, list_headers, 1);
    lua_setfield(L, -2, "__call");
    lua_pushlightuserdata(L, headers);
    lua_pushcclosure(L, set_header, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushliteral(L, "headers");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}
