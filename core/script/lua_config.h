/* The table that a script returns, to a config. */
#ifndef SCRIPT_LUA_CONFIG_H
#define SCRIPT_LUA_CONFIG_H

#include "conf/config.h"
#include "conf/fault.h"
#include "vm/vm.h"

/* Reads the table at the top of VM's stack, which the script with this SOURCE has returned, into
 * *CONFIG. Every mistake is added to FAULTS; only if there is none is the config to be used. Names
 * of hosts are looked up. The stack is left as it was. */
void lua_config_read(struct vm *vm, struct span source, struct config *config,
                     struct faults *faults);

#endif
