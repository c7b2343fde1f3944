/* Plain data from one state to another. */
#include "vm/lua_plain.h"

struct copy {
    lua_State *from;
    lua_State *to;
    unsigned left;                           /* values that may still be copied */
    const void *around[LUA_PLAIN_DEPTH + 1]; /* the tables that the value is in, outermost first */
    bool whole;
};

static void copy_value(struct copy *c, int index, int depth);

/* Is the table at FROM's stack index INDEX, which is DEPTH tables deep, one of those around it? */
static bool is_around(const struct copy *c, int index, int depth)
{
    const void *table = lua_topointer(c->from, index);

    for (int i = 0; i < depth; i++)
        if (c->around[i] == table)
            return true;
    return false;
}

/* Copies the entry whose key and value are at the top of FROM's stack into the table at the top of
 * TO's. A copy of a table would be another key, by which nobody could find anything. */
static void copy_entry(struct copy *c, int depth)
{
    int key = lua_gettop(c->from) - 1;

    if (lua_istable(c->from, key)) {
        c->whole = false;
        return;
    }
    copy_value(c, key, depth);
    copy_value(c, key + 1, depth);
    if (lua_isnil(c->to, -2) || lua_isnil(c->to, -1))
        lua_pop(c->to, 2);
    else
        lua_rawset(c->to, -3);
}

/* Copies the table at FROM's stack index INDEX. */
static void copy_table(struct copy *c, int index, int depth)
{
    if (is_around(c, index, depth) || !lua_checkstack(c->from, 4)) {
        c->whole = false;
        lua_pushnil(c->to);
        return;
    }
    c->around[depth] = lua_topointer(c->from, index);
    luaL_checkstack(c->to, 4, "too deep");
    lua_newtable(c->to);
    for (lua_pushnil(c->from); lua_next(c->from, index) != 0; lua_pop(c->from, 1))
        copy_entry(c, depth + 1);
}

/* Leaves a copy on TO's stack, or nil. */
static void copy_value(struct copy *c, int index, int depth)
{
    size_t len;
    const char *text;
    int type = c->left > 0 && depth <= LUA_PLAIN_DEPTH ? lua_type(c->from, index) : LUA_TNONE;

    c->left -= c->left > 0;
    switch (type) {
    case LUA_TBOOLEAN:
        lua_pushboolean(c->to, lua_toboolean(c->from, index));
        return;
    case LUA_TNUMBER:
        if (lua_isinteger(c->from, index))
            lua_pushinteger(c->to, lua_tointeger(c->from, index));
        else
            lua_pushnumber(c->to, lua_tonumber(c->from, index));
        return;
    case LUA_TSTRING:
        text = lua_tolstring(c->from, index, &len);
        lua_pushlstring(c->to, text, len);
        return;
    case LUA_TTABLE:
        copy_table(c, index, depth);
        return;
    case LUA_TNIL:
        lua_pushnil(c->to);
        return;
    default:
        c->whole = false;
        lua_pushnil(c->to);
    }
}

bool lua_plain_copy(lua_State *from, int index, lua_State *to)
{
    struct copy c = { .from = from, .to = to, .left = LUA_PLAIN_MOST, .whole = true };

    copy_value(&c, lua_absindex(from, index), 0);
    return c.whole;
}
