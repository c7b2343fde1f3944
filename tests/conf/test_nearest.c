/* The word that was probably meant. */
#include "conf/nearest.h"

#include "support/test.h"

#include <string.h>

static const char *const keys[] = {
    "listen", "backends", "pick", "health", "retry", "timeouts", "limits", "workers", "host",
};

/* What WORD is taken for; "" for nothing. */
static const char *meant(const char *word)
{
    const char *found = nearest_word(word, keys, sizeof keys / sizeof keys[0]);

    return found == NULL ? "" : found;
}

TEST(a_word_is_nearest_to_itself)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        ck_assert_str_eq(meant(keys[i]), keys[i]);
}

TEST(a_letter_too_many_too_few_or_wrong_is_forgiven)
{
    ck_assert_str_eq(meant("lissten"), "listen");
    ck_assert_str_eq(meant("backend"), "backends");
    ck_assert_str_eq(meant("pik"), "pick");
    ck_assert_str_eq(meant("pikk"), "pick");
    ck_assert_str_eq(meant("Pick"), "pick");
}

TEST(letters_that_changed_places_are_forgiven)
{
    ck_assert_str_eq(meant("lisetn"), "listen");
    ck_assert_str_eq(meant("helath"), "health");
    ck_assert_str_eq(meant("pcik"), "pick");
}

TEST(a_long_word_may_have_more_mistakes)
{
    ck_assert_str_eq(meant("tmieuots"), "");
    ck_assert_str_eq(meant("timout"), "timeouts");
    ck_assert_str_eq(meant("bakendz"), "backends");
}

TEST(what_resembles_nothing_is_taken_for_nothing)
{
    ck_assert_str_eq(meant("compression"), "");
    ck_assert_str_eq(meant("tls"), "");
    ck_assert_str_eq(meant("xyz"), "");
    ck_assert_str_eq(meant(""), "");
}

TEST(of_two_equally_near_the_first_is_taken)
{
    static const char *const words[] = { "cat", "bat" };

    ck_assert_str_eq(nearest_word("rat", words, 2), "cat");
    ck_assert_str_eq(nearest_word("bat", words, 2), "bat");
}

TEST(without_words_nothing_is_near)
{
    ck_assert_ptr_null(nearest_word("pick", keys, 0));
}

TEST(words_of_any_length_are_compared)
{
    static const char longest[] = "thirty-two-letters-are-the-limit";
    static const char too_long[] = "thirty-three-letters-are-too-many";
    const char *words[] = { too_long, longest };
    char word[1000];

    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    ck_assert_uint_eq(strlen(longest), 32);
    ck_assert_uint_eq(strlen(too_long), 33);
    ck_assert_str_eq(nearest_word(longest, words, 2), longest);
    ck_assert_ptr_null(nearest_word(word, words, 2));
    ck_assert_ptr_null(nearest_word(too_long, words, 1));
}

SUITE(nearest, a_word_is_nearest_to_itself, a_letter_too_many_too_few_or_wrong_is_forgiven,
      letters_that_changed_places_are_forgiven, a_long_word_may_have_more_mistakes,
      what_resembles_nothing_is_taken_for_nothing, of_two_equally_near_the_first_is_taken,
      without_words_nothing_is_near, words_of_any_length_are_compared);
