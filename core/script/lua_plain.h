/* Plain data from one state to another: strings, numbers, booleans, and tables of those. */
#ifndef SCRIPT_LUA_PLAIN_H
#define SCRIPT_LUA_PLAIN_H

#include "script/vm.h"

/* Tables in tables in tables, at most, and values altogether. */
enum { LUA_PLAIN_DEPTH = 32, LUA_PLAIN_MOST = 1000000 };

/* Pushes a copy of the value at FROM's stack index INDEX in TO, and says whether it is whole: what
 * is no plain data (functions, say) is left out, and so is what is too deep or too much. May raise
 * an error in TO; FROM's stack is as before then, but for what lies above its present top. */
bool lua_plain_copy(lua_State *from, int index, lua_State *to);

#endif
