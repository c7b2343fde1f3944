/* The files that a state was loaded from: those of the modules that its script has required. */
#ifndef VM_LUA_FILES_H
#define VM_LUA_FILES_H

#include "vm/vm.h"

/* Calls VISIT with OWNER and the path of each module that VM's scripts have required and that is
 * found in a file. ERR_SCRIPT if memory gives out; then some are missing. */
enum err lua_files_each(struct vm *vm, void (*visit)(void *owner, const char *path), void *owner);

#endif
