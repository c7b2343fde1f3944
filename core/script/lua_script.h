/* All that a script does for its generation: the policies of its pools, the router, the hooks, and
 * what it has done every so often. */
#ifndef SCRIPT_LUA_SCRIPT_H
#define SCRIPT_LUA_SCRIPT_H

#include "script/lua_every.h"
#include "script/lua_hooks.h"
#include "script/lua_policy.h"
#include "script/lua_router.h"

struct lua_script {
    struct vm *vm;
    const struct config *config;
    struct pool *pools;           /* of the generation, */
    struct lua_policy **policies; /* theirs, in the same order, */
    bool acts;                    /* if there are any: the script has some function */
    bool started;                 /* is it being done what is done every so often? */
    struct lua_router router;
    struct lua_hooks hooks;
    struct lua_tasks tasks;
    struct lua_every every;
    uint64_t seed; /* of the next source of chance */
};

/* Furnishes POOLS, made from CONFIG, with what the table at the top of VM's stack has, from which
 * CONFIG was read: their policies are set. SEED makes chance repeatable; it must be odd. DEADLINES
 * and FETCHER are for what waits. ERR_SCRIPT if memory does not suffice: the message is on the
 * stack, and nothing is to be ended. */
enum err lua_script_init(struct lua_script *s, struct vm *vm, const struct config *config,
                         struct pool *pools, struct deadlines *deadlines, struct fetcher *fetcher,
                         uint64_t seed);

/* Ends all that waits. */
void lua_script_fini(struct lua_script *s);

/* Starts what is done every so often, unless it was started already, and stops it for good. */
void lua_script_start(struct lua_script *s);
void lua_script_stop(struct lua_script *s);

/* Calls VISIT with OWNER and the name of each function that is tripped, and thus not called any
 * more: "pick", with the name of its pool; "route", "request", "response", "every[5]", without
 * one. */
void lua_script_each_tripped(const struct lua_script *s,
                             void (*visit)(void *owner, const char *what, const char *pool),
                             void *owner);

/* The router and the hooks; NULL if the script has none. */
struct router *lua_script_router(struct lua_script *s);
struct hooks *lua_script_hooks(struct lua_script *s);

#endif
