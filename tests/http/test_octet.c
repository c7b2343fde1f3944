/* Classes of octets. The grammars are written out here once more, from the RFCs. */
#include "http/octet.h"

#include "support/test.h"

#include <string.h>

static bool is_one_of(int c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_letter(int c)
{
    return is_one_of(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

static bool is_digit(int c)
{
    return is_one_of(c, "0123456789");
}

TEST(a_token_is_made_of_tchar)
{
    for (int c = 0; c < 256; c++)
        ck_assert_int_eq(octet_is((char)c, OCTET_TOKEN),
                         is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~"));
}

TEST(visible_is_what_prints_and_is_no_blank)
{
    for (int c = 0; c < 256; c++)
        ck_assert_int_eq(octet_is((char)c, OCTET_VISIBLE), c > 0x20 && c < 0x7f);
}

/* Unreserved characters, and those delimiters that part nothing: no list, no parameter. What is
 * written with a percent sign would be another host once it is decoded. */
TEST(a_host_is_made_of_what_cannot_be_misread)
{
    for (int c = 0; c < 256; c++)
        ck_assert_msg(octet_is((char)c, OCTET_HOST) ==
                          (is_letter(c) || is_digit(c) || is_one_of(c, "-._~!$&'*+")),
                      "octet %d", c);
}

TEST(controls_and_del_are_odd_but_tab_is_not)
{
    for (int c = 0; c < 256; c++)
        ck_assert_int_eq(octet_is((char)c, OCTET_ODD), (c < 0x20 && c != '\t') || c == 0x7f);
}

TEST(digits_are_digits)
{
    for (int c = 0; c < 256; c++) {
        ck_assert_int_eq(octet_is((char)c, OCTET_DIGIT), is_digit(c));
        ck_assert_int_eq(octet_is((char)c, OCTET_HEX), is_digit(c) || is_one_of(c, "abcdefABCDEF"));
    }
}

TEST(all_of_nothing_is_not_enough)
{
    ck_assert(!octet_all(SPAN(""), OCTET_TOKEN));
    ck_assert(!octet_all((struct span){ NULL, 0 }, OCTET_TOKEN));
}

TEST(one_wrong_octet_spoils_a_text_wherever_it_stands)
{
    ck_assert(octet_all(SPAN("token"), OCTET_TOKEN));
    ck_assert(!octet_all(SPAN(" token"), OCTET_TOKEN));
    ck_assert(!octet_all(SPAN("to ken"), OCTET_TOKEN));
    ck_assert(!octet_all(SPAN("token "), OCTET_TOKEN));
    ck_assert(!octet_all(SPAN("token\0"), OCTET_TOKEN));
    ck_assert(!octet_all(SPAN("\xe9"), OCTET_TOKEN));
}

TEST(the_next_odd_octet_is_found_wherever_it_stands)
{
    char text[50];

    for (size_t len = 0; len <= sizeof text; len++)
        for (size_t from = 0; from <= len; from++) {
            memset(text, '\t', sizeof text);
            ck_assert_uint_eq(octet_next_odd((struct span){ text, len }, from), len);
            memset(text, '\r', from);
            for (size_t odd = from; odd < len; odd++) {
                memset(text + odd, '\x7f', sizeof text - odd);
                ck_assert_uint_eq(octet_next_odd((struct span){ text, len }, from), odd);
                text[odd] = '\xe9';
            }
        }
}

SUITE(octet, a_token_is_made_of_tchar, visible_is_what_prints_and_is_no_blank,
      a_host_is_made_of_what_cannot_be_misread, controls_and_del_are_odd_but_tab_is_not,
      digits_are_digits, all_of_nothing_is_not_enough,
      one_wrong_octet_spoils_a_text_wherever_it_stands,
      the_next_odd_octet_is_found_wherever_it_stands);
