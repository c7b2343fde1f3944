/* Plain data from one state to another: strings, numbers, booleans, and tables of those. */
#ifndef VM_LUA_PLAIN_H
#define VM_LUA_PLAIN_H

#include "vm/vm.h"

/* Tables in tables in tables, at most, and values altogether. */
enum { LUA_PLAIN_DEPTH = 32, LUA_PLAIN_MOST = 1000000 };

/* Pushes a copy of the value at FROM's stack index INDEX in TO, and says whether it is whole: what
 * is no plain data (functions, say, or a table as a key) is left out, nil takes its place. So is a
 * table within itself, and what is too deep or too much. A table that is there twice is copied
 * twice; metatables are not looked at. May raise an error in TO; then there may be more at the top
 * of FROM's stack than before. */
bool lua_plain_copy(lua_State *from, int index, lua_State *to);

#endif
