/* Scripts written within a test. */
#ifndef TESTS_VM_SCRIPTS_H
#define TESTS_VM_SCRIPTS_H

#include "support/test.h"

#include "vm/vm.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Runs TEXT as the script SCRIPT.LUA, and leaves what it returns, or the message, on the stack. */
static inline enum err script_run(struct vm *vm, const char *text)
{
    char path[64];
    int fd = memfd_create("script.lua", MFD_CLOEXEC);
    enum err err;

    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    sprintf(path, "/proc/self/fd/%d", fd);
    err = vm_run_file(vm, path, NULL, 0);
    close(fd);
    return err;
}

/* What the script TEXT returns, or its message, as a text; valid until the next call. */
static inline const char *script_text(struct vm *vm, const char *text)
{
    static char result[4096];

    script_run(vm, text);
    snprintf(result, sizeof result, "%s", luaL_tolstring(vm->L, -1, NULL));
    lua_pop(vm->L, 2);
    return result;
}

/* A state with room for all that a test needs. */
static inline void script_begin(struct vm *vm)
{
    ck_assert_int_eq(vm_open(vm, VM_MEMORY, false), OK);
}

/* Closes the state, whose stack must be as it was. */
static inline void script_end(struct vm *vm)
{
    ck_assert_int_eq(lua_gettop(vm->L), 1);
    vm_close(vm);
    ck_assert_uint_eq(vm->used, 0);
}

#endif
