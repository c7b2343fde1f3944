/* Result codes. */
#include "base/err.h"

#include "support/test.h"

#include <errno.h>
#include <string.h>

TEST(every_code_has_a_text_of_its_own)
{
    for (int code = 0; code < ERR_COUNT; code++) {
        ck_assert_str_ne(err_text((enum err)code), "");
        for (int other = 0; other < code; other++)
            ck_assert_str_ne(err_text((enum err)code), err_text((enum err)other));
    }
}

TEST(ok_is_false)
{
    ck_assert_int_eq(OK, 0);
    ck_assert_str_eq(err_text(OK), "ok");
}

TEST(a_text_says_what_the_code_means)
{
    ck_assert_str_eq(err_text(ERR_REFUSED), "connection refused");
    ck_assert_str_eq(err_text(ERR_LATE), "timed out");
}

TEST(an_errno_becomes_what_it_means_for_a_connection)
{
    static const struct {
        int number;
        enum err err;
    } cases[] = {
        { ECONNREFUSED, ERR_REFUSED },
        { ECONNRESET, ERR_RESET },
        { EPIPE, ERR_RESET },
        { ETIMEDOUT, ERR_LATE },
        { EHOSTUNREACH, ERR_UNREACHABLE },
        { ENETUNREACH, ERR_UNREACHABLE },
        { EADDRNOTAVAIL, ERR_PORTS },
        { EMFILE, ERR_EXHAUSTED },
        { ENFILE, ERR_EXHAUSTED },
        { EINVAL, ERR_SYSTEM },
        { 0, ERR_SYSTEM },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_int_eq(err_of_errno(cases[i].number), cases[i].err);
}

TEST(only_what_is_used_up_here_is_a_shortage)
{
    for (int code = OK; code < ERR_COUNT; code++)
        ck_assert_int_eq(err_is_shortage((enum err)code),
                         code == ERR_EXHAUSTED || code == ERR_PORTS);
}

SUITE(err, every_code_has_a_text_of_its_own, ok_is_false, a_text_says_what_the_code_means,
      an_errno_becomes_what_it_means_for_a_connection, only_what_is_used_up_here_is_a_shortage);
