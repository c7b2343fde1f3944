/* Tables with known keys. */
#include "script/lua_keys.h"

#include "conf/nearest.h"
#include "script/lua_lines.h"

#include <stdarg.h>
#include <string.h>

enum { FAULT_TEXT = 400, KEYS_MAX = 24 };

/* LINE, or that of the table if it is 0. */
static unsigned or_table(const struct lua_keys *keys, unsigned line)
{
    return line > 0 ? line : keys->line;
}

unsigned lua_keys_line(const struct lua_keys *keys, const char *key)
{
    if (faults_are_enough(keys->faults))
        return keys->line;
    return or_table(keys, lua_lines_of_key(keys->source, keys->line, key));
}

unsigned lua_keys_line_of_text(const struct lua_keys *keys, const char *text)
{
    if (faults_are_enough(keys->faults))
        return keys->line;
    return or_table(keys, lua_lines_of_string(keys->source, keys->line, text));
}

unsigned lua_keys_line_of_second(const struct lua_keys *keys, const char *text)
{
    unsigned first = lua_keys_line_of_text(keys, text);
    unsigned second;

    if (faults_are_enough(keys->faults))
        return first;
    second = lua_lines_of_string(keys->source, first + 1, text);
    return second > 0 ? second : first;
}

void lua_keys_complain(struct lua_keys *keys, unsigned line, const char *format, ...)
{
    char text[FAULT_TEXT];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (keys->where[0] != '\0')
        fault_add(keys->faults, line, "%s: %s", keys->where, text);
    else
        fault_add(keys->faults, line, "%s", text);
}

const char *lua_keys_text(const struct lua_keys *keys)
{
    size_t len = 0;
    const char *text = lua_type(keys->L, -1) == LUA_TSTRING ? lua_tolstring(keys->L, -1, &len) : "";

    return strlen(text) == len ? text : "";
}

void lua_keys_number(struct lua_keys *keys, const struct key *key)
{
    double number = lua_tonumber(keys->L, -1);

    if (lua_type(keys->L, -1) != LUA_TNUMBER || !(number >= key->low && number <= key->high))
        lua_keys_complain(keys, lua_keys_line(keys, key->name), "%s must be a number from %g to %g",
                          key->name, key->low, key->high);
    else
        *(double *)key->into = number;
}

/* The whole number at the top of the stack, or false and a complaint. */
static bool read_whole(struct lua_keys *keys, const struct key *key, lua_Integer *number)
{
    int is_whole;

    *number = lua_tointegerx(keys->L, -1, &is_whole);
    if (lua_type(keys->L, -1) == LUA_TNUMBER && is_whole && (double)*number >= key->low &&
        (double)*number <= key->high)
        return true;
    lua_keys_complain(keys, lua_keys_line(keys, key->name),
                      "%s must be a whole number from %.0f to %.0f", key->name, key->low,
                      key->high);
    return false;
}

void lua_keys_count(struct lua_keys *keys, const struct key *key)
{
    lua_Integer number;

    if (read_whole(keys, key, &number))
        *(unsigned *)key->into = (unsigned)number;
}

void lua_keys_size(struct lua_keys *keys, const struct key *key)
{
    lua_Integer number;

    if (read_whole(keys, key, &number))
        *(uint64_t *)key->into = (uint64_t)number;
}

void lua_keys_bool(struct lua_keys *keys, const struct key *key)
{
    if (lua_isboolean(keys->L, -1))
        *(bool *)key->into = lua_toboolean(keys->L, -1);
    else
        lua_keys_complain(keys, lua_keys_line(keys, key->name), "%s must be true or false",
                          key->name);
}

bool lua_keys_function(struct lua_keys *keys, const struct key *key)
{
    if (lua_isfunction(keys->L, -1))
        return true;
    lua_keys_complain(keys, lua_keys_line(keys, key->name), "%s must be a function, not a %s",
                      key->name, luaL_typename(keys->L, -1));
    return false;
}

void lua_keys_take_function(struct lua_keys *keys, const struct key *key)
{
    lua_keys_function(keys, key);
}

void lua_keys_leave(struct lua_keys *keys, const struct key *key)
{
    (void)keys;
    (void)key;
}

bool lua_keys_has(lua_State *L, int table, const char *name)
{
    bool has;

    table = lua_absindex(L, table);
    lua_pushstring(L, name);
    has = lua_rawget(L, table) != LUA_TNIL;
    lua_pop(L, 1);
    return has;
}

bool lua_keys_push(struct lua_keys *keys, const struct key *key)
{
    lua_pushstring(keys->L, key->name);
    return lua_rawget(keys->L, -2) != LUA_TNIL;
}

static void complain_of_key(struct lua_keys *keys, const char *name, const struct key *list,
                            size_t count)
{
    const char *names[KEYS_MAX];
    const char *meant;

    for (size_t i = 0; i < count; i++)
        names[i] = list[i].name;
    meant = nearest_word(name, names, count);
    lua_keys_complain(keys, lua_keys_line(keys, name), "unknown key \"%s\"%s%s%s", name,
                      meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "",
                      meant != NULL ? "\"?" : "");
}

/* Is the key below the value one of the whole numbers from 1 to ELEMENTS? */
static bool is_element(lua_State *L, lua_Integer elements)
{
    lua_Integer number = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;

    return number >= 1 && number <= elements;
}

void lua_keys_read(struct lua_keys *keys, const struct key *list, size_t count,
                   lua_Integer elements)
{
    for (lua_pushnil(keys->L); lua_next(keys->L, -2) != 0; lua_pop(keys->L, 1)) {
        size_t i = 0;

        if (is_element(keys->L, elements))
            continue;
        if (lua_type(keys->L, -2) != LUA_TSTRING) {
            lua_keys_complain(keys, keys->line, "a key must be a name, not a %s",
                              luaL_typename(keys->L, -2));
            continue;
        }
        while (i < count && strcmp(list[i].name, lua_tostring(keys->L, -2)) != 0)
            i++;
        if (i < count)
            list[i].take(keys, &list[i]);
        else
            complain_of_key(keys, lua_tostring(keys->L, -2), list, count);
    }
}

void lua_keys_read_inner(struct lua_keys *keys, const struct key *key, const struct key *list,
                         size_t count)
{
    struct lua_keys inner = *keys;

    if (!lua_istable(keys->L, -1)) {
        lua_keys_complain(keys, lua_keys_line(keys, key->name), "%s must be a table, not a %s",
                          key->name, luaL_typename(keys->L, -1));
        return;
    }
    inner.where = key->name;
    inner.line = lua_keys_line(keys, key->name);
    lua_keys_read(&inner, list, count, 0);
}

void lua_keys_read_known(struct lua_keys *keys, const struct key *key, const struct key *list,
                         size_t count)
{
    struct lua_keys inner = *keys;

    inner.where = key->name;
    inner.line = lua_keys_line(keys, key->name);
    for (size_t i = 0; i < count; i++) {
        if (lua_keys_push(&inner, &list[i]))
            list[i].take(&inner, &list[i]);
        lua_pop(keys->L, 1);
    }
}
