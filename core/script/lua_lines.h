/* Where in a script something is written, so that a complaint can name the line.
 *
 * Lua forgets the lines of a table's fields, so the source is read once more, just well enough to
 * tell names, strings and comments apart.
 */
#ifndef SCRIPT_LUA_LINES_H
#define SCRIPT_LUA_LINES_H

#include "base/span.h"

/* The first line at or behind FROM on which KEY is assigned to, `KEY =` or `["KEY"] =`; 0 if there
 * is none. */
unsigned lua_lines_of_key(struct span source, unsigned from, const char *key);

/* The first line at or behind FROM with the string TEXT; 0 if there is none. */
unsigned lua_lines_of_string(struct span source, unsigned from, const char *text);

/* The line of the last `return`: where the script's table begins, as a rule; 0 if there is none. */
unsigned lua_lines_of_return(struct span source);

#endif
