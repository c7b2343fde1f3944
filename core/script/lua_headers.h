/* The fields of a head as Lua sees them: headers["x-user"], in any case of letters.
 *
 *   local value = headers.name        several fields of this name come joined by ", "; or nil
 *   local list = headers "name"       the same as a list, an element for each field; may be empty
 *   headers.name = "value"            instead of all that have the name
 *   headers.name = { "a", "b" }       the same, a field each
 *   headers.name = nil                none any more
 *
 * What frames a message or concerns one hop alone is not the script's: setting it is an error, and
 * so is what would not be a field, or is too much (HEAD_ADDED_MAX). Then nothing has changed.
 */
#ifndef SCRIPT_LUA_HEADERS_H
#define SCRIPT_LUA_HEADERS_H

#include "http/head.h"
#include "vm/vm.h"

struct lua_headers {
    struct head *head; /* NULL between calls: then any access is an error */
    bool writable;
};

/* Pushes a new object through which scripts see *HEADERS. The value at the stack's index OWNER, if
 * that is not 0, is kept as long as the object. May raise an error for lack of memory. */
void lua_headers_push_new(lua_State *L, struct lua_headers *headers, int owner);

/* Sets the fields called by the string at the stack's index NAME to the value at VALUE: see above.
 * Raises an error if that cannot be. */
void lua_headers_set(lua_State *L, struct head *head, int name, int value);

/* The string at the stack's index INDEX as a part of HEAD, copied into its arena. Raises an error
 * if that is too much for it. */
struct span lua_headers_copy(lua_State *L, struct head *head, int index);

#endif
