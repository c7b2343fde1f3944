/* Counters of a script: counter(name) gives one with c:add([n]) and c:get(). */
#ifndef VM_LUA_COUNTER_H
#define VM_LUA_COUNTER_H

#include "base/tallies.h"

#include <lua.h>

/* Pushes the function `counter`. To be called once a state. May raise an error for lack of
 * memory. */
void lua_counter_push(lua_State *L);

/* From now on the state's counters are in TALLIES, which must outlive it, so that other states can
 * go on counting. Before, they are its own; what those have counted is added. */
void lua_counter_set_tallies(lua_State *L, struct tallies *tallies);

#endif
