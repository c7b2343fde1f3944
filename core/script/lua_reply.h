/* The answer of a hook, to a head and a body:
 *
 *   { status = 429, headers = { ["Retry-After"] = "1" }, body = "slow down\n" }
 */
#ifndef SCRIPT_LUA_REPLY_H
#define SCRIPT_LUA_REPLY_H

#include "http/head.h"
#include "vm/vm.h"

/* Bytes that the body of an answer may have. */
enum { LUA_REPLY_BODY_MAX = 1 << 20 };

/* Makes *HEAD and *BODY, in ARENA, of the table at the stack's index TABLE: a whole reply but for
 * its date. 204, 205 and 304 have no body, whatever the table says. Raises an error if it is none
 * of that kind. */
void lua_reply_read(lua_State *L, int table, struct arena *arena, struct head **head,
                    struct span *body);

#endif
