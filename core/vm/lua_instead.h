/* Functions of ours in the place of Lua's own, which they mostly go on in. */
#ifndef VM_LUA_INSTEAD_H
#define VM_LUA_INSTEAD_H

#include <lua.h>

/* Puts FUNCTION in the place of the field NAME of the table at the top of the stack. DATA is for
 * lua_instead_data. */
void lua_instead_put(lua_State *L, const char *name, lua_CFunction function, const void *data);

/* The DATA of the running function. */
const void *lua_instead_data(lua_State *L);

/* Goes on in the function that the running one stands in the place of, with what is on the stack as
 * its arguments. Gives the number of results. */
int lua_instead_go_on(lua_State *L);

#endif
