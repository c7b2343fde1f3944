/* Backends as plain Lua tables that C keeps fresh.
 *
 *   { id = "b1", addr = "10.0.0.1:80", weight = 1, tier = 1, tags = {}, data = {}, inflight = 0, up = true }
 *
 * Policies read ordinary fields, and a spec can write such a table by hand. `tags` is what the script gave, `data` is the
 * script's own. The truth is in C: whatever a script writes over a fact lasts until the fact changes.
 */
#ifndef SCRIPT_LUA_BACKEND_H
#define SCRIPT_LUA_BACKEND_H

#include "balance/backend.h"
#include "script/vm.h"

struct lua_backend {
    int table; /* in the registry */
};

/* Makes the table of B, whose TAGS are at the top of the stack (a table or nil), and keeps it in *LB. Leaves the
 * stack as it was. May raise an error for lack of memory. */
void lua_backend_init(lua_State *L, struct lua_backend *lb, const struct backend *b);

/* Writes the facts of B that change. Needs no memory. */
void lua_backend_update(lua_State *L, const struct lua_backend *lb, const struct backend *b);

/* Pushes the table. */
static inline void lua_backend_push(lua_State *L, const struct lua_backend *lb)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, lb->table);
}

#endif
