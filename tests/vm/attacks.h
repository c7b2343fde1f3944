/* Scripts that would hold the proxy up. */
#ifndef TESTS_VM_ATTACKS_H
#define TESTS_VM_ATTACKS_H

#include "scripts.h"

#include <time.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* What is soon, in seconds of CPU. Without sanitizers and valgrind it is a third of that. */
static const double SOON = 0.3;

struct attack {
    const char *name;
    const char *body; /* of a function */
};

static inline double cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Calls the function at the top of the stack. Gives how long that has taken. */
static inline double attack_once(struct vm *vm, const struct attack *attack)
{
    double began = cpu_time();
    enum err err;

    lua_pushvalue(vm->L, -1);
    err = vm_call(vm, 0, 0);
    began = cpu_time() - began;
    ck_assert_msg(err == ERR_SCRIPT, "%s did not fail", attack->name);
    ck_assert_msg(vm->runaway, "%s: %s", attack->name, lua_tostring(vm->L, -1));
    lua_pop(vm->L, 1);
    vm_rest(vm);
    return began;
}

/* Has VM run ATTACK several times: each time it ends soon, and the state is usable afterwards. The
 * shortest time counts, since the machine may be slow in between. */
static inline void attack(struct vm *vm, const struct attack *attack)
{
    char text[1000];
    double least = 1000;

    snprintf(text, sizeof text, "return function() %s end", attack->body);
    ck_assert_msg(script_run(vm, text) == OK, "%s: %s", attack->name, lua_tostring(vm->L, -1));
    for (int i = 0; i < 3; i++) {
        double time = attack_once(vm, attack);

        least = time < least ? time : least;
    }
    ck_assert_msg(least < SOON, "%s took %g s", attack->name, least);
    lua_pop(vm->L, 1);
    ck_assert_str_eq(script_text(vm, "kept = nil return 'alive'"), "alive");
}

/* Runs all of LIST in one state. */
#define ATTACK(list)                                                                               \
    do {                                                                                           \
        struct vm attacked;                                                                        \
        script_begin(&attacked);                                                                   \
        for (size_t i = 0; i < COUNT_OF(list); i++)                                                \
            attack(&attacked, &(list)[i]);                                                         \
        script_end(&attacked);                                                                     \
    } while (0)

#endif
