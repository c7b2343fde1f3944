/* Backends as plain Lua tables that C keeps fresh.
 *
 *   { id = "b1", addr = "10.0.0.1:80", weight = 1, tier = 1, tags = {}, data = {},
 *     inflight = 0, up = true, fails = 0, since = 12.5, ewma = 0.01, ewma_at = 14.2 }
 *
 * Policies read ordinary fields, and a spec can write such a table by hand. `tags` is what the
 * script gave; `data` is the script's own, one for each id in a state. `ewma` and `ewma_at` are
 * absent until a response has come. They change with every response, so they are only written once
 * a script has looked for one of them, and then there at once. The truth is in C: whatever a script
 * writes over a fact lasts until the fact changes.
 */
#ifndef SCRIPT_LUA_BACKEND_H
#define SCRIPT_LUA_BACKEND_H

#include "balance/backend.h"
#include "vm/vm.h"

/* The facts of a backend as its table has them. */
struct lua_told {
    unsigned inflight;
    unsigned fails;
    bool up;
    struct ewma ewma;
    double since;
};

/* Pushes a new table for B, whose TAGS are at the top of the stack (a table or nil), in place of
 * them, with its facts but the latency, which are in *TOLD then. May raise an error for lack of
 * memory. */
void lua_backend_push_new(struct vm *vm, const struct backend *b, struct lua_told *told);

/* Are the facts of B as *TOLD says? Whether the latency is counts only if it is wanted. */
bool lua_backend_is_told(const struct backend *b, const struct lua_told *told, bool latency);

/* Writes those facts of B that are not as *TOLD says into its table, at the top of the stack: the
 * latency, too, if so wanted. */
void lua_backend_update(struct vm *vm, lua_State *L, const struct backend *b, struct lua_told *told,
                        bool latency);

/* Pushes the table with the `data` of all backends by their ids. */
void lua_backend_push_data(lua_State *L);

#endif
