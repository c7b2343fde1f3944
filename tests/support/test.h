/* How a test is written: sentences, gathered in a suite.
 *
 *     TEST(an_empty_queue_holds_no_memory)
 *     {
 *         ...
 *         ck_assert_int_eq(lender.lent, 0);
 *     }
 *
 *     SUITE(buf, an_empty_queue_holds_no_memory, a_full_queue_has_no_room);
 *
 * Each test runs in a process of its own and has TEST_SECONDS to end. A test that no suite names
 * does not compile: its variable is unused.
 */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <check.h>

/* How long one test may take; CK_TIMEOUT_MULTIPLIER in the environment stretches it. */
enum { TEST_SECONDS = 10 };

/* Begins the test NAME; its body in braces follows. */
#define TEST(name) START_TEST(name)

/* Adds the tests named to those the program runs, as the suite NAME. */
#define SUITE(name, ...)                                                                           \
    __attribute__((constructor)) static void add_suite_##name(void)                                \
    {                                                                                              \
        test_add_suite(#name, (const TTest *[]){ __VA_ARGS__, NULL });                             \
    }                                                                                              \
    _Static_assert(1, "takes the semicolon")

/* Has the program run TESTS, which end with NULL, as the suite NAME. Called by SUITE alone. */
void test_add_suite(const char *name, const TTest *const *tests);

#endif
