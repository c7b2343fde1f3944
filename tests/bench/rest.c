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
#include "chooser.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The first picks do not count: the script has yet to fill its tables, and the children to get
 * pages of their own. */
enum { WARM = 10000, PICKS = 100000, RUNS = 3 };

/* What the children tell. */
struct told {
    uint64_t failed;
    uint64_t most;
    uint64_t times[RUNS][PICKS];
};

/* One request, the NUMBERth. */
static void pick(struct chooser *c, unsigned number)
{
    struct backend *chosen = chooser_pick(c, number);

    facts_lease(chosen);
    facts_release(chosen);
}

static uint64_t cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A turn of the loop, with COUNT requests from NUMBER on. Gives the time of its rest. */
static uint64_t turn(struct chooser *c, unsigned number, unsigned count)
{
    uint64_t began;

    for (unsigned i = 0; i < count; i++)
        pick(c, number + i);
    began = cpu_time();
    vm_rest(&c->vm);
    return cpu_time() - began;
}

/* What a child does, in turns of COUNT requests. */
static void run(struct chooser *c, struct told *told, unsigned child, unsigned count)
{
    unsigned number = 0;

    for (; number < WARM; number += count)
        turn(c, number, count);
    for (unsigned i = 0; i < PICKS / count; i++) {
        told->times[child][i] = turn(c, number, count);
        number += count;
        if (c->vm.used > told->most)
            told->most = c->vm.used;
    }
    told->failed += c->counters.n[COUNTER_POLICY_ERRORS];
}

static void run_children(struct chooser *c, struct told *told, unsigned count)
{
    for (unsigned child = 0; child < RUNS; child++) {
        pid_t pid = fork();
        int status = 1;

        if (pid == 0) {
            run(c, told, child, count);
            _exit(0);
        }
        if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
            chooser_fail("fork", "a child has failed");
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
    static struct chooser chooser;
    unsigned count = argc > 2 ? (unsigned)atoi(argv[1]) : 0;
    struct told *told =
        mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (count < 1 || count > PICKS) {
        fputs("usage: rest PICKS SCRIPT [ARG...]\n", stderr);
        return 2;
    }
    if (told == MAP_FAILED)
        chooser_fail("mmap", "no memory");
    chooser_load(&chooser, argv + 2, argc - 2);
    run_children(&chooser, told, count);
    report(told, PICKS / count);
    return 0;
}
