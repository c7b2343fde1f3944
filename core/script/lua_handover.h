/* What a script that is loaded anew gets from the one before: the `data` of backends by their ids,
 * and what `save` of a pool's policy returns goes to `restore` of the policy of the pool with the
 * same name, unless it is nil. */
#ifndef SCRIPT_LUA_HANDOVER_H
#define SCRIPT_LUA_HANDOVER_H

#include "script/lua_script.h"

/* Hands over from OLD to NEW, which nobody has asked for anything yet. What fails is logged, and
 * left out. */
void lua_handover(struct lua_script *old, struct lua_script *new);

#endif
