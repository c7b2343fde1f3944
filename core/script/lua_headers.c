/* The fields of a head as Lua sees them. */
#include "script/lua_headers.h"

#include "http/octet.h"
#include "vm/lua_object.h"

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

static void make_room(lua_State *L, struct head *head, size_t bytes)
{
    if (!head_make_room(head, bytes))
        luaL_error(L, "a script may set %d bytes of a head, and no more", HEAD_ADDED_MAX);
}

struct span lua_headers_copy(lua_State *L, struct head *head, int index)
{
    struct span text;

    text.at = luaL_checklstring(L, index, &text.len);
    make_room(L, head, text.len);
    return arena_copy(head->arena, text);
}

/* Adds a field with the value at the stack's index VALUE, but gone: more may go wrong. */
static void add(lua_State *L, struct head *head, enum field_id id, struct span name, int value)
{
    static const struct span frame = SPAN(": \r\n");
    struct field *field;
    struct span text;

    if (lua_type(L, value) != LUA_TSTRING && lua_type(L, value) != LUA_TNUMBER)
        luaL_error(L, "the value of a header must be a string, not a %s", luaL_typename(L, value));
    text.at = lua_tolstring(L, value, &text.len);
    for (size_t i = 0; i < text.len; i++)
        if (octet_is(text.at[i], OCTET_ODD))
            luaL_error(L, "the value of a header has a control character");
    make_room(L, head, name.len + frame.len);
    text = span_trim(lua_headers_copy(L, head, value));
    field = head_add(head, id, name, text);
    field->own = true;
    field->gone = true;
}

/* Adds a field for each element of the list at the stack's index VALUES. */
static void add_all(lua_State *L, struct head *head, enum field_id id, struct span name, int values)
{
    for (lua_Integer i = 1; lua_rawgeti(L, values, i) != LUA_TNIL; i++) {
        add(L, head, id, name, lua_gettop(L));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void lua_headers_set(lua_State *L, struct head *head, int name, int value)
{
    unsigned before = head->count;
    struct span text;
    enum field_id id;

    text.at = luaL_checklstring(L, name, &text.len);
    if (!octet_all(text, OCTET_TOKEN))
        luaL_error(L, "\"%s\" is no name for a header", text.at);
    id = field_identify(text);
    if (!is_free(id))
        luaL_error(L, "%s is not the script's to set", text.at);
    if (!lua_isnil(L, value))
        text = lua_headers_copy(L, head, name);
    if (lua_istable(L, value))
        add_all(L, head, id, text, value);
    else if (!lua_isnil(L, value))
        add(L, head, id, text, value);

    /* Nothing can go wrong any more: the new ones take the place of the old. */
    head_drop(head, text);
    for (unsigned i = before; i < head->count; i++)
        head->fields[i].gone = false;
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

void lua_headers_push_new(lua_State *L, struct lua_headers *headers, int owner)
{
    static const struct lua_object kind = { "headers", index_headers, set_header, list_headers };

    lua_pushnil(L);
    lua_object_push_new(L, &kind, headers, owner);
}
