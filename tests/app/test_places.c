/* Where the files are that come with luaproxy. */
#include "app/places.h"

#include "base/mem.h"
#include "support/test.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

TEST(what_is_beside_the_binary_is_found_whatever_the_working_directory)
{
    char own[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", own, sizeof own - 1);
    char *found;

    ck_assert_int_gt(len, 0);
    own[len] = '\0';
    ck_assert_int_eq(chdir("/"), 0);
    found = places_find(strrchr(own, '/') + 1);
    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(found, own);
    mem_free(found);
}

TEST(what_is_nowhere_is_not_found)
{
    ck_assert_ptr_null(places_find("no such file"));
    ck_assert_ptr_null(places_find("scripts/no such file"));
}

SUITE(places, what_is_beside_the_binary_is_found_whatever_the_working_directory,
      what_is_nowhere_is_not_found);
