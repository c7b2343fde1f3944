/* Whom a script trusts, and what it allows: `trusted` and `allow`.
 *
 *   trusted = { "10.0.0.0/8", "::1" }
 *   allow = { trace = true, connect = true, upgrade = { "websocket" } }    -- or "any", or false
 */
#ifndef SCRIPT_LUA_TRUST_H
#define SCRIPT_LUA_TRUST_H

#include "script/lua_keys.h"

/* Takers: into the config that is being filled. */
void lua_trust_take_trusted(struct lua_keys *keys, const struct key *key);
void lua_trust_take_allow(struct lua_keys *keys, const struct key *key);

#endif
