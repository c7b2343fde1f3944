/*
 * rest: how long Lua's collector holds up a proxy.
 *
 *   usage: rest PICKS SCRIPT [ARG...]
 *
 * Loads a script as luaproxy does, and has it pick 100,000 times, without any network. After each
 * PICKS of them, a turn of the loop, comes vm_rest, the only place where the collector works; its
 * CPU time is taken.
 *
 * The machine makes pauses of its own. They are told from those of the collector by doing
 * everything several times: by children that are forked when the script has been loaded. They have
 * the same addresses, the same hashes and the same requests, so the collector does the same work in
 * the same rests; and of each rest the shortest time counts.
 *
 *              rest 1   rest 2   rest 3
 *   child 1      12       480       0
 *   child 2      11       455     190
 *   shortest     11       455       0
 *
 * The last line: "bench picks=… failed=… rests=… longest=… p999=… sum=… worst=… most=…", with
 * nanoseconds; worst is what the longest would be if everything measured did count, most the memory
 * that Lua had at most, in bytes.
 */
#include "base/mem.h"
#include "conf/fault.h"
#include "http/head.h"
#include "script/lua_config.h"
#include "script/lua_script.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The first picks do not count: the script has yet to fill its tables, and the children to get
 * pages of their own. */
enum { WARM = 10000, PICKS = 100000, RUNS = 3, CLIENTS = 5000 };

/* What the children tell. */
struct told {
    uint64_t failed;
    uint64_t most;
    uint64_t times[RUNS][PICKS];
};

struct proxy {
    struct vm vm;
    struct config config;
    struct ledger ledger;
    struct pool pool;
    struct counters counters;
    struct lua_script script;
    struct arena arena;
    struct head request;
    unsigned turn; /* picks */
};

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

/* Loads the script whose path and arguments are in WORDS, which NULL ends. */
static void load(struct proxy *p, char **words, int count)
{
    struct faults faults = { .count = 0 };

    if (vm_open(&p->vm, VM_MEMORY, false) != OK)
        fail(words[0], "no memory for a state");
    if (vm_set_path(&p->vm, words[0], NULL) != OK ||
        vm_run_file(&p->vm, words[0], words + 1, count - 1) != OK)
        fail(words[0], lua_tostring(p->vm.L, -1));
    config_init(&p->config);
    lua_config_read(&p->vm, SPAN(""), &p->config, &faults);
    if (faults.count > 0)
        fail(words[0], faults.list[0].text);
    if (!p->config.pools[0].picks)
        fail(words[0], "there is no pick");
    ledger_init(&p->ledger, NULL, NULL);
    pool_init(&p->pool, p->config.pools, &p->ledger, &p->counters, 0);
    if (lua_script_init(&p->script, &p->vm, &p->config, &p->pool, NULL, NULL, 1) != OK)
        fail(words[0], lua_tostring(p->vm.L, -1));
    head_init(&p->request, &p->arena, 1);
    p->request.method = SPAN("GET");
    p->request.target = SPAN("/some/path");
}

/* One request, the NUMBERth, from one of many clients. */
static void pick(struct proxy *p, unsigned number)
{
    struct addr client = { .v4 = { .sin_family = AF_INET } };
    struct visit visit = {
        .request = &p->request, .client = &client, .attempt = 1, .now = 1 + number * 1e-5
    };
    struct ask ask = { .visit = &visit };
    struct backend *chosen;

    client.v4.sin_addr.s_addr = htonl(0x0a000000 + number % CLIENTS);
    chosen = pool_pick(&p->pool, &ask, NULL, 0);
    if (chosen == NULL)
        fail("pick", "nobody was chosen");
    pool_lease(chosen);
    pool_release(chosen);
}

static uint64_t cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A turn of the loop, which begins with request NUMBER. Gives the time of its rest. */
static uint64_t turn(struct proxy *p, unsigned number)
{
    uint64_t began;

    for (unsigned i = 0; i < p->turn; i++)
        pick(p, number + i);
    began = cpu_time();
    vm_rest(&p->vm);
    return cpu_time() - began;
}

/* What a child does. */
static void run(struct proxy *p, struct told *told, unsigned child)
{
    unsigned number = 0;

    for (; number < WARM; number += p->turn)
        turn(p, number);
    for (unsigned i = 0; i < PICKS / p->turn; i++) {
        told->times[child][i] = turn(p, number);
        number += p->turn;
        if (p->vm.used > told->most)
            told->most = p->vm.used;
    }
    told->failed += p->counters.n[COUNTER_POLICY_ERRORS];
}

static void run_children(struct proxy *p, struct told *told)
{
    for (unsigned child = 0; child < RUNS; child++) {
        pid_t pid = fork();
        int status = 1;

        if (pid == 0) {
            run(p, told, child);
            _exit(0);
        }
        if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
            fail("fork", "a child has failed");
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Leaves in the first list, sorted, of each of COUNT rests the shortest time. Gives the longest of
 * all. */
static uint64_t reduce(struct told *told, unsigned count)
{
    uint64_t *least = told->times[0];
    uint64_t worst = 0;

    for (unsigned i = 0; i < count; i++) {
        uint64_t shortest = UINT64_MAX;

        for (unsigned child = 0; child < RUNS; child++) {
            uint64_t time = told->times[child][i];

            worst = time > worst ? time : worst;
            shortest = time < shortest ? time : shortest;
        }
        least[i] = shortest;
    }
    qsort(least, count, sizeof *least, compare);
    return worst;
}

static void report(struct told *told, unsigned count)
{
    uint64_t worst = reduce(told, count);
    const uint64_t *least = told->times[0];
    uint64_t sum = 0;

    for (unsigned i = 0; i < count; i++)
        sum += least[i];
    printf("bench picks=%u failed=%lu rests=%u longest=%lu p999=%lu sum=%lu worst=%lu most=%lu\n",
           PICKS, told->failed, count, least[count - 1], least[count - 1 - count / 1000], sum,
           worst, told->most);
}

int main(int argc, char **argv)
{
    struct proxy proxy = { .turn = argc > 2 ? (unsigned)atoi(argv[1]) : 0 };
    struct told *told =
        mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (proxy.turn < 1 || proxy.turn > PICKS) {
        fputs("usage: rest PICKS SCRIPT [ARG...]\n", stderr);
        return 2;
    }
    if (told == MAP_FAILED)
        fail("mmap", "no memory");
    load(&proxy, argv + 2, argc - 2);
    run_children(&proxy, told);
    report(told, PICKS / proxy.turn);
    return 0;
}
