/* Backends as plain Lua tables that C keeps fresh.
 *
 *   { id = "b1", addr = "10.0.0.1:80", weight = 1, tier = 1, tags = {}, data = {},
 *     inflight = 0, up = true }
 *
 * Policies read ordinary fields, and a spec can write such a table by hand. `tags` is what the
 * script gave, `data` is the script's own. The truth is in C: whatever a script writes over a fact
 * lasts until the fact changes.
 */
#ifndef SCRIPT_LUA_BACKEND_H
#define SCRIPT_LUA_BACKEND_H

#include "balance/backend.h"
#include "script/vm.h"

/* How many names of facts there are. */
enum { LUA_BACKEND_FACTS = 2 };

/* Pushes a new table for B, whose TAGS are at the top of the stack (a table or nil), in place of
 * them. May raise an error for lack of memory. */
void lua_backend_push_new(lua_State *L, const struct backend *b);

/* Pushes the names of the facts that change, so that they need not be looked up each time one
 * does. */
void lua_backend_push_facts(lua_State *L);

/* Writes the facts of B into its table, at the top of the stack. The running function has the names
 * as its upvalues from number FIRST on. */
void lua_backend_update(lua_State *L, const struct backend *b, int first);

#endif
