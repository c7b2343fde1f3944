/* What a script calls to wait. */
#include "script/lua_wait.h"

#include "script/lua_task.h"

#include <ctype.h>

enum { FIELDS_MAX = 100 };

static const double TIMEOUT = 10, TIMEOUT_LEAST = 0.001, TIMEOUT_MOST = 3600, SLEEP_MOST = 1e9;

/* Raises an error unless L can yield where it is. */
static void check_yieldable(lua_State *L, const char *name)
{
    if (!lua_isyieldable(L))
        luaL_error(L, "luaproxy.%s cannot be called inside a function of C, such as table.sort",
                   name);
}

/* The task that L is, which goes on. Somebody else may have resumed it: then it is not running. */
static struct lua_task *go_on(lua_State *L, const char *name)
{
    struct lua_task *task = lua_task_of(L, name);

    lua_task_refresh(task, L);
    return task;
}

/* ---- sleep ---- */

static int end_sleep(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    go_on(L, "sleep");
    return 0;
}

/* sleep(seconds) */
static int call_sleep(lua_State *L)
{
    struct lua_task *task = lua_task_of(L, "sleep");
    double seconds = luaL_checknumber(L, 1);

    luaL_argcheck(L, seconds >= 0 && seconds <= SLEEP_MOST, 1, "seconds from 0 to 1e9 expected");
    check_yieldable(L, "sleep");
    lua_task_sleep(task, seconds);
    return lua_yieldk(L, 0, 0, end_sleep);
}

/* ---- http: what comes back ---- */

/* Pushes NAME in small letters. */
static void push_lower(lua_State *L, struct span name)
{
    luaL_Buffer text;
    char *to = luaL_buffinitsize(L, &text, name.len);

    for (size_t i = 0; i < name.len; i++)
        to[i] = (char)tolower((unsigned char)name.at[i]);
    luaL_pushresultsize(&text, name.len);
}

/* Pushes the fields of HEAD by their names; the values of several with one name are joined. */
static void push_headers(lua_State *L, const struct head *head)
{
    lua_createtable(L, 0, (int)head->count);
    for (unsigned i = 0; i < head->count; i++) {
        struct span value = head->fields[i].value;

        push_lower(L, head->fields[i].name);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_pushlstring(L, value.at, value.len);
        } else {
            lua_pushliteral(L, ", ");
            lua_pushlstring(L, value.at, value.len);
            lua_concat(L, 3);
        }
        lua_rawset(L, -3);
    }
}

static int push_answer(lua_State *L, const struct fetcher_answer *answer)
{
    if (answer->why != NULL) {
        lua_pushnil(L);
        lua_pushstring(L, answer->why);
        return 2;
    }
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, answer->head->status);
    lua_setfield(L, -2, "status");
    push_headers(L, answer->head);
    lua_setfield(L, -2, "headers");
    lua_pushlstring(L, answer->body.at, answer->body.len);
    lua_setfield(L, -2, "body");
    return 1;
}

static int end_http(lua_State *L, int status, lua_KContext context)
{
    struct lua_task *task = go_on(L, "http");

    (void)status;
    (void)context;
    if (task->answer == NULL)
        return luaL_error(L, "luaproxy.http was interrupted");
    return push_answer(L, task->answer);
}

/* ---- http: what is asked for ---- */

static struct span text_at(lua_State *L, int index)
{
    struct span text;

    text.at = lua_tolstring(L, index, &text.len);
    return text;
}

static int refuse_option(lua_State *L, const char *name, const char *expected)
{
    return luaL_error(L, "bad option '%s' of 'http' (%s expected)", name, expected);
}

/* Reads the table of headers at the top of the stack. The fields replace it there: so their texts
 * stay as long as the table is among the options. */
static void read_headers(lua_State *L, struct fetcher_ask *ask)
{
    struct field *fields = lua_newuserdatauv(L, FIELDS_MAX * sizeof *fields, 0);

    lua_insert(L, -2);
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
            refuse_option(L, "headers", "a table of strings by strings");
        if (ask->field_count == FIELDS_MAX)
            luaL_error(L, "http: more than %d headers", FIELDS_MAX);
        fields[ask->field_count++] =
            (struct field){ .name = text_at(L, -2), .value = text_at(L, -1) };
    }
    lua_pop(L, 1);
    ask->fields = fields;
}

static void read_timeout(lua_State *L, struct fetcher_ask *ask)
{
    ask->timeout = lua_tonumber(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER || !(ask->timeout >= TIMEOUT_LEAST) ||
        !(ask->timeout <= TIMEOUT_MOST))
        refuse_option(L, "timeout", "seconds from 0.001 to 3600");
}

/* Reads the option whose name and value are at the top of the stack, and pushes what has to be
 * kept. */
static void read_option(lua_State *L, const char *name, struct fetcher_ask *ask)
{
    int type = lua_type(L, -1);

    if (strcmp(name, "timeout") == 0) {
        read_timeout(L, ask);
    } else if (strcmp(name, "headers") == 0) {
        if (type != LUA_TTABLE)
            refuse_option(L, name, "a table of strings by strings");
        read_headers(L, ask);
    } else if (strcmp(name, "method") == 0 || strcmp(name, "body") == 0) {
        if (type != LUA_TSTRING)
            refuse_option(L, name, "a string");
        *(name[0] == 'm' ? &ask->method : &ask->body) = text_at(L, -1);
    } else {
        luaL_error(L, "'http' has no option '%s'", name);
    }
}

/* Reads the options, a table at 2. What they hold stays in them. Leaves the fields on the stack. */
static void read_options(lua_State *L, struct fetcher_ask *ask)
{
    lua_pushnil(L); /* the place of the fields */
    for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "http: the name of an option must be a string");
        read_option(L, lua_tostring(L, -2), ask);
        if (lua_isuserdata(L, -1)) {
            lua_pushvalue(L, -1);
            lua_replace(L, 3);
        }
    }
}

/* http(url [, options]) */
static int call_http(lua_State *L)
{
    struct lua_task *task = lua_task_of(L, "http");
    struct fetcher_ask ask = {
        .method = SPAN("GET"),
        .timeout = TIMEOUT,
        .most = LUA_WAIT_BODY_MAX,
    };
    const char *why;

    luaL_checktype(L, 1, LUA_TSTRING);
    ask.url = text_at(L, 1);
    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        read_options(L, &ask);
    }
    check_yieldable(L, "http");
    if (!lua_task_fetch(task, &ask, &why)) {
        lua_pushnil(L);
        lua_pushstring(L, why);
        return 2;
    }
    return lua_yieldk(L, 0, 0, end_http);
}

/* ---- Opening ---- */

static int open_protected(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "sleep", call_sleep },
        { "http", call_http },
        { NULL, NULL },
    };

    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    luaL_getsubtable(L, -1, "luaproxy.core");
    luaL_setfuncs(L, functions, 0);
    return 0;
}

enum err lua_wait_open(struct vm *vm)
{
    lua_pushcfunction(vm->L, open_protected);
    return vm_call(vm, 0, 0);
}
