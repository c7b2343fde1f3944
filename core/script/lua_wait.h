/* What a script calls to wait:
 *
 *   luaproxy.sleep(seconds)
 *   luaproxy.http(url [, { method =, headers =, body =, timeout = }])
 *       -> { status =, headers =, body = }, or nil and why not
 *
 * Mistakes in how they are called are errors; whatever goes wrong on the way is a result.
 */
#ifndef SCRIPT_LUA_WAIT_H
#define SCRIPT_LUA_WAIT_H

#include "vm/vm.h"

/* Bytes that the body of a response may have. */
enum { LUA_WAIT_BODY_MAX = 1 << 20 };

/* Puts both into the table package.loaded["luaproxy.core"] of VM, which is made if there is none.
 * To be done before the script runs; until there are tasks, calling them is an error. ERR_SCRIPT if
 * memory does not suffice: the message is on the stack. */
enum err lua_wait_open(struct vm *vm);

#endif
