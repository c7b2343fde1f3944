/* What a pool has: backends, a policy, and how both are used.
 *
 *   pools = { api = { backends = …, pick = …, health = …, retry = …, outlier = …,
 *                     timeouts = …, limits = …, send_proxy = … } }
 *
 * A script with a single pool need not name it: then `backends` and `pick` are keys of its own.
 */
#ifndef SCRIPT_LUA_POOLS_H
#define SCRIPT_LUA_POOLS_H

#include "script/lua_keys.h"

/* Takers of what can be said for all pools, or for each: into a struct config_health, which has a
 * path of its own, or none, and into an enum config_proxy. */
void lua_pools_take_health(struct lua_keys *k, const struct key *key);
void lua_pools_take_send_proxy(struct lua_keys *k, const struct key *key);

/* Reads the pools of the script's table, which is at the top of the stack, into K's config. What is
 * said for all of them must have been read. */
void lua_pools_read(struct lua_keys *k);

#endif
