/* Backends as plain Lua tables. */
#include "script/lua_backend.h"

static const char all_data[] = "luaproxy.data";

void lua_backend_push_data(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, all_data);
}

/* Pushes the `data` of the backend called ID. */
static void push_data_of(lua_State *L, const char *id)
{
    lua_backend_push_data(L);
    luaL_getsubtable(L, -1, id);
    lua_remove(L, -2);
}

/* Makes the value at the top of the stack the field NAME of the table below it. */
static void set(lua_State *L, const struct vm *vm, enum lua_name name)
{
    lua_names_push(L, &vm->names, name);
    lua_insert(L, -2);
    lua_rawset(L, -3);
}

static void set_integer(lua_State *L, const struct vm *vm, enum lua_name name, unsigned value)
{
    lua_names_push(L, &vm->names, name);
    lua_pushinteger(L, value);
    lua_rawset(L, -3);
}

static void set_number(lua_State *L, const struct vm *vm, enum lua_name name, double value)
{
    lua_names_push(L, &vm->names, name);
    lua_pushnumber(L, value);
    lua_rawset(L, -3);
}

static void set_ewma(lua_State *L, const struct vm *vm, const struct ewma *ewma)
{
    set_number(L, vm, LUA_NAME_EWMA, ewma->cost);
    set_number(L, vm, LUA_NAME_EWMA_AT, ewma->at);
}

void lua_backend_push_new(struct vm *vm, const struct backend *b, struct lua_told *told)
{
    enum { FIELDS = 12 };
    const struct facts *facts = b->facts;
    lua_State *L = vm->L;

    lua_createtable(L, 0, FIELDS);
    lua_pushstring(L, b->config->id);
    lua_setfield(L, -2, "id");
    lua_pushstring(L, b->config->authority);
    lua_setfield(L, -2, "addr");
    lua_pushinteger(L, b->config->weight);
    lua_setfield(L, -2, "weight");
    lua_pushinteger(L, b->config->tier);
    lua_setfield(L, -2, "tier");
    push_data_of(L, b->config->id);
    lua_setfield(L, -2, "data");
    lua_insert(L, -2);
    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
    }
    lua_setfield(L, -2, "tags");

    *told = (struct lua_told){
        .inflight = facts->inflight,
        .fails = facts->fails,
        .up = backend_is_up(b),
        .since = facts->since,
    };
    set_integer(L, vm, LUA_NAME_INFLIGHT, told->inflight);
    set_integer(L, vm, LUA_NAME_FAILS, told->fails);
    set_number(L, vm, LUA_NAME_SINCE, told->since);
    lua_pushboolean(L, told->up);
    set(L, vm, LUA_NAME_UP);
}

/* Is the latency in FACTS as *TOLD says? */
static bool is_latency_told(const struct facts *facts, const struct lua_told *told)
{
    return told->ewma.at == facts->ewma.at && told->ewma.cost == facts->ewma.cost;
}

bool lua_backend_is_told(const struct backend *b, const struct lua_told *told, bool latency)
{
    const struct facts *facts = b->facts;

    return told->inflight == facts->inflight && told->fails == facts->fails &&
           told->up == backend_is_up(b) && told->since == facts->since &&
           (!latency || is_latency_told(facts, told));
}

/* Up and down, and what goes with it. */
static void update_health(struct vm *vm, lua_State *L, const struct backend *b,
                          struct lua_told *told)
{
    if (told->up != backend_is_up(b)) {
        told->up = backend_is_up(b);
        lua_pushboolean(L, told->up);
        set(L, vm, LUA_NAME_UP);
    }
    if (told->since != b->facts->since) {
        told->since = b->facts->since;
        set_number(L, vm, LUA_NAME_SINCE, told->since);
    }
}

void lua_backend_update(struct vm *vm, lua_State *L, const struct backend *b, struct lua_told *told,
                        bool latency)
{
    const struct facts *facts = b->facts;

    if (told->inflight != facts->inflight) {
        told->inflight = facts->inflight;
        set_integer(L, vm, LUA_NAME_INFLIGHT, told->inflight);
    }
    if (told->fails != facts->fails) {
        told->fails = facts->fails;
        set_integer(L, vm, LUA_NAME_FAILS, told->fails);
    }
    if (latency && !is_latency_told(facts, told)) {
        told->ewma = facts->ewma;
        set_ewma(L, vm, &told->ewma);
    }
    update_health(vm, L, b, told);
}
