/* What `require "luaproxy"` takes from the core: package.loaded["luaproxy.core"], a table with
 *
 *   hash(text [, key])   rendezvous(key, id [, weight])   maglev(ids, size [, weights])
 *   counter(name)        log(...)                         now()
 *
 * The twins of these in lua/luaproxy/pure.lua give the same results.
 */
#ifndef VM_LUA_CORE_H
#define VM_LUA_CORE_H

#include "base/clock.h"

#include <lua.h>

/* Makes the table. May raise an error for lack of memory. */
void lua_core_open(lua_State *L);

/* From now on `now` is the time of CLOCK, which must outlive the state. Before, it is the system's
 * clock that never jumps, which is the same but for the turn of the loop. */
void lua_core_set_clock(lua_State *L, const struct clock *clock);

#endif
