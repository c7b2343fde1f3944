/* What a script may use of Lua's libraries. */
#ifndef VM_LUA_LIBS_H
#define VM_LUA_LIBS_H

#include <lua.h>

/* lua_libs_open(most, loading, names) opens, protected, the libraries for the state: of the world
 * outside there are the time, the environment and the log. lua_libs_open_all opens all that there
 * is: files, processes, bytecode. The arguments are pointers, which have to stay: to the size_t
 * with how many bytes the state may have, to the bool that says whether a file is being run, and to
 * the struct lua_names. */
int lua_libs_open(lua_State *L);
int lua_libs_open_all(lua_State *L);

#endif
