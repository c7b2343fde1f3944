/* What a script that is loaded anew gets from the one before. */
#include "script/lua_handover.h"

#include "base/log.h"
#include "vm/lua_plain.h"

#include <string.h>

/* copy_data(old's state): the `data` of all backends that the new state has, too. */
static int copy_data(lua_State *L)
{
    lua_State *from = lua_touserdata(L, 1);
    int data = lua_gettop(from);

    lua_backend_push_data(L);
    for (lua_pushnil(from); lua_next(from, data) != 0; lua_settop(from, data + 1)) {
        lua_pushstring(L, lua_tostring(from, -2));
        if (lua_rawget(L, 2) == LUA_TTABLE) {
            lua_plain_copy(from, data + 2, L);
            for (lua_pushnil(L); lua_next(L, 4) != 0;) {
                lua_pushvalue(L, -2);
                lua_insert(L, -2);
                lua_rawset(L, 3);
            }
        }
        lua_settop(L, 2);
    }
    return 0;
}

static int push_data(lua_State *L)
{
    lua_backend_push_data(L);
    return 1;
}

/* What has failed is WHAT of NAME; why is at the top of VM's stack, in the first line. */
static void complain(struct vm *vm, const char *what, const char *name)
{
    const char *why = lua_tostring(vm->L, -1);

    log_warn("handing over: %s of %s failed: %.*s", what, name, (int)strcspn(why, "\n"), why);
}

static void hand_over_data(struct vm *old, struct vm *new)
{
    int top = lua_gettop(old->L);

    lua_pushcfunction(old->L, push_data);
    if (vm_call(old, 0, 1) == OK) {
        lua_pushcfunction(new->L, copy_data);
        lua_pushlightuserdata(new->L, old->L);
        if (vm_call(new, 1, 0) != OK) {
            complain(new, "`data`", "backends");
            lua_pop(new->L, 1);
        }
    }
    lua_settop(old->L, top);
}

/* restore_saved(old's state, restore): calls it with a copy of what is at the top there. */
static int restore_saved(lua_State *L)
{
    if (!lua_plain_copy(lua_touserdata(L, 1), -1, L))
        log_warn(
            "handing over: what save has returned is no plain data, or too much: some is lost");
    if (!lua_isnil(L, -1))
        lua_call(L, 1, 0);
    return 0;
}

static void restore(struct lua_policy *old, struct lua_policy *new)
{
    struct vm *vm = new->vm;
    int top = lua_gettop(old->vm->L);

    lua_pushcfunction(vm->L, restore_saved);
    lua_pushlightuserdata(vm->L, old->vm->L);
    lua_rawgeti(vm->L, LUA_REGISTRYINDEX, new->restore);
    if (vm_call(vm, 2, 0) != OK) {
        complain(vm, "restore", new->pool.pool->config->name);
        lua_pop(vm->L, 1);
    }
    lua_settop(old->vm->L, top); /* an error may have left something there */
}

static void hand_over_policy(struct lua_policy *old, struct lua_policy *new)
{
    if (old->save == LUA_REFNIL || new->restore == LUA_REFNIL)
        return;
    lua_rawgeti(old->vm->L, LUA_REGISTRYINDEX, old->save);
    if (vm_call(old->vm, 0, 1) == OK)
        restore(old, new);
    else
        complain(old->vm, "save", old->pool.pool->config->name);
    lua_pop(old->vm->L, 1);
}

/* The policy of the pool called NAME in S, or NULL. */
static struct lua_policy *find(const struct lua_script *s, const char *name)
{
    for (unsigned i = 0; i < s->config->pool_count; i++)
        if (strcmp(s->config->pools[i].name, name) == 0)
            return s->policies[i];
    return NULL;
}

void lua_handover(struct lua_script *old, struct lua_script *new)
{
    if (!old->acts || !new->acts)
        return;
    hand_over_data(old->vm, new->vm);
    for (unsigned i = 0; i < new->config->pool_count; i++) {
        struct lua_policy *before = find(old, new->config->pools[i].name);

        if (before != NULL)
            hand_over_policy(before, new->policies[i]);
    }
}
