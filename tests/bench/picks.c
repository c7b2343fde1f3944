/*
 * picks: what it costs to have a script choose, from C through Lua and back.
 *
 *   usage: picks KINDS ROUNDS TASKS SCRIPT [ARG...]
 *
 * Loads a script as luaproxy does, without any network, and starts TASKS that sleep. Then each
 * round does a thousand times each of those things whose letters are in KINDS:
 *
 *   b  calls an empty function, protected, without the limit of time
 *   e  calls an empty function, protected, as all functions of scripts are called
 *   p  has a backend chosen
 *   w  does all that a request does with the policy: has a backend chosen, leases it, hears of the
 *      head of the response, releases it, and hears of the end. So many requests are in flight at
 *      once as there are slots, and after as many the collector has its rest
 *
 * Things take turns, so that a slow moment of the machine is slow for all, and of each the fastest
 * round counts. For callgrind, whose counts are not disturbed by anything, it is run with one kind,
 * twice, with more and with less rounds.
 *
 * The last line: "bench bare=… empty=… pick=… whole=… failed=…", the times in picoseconds of this
 * thread's CPU for one of a thousand, 0 for what was not done.
 */
#include "chooser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMES = 1000, SLOTS = 16 };

struct lease {
    struct backend *backend;
    struct visit visit;
};

static struct {
    struct chooser chooser;
    struct lease leases[SLOTS];
    uint64_t number; /* of the last request */
    int empty;       /* the function, in the registry */
} picks;

static lua_State *lua(void)
{
    return picks.chooser.vm.L;
}

static void do_bare(void)
{
    for (int i = 0; i < TIMES; i++) {
        lua_rawgeti(lua(), LUA_REGISTRYINDEX, picks.empty);
        lua_pcall(lua(), 0, 0, 1);
    }
}

static void do_empty(void)
{
    for (int i = 0; i < TIMES; i++) {
        lua_rawgeti(lua(), LUA_REGISTRYINDEX, picks.empty);
        vm_call(&picks.chooser.vm, 0, 0);
    }
}

static void do_pick(void)
{
    for (int i = 0; i < TIMES; i++)
        chooser_pick(&picks.chooser, ++picks.number);
}

/* The response to the request of LEASE has come, all of it at once. */
static void end(struct lease *lease)
{
    struct outcome outcome = { .status = 200, .took = 0.002, .first = 0.001, .bytes = 128 };

    if (lease->backend == NULL)
        return;
    lease->visit.now = picks.chooser.clock.now;
    facts_hear_head(lease->backend, outcome.status, outcome.first, lease->visit.now);
    facts_release(lease->backend);
    facts_hear(lease->backend, &lease->visit, &outcome);
}

static void do_whole(void)
{
    for (int i = 0; i < TIMES; i++) {
        struct lease *lease = &picks.leases[++picks.number % SLOTS];

        end(lease);
        lease->backend = chooser_pick(&picks.chooser, picks.number);
        lease->visit = picks.chooser.visit;
        facts_lease(lease->backend);
        if (picks.number % SLOTS == 0)
            vm_rest(&picks.chooser.vm);
    }
}

static const struct {
    char letter;
    const char *name;
    void (*act)(void);
} kinds[] = {
    { 'b', "bare", do_bare },
    { 'e', "empty", do_empty },
    { 'p', "pick", do_pick },
    { 'w', "whole", do_whole },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static uint64_t cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Does what LETTERS say; the nanoseconds of the fastest rounds are in LEAST. */
static void run(const char *letters, int rounds, uint64_t least[KINDS])
{
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < KINDS; i++) {
            uint64_t began;
            uint64_t took;

            if (strchr(letters, kinds[i].letter) == NULL)
                continue;
            began = cpu_time();
            kinds[i].act();
            took = cpu_time() - began;
            if (least[i] == 0 || took < least[i])
                least[i] = took;
        }
}

static void load_function(const char *text)
{
    if (luaL_loadstring(lua(), text) != LUA_OK)
        chooser_fail(text, lua_tostring(lua(), -1));
}

static void on_end(void *owner, enum lua_task_news news)
{
    (void)owner;
    (void)news;
}

static void start_tasks(int count)
{
    for (int i = 0; i < count; i++) {
        struct lua_task *task;

        load_function("package.loaded['luaproxy.core'].sleep(3600)");
        if (lua_task_start(&picks.chooser.script.tasks, 0, &task, on_end, NULL) != LUA_TASK_WAITS)
            chooser_fail("task", lua_tostring(lua(), -1));
    }
}

int main(int argc, char **argv)
{
    uint64_t least[KINDS] = { 0 };

    if (argc < 5) {
        fputs("usage: picks KINDS ROUNDS TASKS SCRIPT [ARG...]\n", stderr);
        return 2;
    }
    chooser_load(&picks.chooser, argv + 4, argc - 4);
    load_function("");
    picks.empty = luaL_ref(lua(), LUA_REGISTRYINDEX);
    start_tasks(atoi(argv[3]));
    run(argv[1], atoi(argv[2]), least);
    fputs("bench", stdout);
    for (int i = 0; i < KINDS; i++)
        printf(" %s=%lu", kinds[i].name, least[i] * 1000 / TIMES);
    printf(" failed=%lu\n", picks.chooser.counters.n[COUNTER_POLICY_ERRORS]);
    return 0;
}
