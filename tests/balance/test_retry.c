/* Whether a request may be tried once more. */
#include "support/test.h"

#include "balance/retry.h"

#include <string.h>

/* One row for every kind of case: 'y' and 'n' must be so, '-' may be either. The rows overlap
 * nowhere, and leave nothing out. */
static const struct {
    const char *answered, *body_moved, *sent, *idempotent, *reused, *tries_left;
    enum retry_news news;
} rows[] = {
    /* Something came back. */
    { "y", "-", "-", "-", "-", "-", RETRY_NO },
    /* What has flowed cannot be had again. */
    { "n", "y", "-", "-", "-", "-", RETRY_NO },
    /* It may have been done already, and must not be done twice. */
    { "n", "n", "y", "n", "-", "-", RETRY_NO },
    /* A kept-open connection was closed while nobody looked: nobody's fault, so it costs no try. */
    { "n", "n", "n", "-", "y", "-", RETRY_SAME },
    { "n", "n", "y", "y", "y", "-", RETRY_SAME },
    /* Somebody else may have it, as long as there are tries left. */
    { "n", "n", "n", "-", "n", "y", RETRY_OTHER },
    { "n", "n", "y", "y", "n", "y", RETRY_OTHER },
    { "n", "n", "n", "-", "n", "n", RETRY_NO },
    { "n", "n", "y", "y", "n", "n", RETRY_NO },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static bool fits(const char *cell, bool value)
{
    return *cell == '-' || (*cell == 'y') == value;
}

static bool fits_row(int i, const struct retry_case *c)
{
    return fits(rows[i].answered, c->answered) && fits(rows[i].body_moved, c->body_moved) &&
           fits(rows[i].sent, c->sent) && fits(rows[i].idempotent, c->idempotent) &&
           fits(rows[i].reused, c->reused) && fits(rows[i].tries_left, c->tries_left > 0);
}

/* The case number BITS of the 32 there are, with TRIES left. */
static struct retry_case case_of(unsigned bits, unsigned tries)
{
    return (struct retry_case){
        .answered = bits & 1,
        .sent = bits & 2,
        .body_moved = bits & 4,
        .idempotent = bits & 8,
        .reused = bits & 16,
        .tries_left = tries,
    };
}

TEST(each_case_is_judged_by_the_one_row_it_fits)
{
    for (unsigned bits = 0; bits < 32; bits++)
        for (unsigned tries = 0; tries < 3; tries++) {
            struct retry_case c = case_of(bits, tries);
            int fitting = 0;

            for (int i = 0; i < ROWS; i++) {
                if (!fits_row(i, &c))
                    continue;
                fitting++;
                ck_assert_msg(retry_judge(&c) == rows[i].news, "case %u with %u tries left", bits,
                              tries);
            }
            ck_assert_msg(fitting == 1, "case %u fits %d rows", bits, fitting);
        }
}

SUITE(retry, each_case_is_judged_by_the_one_row_it_fits);
