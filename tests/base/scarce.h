/* Memory that runs out. */
#ifndef TESTS_BASE_SCARCE_H
#define TESTS_BASE_SCARCE_H

#include "base/mem.h"
#include "support/test.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* More than a limit that leaves some for sanitizers. */
enum { SCARCE_LARGE = 64 * 1024 * 1024, SCARCE_LEFT = 32 * 1024 * 1024 };

/* How much address space there is now. */
static inline rlim_t memory_used(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* There may be MORE than there is now; RLIM_INFINITY: as much as can be. */
static inline void limit_memory(rlim_t more)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = more == RLIM_INFINITY ? limit.rlim_max : memory_used() + more;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

/* Gives all there is, to be used as the relief. */
static inline void lift_limit(void *owner)
{
    (void)owner;
    limit_memory(RLIM_INFINITY);
}

/* Has memory run out once: it is short until the reserve is taken again, which can be done. */
static inline void make_memory_short(void)
{
    ck_assert(mem_keep_reserve());
    mem_set_relief(lift_limit, NULL);
    limit_memory(SCARCE_LEFT);
    mem_free(mem_resize(NULL, SCARCE_LARGE));
    mem_set_relief(NULL, NULL);
    ck_assert(mem_is_short());
}

#endif
