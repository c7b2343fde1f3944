/* What becomes of requests when backends fail: `retry` and `outlier`, for all pools or for one.
 *
 *   retry = { tries = 2, on = { "connect", "reset", "timeout", 503 }, budget = 0.2, backoff = 0,
 *             body = 65536 }
 *   outlier = { errors = 5, rate = 0.5, latency = 5, samples = 20, every = 5, eject = 10,
 *               share = 0.5, slow_start = 10 }      -- or false
 */
#ifndef SCRIPT_LUA_FAILOVER_H
#define SCRIPT_LUA_FAILOVER_H

#include "script/lua_keys.h"

/* Takers: into a struct config_retry, and a struct config_outlier. */
void lua_failover_take_retry(struct lua_keys *keys, const struct key *key);
void lua_failover_take_outlier(struct lua_keys *keys, const struct key *key);

#endif
