/* The addresses in a script: where to listen, and the backends. Names of hosts are looked up. */
#ifndef SCRIPT_LUA_ADDRS_H
#define SCRIPT_LUA_ADDRS_H

#include "script/lua_keys.h"

/* Takers: an address or a list of them into the listeners of the config, a list into its
 * backends. */
void lua_addrs_listen(struct lua_keys *keys, const struct key *key);
void lua_addrs_backends(struct lua_keys *keys, const struct key *key);

#endif
