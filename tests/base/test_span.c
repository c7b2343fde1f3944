/* Borrowed bytes. */
#include "base/span.h"

#include "support/test.h"

#include <stdio.h>

/* Is TEXT the number EXPECTED when at most MAX is allowed? */
static bool reads_as(const char *text, uint64_t max, uint64_t expected)
{
    uint64_t number = ~expected;

    return span_number(span_of(text), max, &number) && number == expected;
}

/* Is TEXT refused, with the number left alone? */
static bool is_refused(struct span text, uint64_t max)
{
    uint64_t number = 77;

    return !span_number(text, max, &number) && number == 77;
}

TEST(a_span_of_a_text_leaves_its_nul_out)
{
    ck_assert_uint_eq(span_of("abc").len, 3);
    ck_assert_uint_eq(span_of("").len, 0);
    ck_assert_uint_eq(span_of(NULL).len, 0);
    ck_assert_uint_eq(SPAN("abc").len, 3);
}

TEST(a_nul_inside_a_literal_counts)
{
    ck_assert_uint_eq(SPAN("a\0b").len, 3);
}

TEST(skipping_moves_the_front)
{
    ck_assert(span_eq(span_skip(SPAN("abc"), 0), SPAN("abc")));
    ck_assert(span_eq(span_skip(SPAN("abc"), 2), SPAN("c")));
    ck_assert(span_eq(span_skip(SPAN("abc"), 3), SPAN("")));
}

TEST(equal_bytes_are_equal)
{
    ck_assert(span_eq(SPAN("abc"), SPAN("abc")));
    ck_assert(!span_eq(SPAN("abc"), SPAN("abd")));
    ck_assert(!span_eq(SPAN("abc"), SPAN("ab")));
    ck_assert(!span_eq(SPAN("abc"), SPAN("ABC")));
    ck_assert(!span_eq(SPAN("a\0b"), SPAN("a\0c")));
}

TEST(empty_spans_are_equal_wherever_they_are)
{
    struct span nowhere = { NULL, 0 };

    ck_assert(span_eq(nowhere, SPAN("")));
    ck_assert(span_eq(SPAN(""), nowhere));
    ck_assert(span_eq_case(nowhere, SPAN("")));
    ck_assert(span_eq_case(nowhere, nowhere));
}

TEST(only_ascii_letters_have_a_case)
{
    ck_assert(span_eq_case(SPAN("Content-Length"), SPAN("content-LENGTH")));
    ck_assert(!span_eq_case(SPAN("chunked"), SPAN("chunkeD ")));
    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            char one = (char)a;
            char other = (char)b;
            bool letters = (a ^ b) == 0x20 && ((a | 0x20) >= 'a' && (a | 0x20) <= 'z');

            ck_assert_int_eq(span_eq_case((struct span){ &one, 1 }, (struct span){ &other, 1 }),
                             a == b || letters);
        }
    }
}

TEST(a_nul_does_not_end_a_comparison)
{
    ck_assert(!span_eq_case(SPAN("close\0a"), SPAN("close\0b")));
    ck_assert(span_eq_case(SPAN("close\0a"), SPAN("CLOSE\0A")));
}

TEST(trimming_takes_blanks_and_tabs_off_both_ends_only)
{
    ck_assert(span_eq(span_trim(SPAN(" \t a b\t ")), SPAN("a b")));
    ck_assert(span_eq(span_trim(SPAN("a")), SPAN("a")));
    ck_assert(span_eq(span_trim(SPAN(" \t")), SPAN("")));
    ck_assert(span_eq(span_trim(SPAN("")), SPAN("")));
    ck_assert(span_eq(span_trim(SPAN("\va\r")), SPAN("\va\r")));
}

TEST(trimming_nothing_is_harmless)
{
    ck_assert_uint_eq(span_trim((struct span){ NULL, 0 }).len, 0);
}

TEST(cutting_walks_through_a_list_with_all_its_empty_words)
{
    static const struct span words[] = { SPAN(""), SPAN("a"), SPAN("bc"), SPAN("") };
    struct span rest = SPAN(",a,bc,");

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ck_assert_ptr_nonnull(rest.at);
        ck_assert(span_eq(span_cut(&rest, ','), words[i]));
    }
    ck_assert_ptr_null(rest.at);
    ck_assert_uint_eq(rest.len, 0);
}

TEST(cutting_without_a_stop_gives_everything)
{
    struct span rest = SPAN("abc");

    ck_assert(span_eq(span_cut(&rest, ','), SPAN("abc")));
    ck_assert_ptr_null(rest.at);
    ck_assert(span_eq(span_cut(&rest, ','), SPAN("")));
}

TEST(numbers_are_digits_and_nothing_else)
{
    ck_assert(reads_as("0", UINT64_MAX, 0));
    ck_assert(reads_as("7", UINT64_MAX, 7));
    ck_assert(reads_as("12345", UINT64_MAX, 12345));
    ck_assert(reads_as("0005", UINT64_MAX, 5));
    ck_assert(reads_as("00000000000000000000000000000000000005", 9, 5));
    ck_assert(is_refused(SPAN(""), UINT64_MAX));
    ck_assert(is_refused((struct span){ NULL, 0 }, UINT64_MAX));
    ck_assert(is_refused(SPAN("+5"), UINT64_MAX));
    ck_assert(is_refused(SPAN("-5"), UINT64_MAX));
    ck_assert(is_refused(SPAN(" 5"), UINT64_MAX));
    ck_assert(is_refused(SPAN("5 "), UINT64_MAX));
    ck_assert(is_refused(SPAN("5,5"), UINT64_MAX));
    ck_assert(is_refused(SPAN("0x5"), UINT64_MAX));
    ck_assert(is_refused(SPAN("5.0"), UINT64_MAX));
    ck_assert(is_refused(SPAN("1e3"), UINT64_MAX));
    ck_assert(is_refused(SPAN("5\0"), UINT64_MAX));
}

TEST(every_byte_that_is_no_digit_spoils_a_number)
{
    for (int c = 0; c < 256; c++) {
        char text[] = { '1', (char)c, '1' };

        if (c < '0' || c > '9')
            ck_assert(is_refused((struct span){ text, sizeof text }, UINT64_MAX));
    }
}

TEST(a_number_is_at_most_its_bound)
{
    ck_assert(reads_as("65535", 65535, 65535));
    ck_assert(is_refused(SPAN("65536"), 65535));
    ck_assert(is_refused(SPAN("100000"), 65535));
    ck_assert(reads_as("0", 0, 0));
    ck_assert(is_refused(SPAN("1"), 0));
    ck_assert(reads_as("3", 3, 3));
    ck_assert(is_refused(SPAN("4"), 3));
    ck_assert(is_refused(SPAN("30"), 3));
}

TEST(a_bound_is_exact_wherever_it_lies)
{
    for (uint64_t max = 0; max < 1200; max++) {
        char text[24];

        for (uint64_t n = max > 12 ? max - 12 : 0; n < max + 12; n++) {
            snprintf(text, sizeof text, "%llu", (unsigned long long)n);
            ck_assert_int_eq(reads_as(text, max, n), n <= max);
        }
    }
}

TEST(a_number_does_not_wrap_around)
{
    ck_assert(reads_as("9223372036854775807", INT64_MAX, INT64_MAX));
    ck_assert(is_refused(SPAN("9223372036854775808"), INT64_MAX));
    ck_assert(reads_as("18446744073709551615", UINT64_MAX, UINT64_MAX));
    ck_assert(is_refused(SPAN("18446744073709551616"), UINT64_MAX));
    ck_assert(is_refused(SPAN("18446744073709551621"), UINT64_MAX));
    ck_assert(is_refused(SPAN("36893488147419103237"), UINT64_MAX));
    ck_assert(is_refused(SPAN("1000000000000000000000000000000"), UINT64_MAX));
}

SUITE(span, a_span_of_a_text_leaves_its_nul_out, a_nul_inside_a_literal_counts,
      skipping_moves_the_front, equal_bytes_are_equal, empty_spans_are_equal_wherever_they_are,
      only_ascii_letters_have_a_case, a_nul_does_not_end_a_comparison,
      trimming_takes_blanks_and_tabs_off_both_ends_only, trimming_nothing_is_harmless,
      cutting_walks_through_a_list_with_all_its_empty_words,
      cutting_without_a_stop_gives_everything, numbers_are_digits_and_nothing_else,
      every_byte_that_is_no_digit_spoils_a_number, a_number_is_at_most_its_bound,
      a_bound_is_exact_wherever_it_lies, a_number_does_not_wrap_around);
