/* Memory that runs out. */
#ifndef TESTS_BASE_SCARCE_H
#define TESTS_BASE_SCARCE_H

#include "base/mem.h"
#include "support/test.h"

#include <sys/resource.h>

/* So much at once comes from the system itself. */
enum { SCARCE_LARGE = 64 * 1024 * 1024 };

static inline void limit_memory(rlim_t most)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = most;
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
    limit_memory(1024 * 1024);
    mem_free(mem_resize(NULL, SCARCE_LARGE));
    mem_set_relief(NULL, NULL);
    ck_assert(mem_is_short());
}

#endif
