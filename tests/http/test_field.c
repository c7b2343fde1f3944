/* Which fields the proxy knows. */
#include "http/field.h"

#include "support/test.h"

#include <string.h>
#include <strings.h>

#define FIELD_CASE(code, text) { code, SPAN(text) },
static const struct {
    enum field_id id;
    struct span name;
} known[] = { FIELD_LIST(FIELD_CASE) };
#undef FIELD_CASE

TEST(every_known_field_is_identified_in_any_case)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char upper[32];

        for (size_t j = 0; j < known[i].name.len; j++) {
            char c = known[i].name.at[j];

            upper[j] = c >= 'a' && c <= 'z' ? (char)(c - 0x20) : c;
        }
        ck_assert_int_eq(field_identify(known[i].name), known[i].id);
        ck_assert_int_eq(field_identify((struct span){ upper, known[i].name.len }), known[i].id);
    }
}

/* What NAME, which is not quite a known one, is. */
static enum field_id kin_of(const char *name, size_t len)
{
    return len >= 12 && strncasecmp(name, "X-Forwarded-", 12) == 0 ? FIELD_X_FORWARDED
                                                                   : FIELD_OTHER;
}

TEST(what_only_resembles_a_known_field_is_another)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char longer[33];
        struct span name = known[i].name;

        memcpy(longer, name.at, name.len);
        for (size_t j = 0; j < name.len; j++) {
            longer[j] ^= 1;
            ck_assert_int_eq(field_identify((struct span){ longer, name.len }),
                             kin_of(longer, name.len));
            longer[j] ^= 1;
        }
        for (int c = 0; c < 256; c++) {
            longer[name.len] = (char)c;
            if (known[i].id == FIELD_X_FORWARDED)
                continue;
            ck_assert_int_eq(field_identify((struct span){ longer, name.len + 1 }),
                             kin_of(longer, name.len + 1));
        }
    }
}

TEST(no_name_and_a_long_name_are_others)
{
    ck_assert_int_eq(field_identify(SPAN("")), FIELD_OTHER);
    ck_assert_int_eq(field_identify((struct span){ NULL, 0 }), FIELD_OTHER);
    ck_assert_int_eq(field_identify(SPAN("a-name-longer-than-any-that-is-known")), FIELD_OTHER);
    ck_assert_int_eq(field_identify(SPAN("cookie")), FIELD_OTHER);
}

TEST(with_underscores_a_name_may_look_like_another_one)
{
    ck_assert(field_is_lookalike(SPAN("Content_Length")));
    ck_assert(!field_is_lookalike(SPAN("transfer-encoding_")));
    ck_assert(field_is_lookalike(SPAN("X_Forwarded-For")));
    ck_assert(field_is_lookalike(SPAN("X-Forwarded-_anything_as_long_as_you_like_it")));
    ck_assert(!field_is_lookalike(SPAN("Content-Length")));
    ck_assert(!field_is_lookalike(SPAN("user_agent")));
    ck_assert(!field_is_lookalike(SPAN("_")));
    ck_assert(!field_is_lookalike(SPAN("")));
}

TEST(whatever_begins_with_x_forwarded_is_of_that_family)
{
    static const char *const names[] = {
        "X-Forwarded-",
        "X-Forwarded-Port",
        "x-forwarded-PREFIX",
        "X-FORWARDED-SERVER",
        "X-Forwarded-Fort",
        "X-Forwarded-For-",
        "x-forwarded-and-what-not-that-nobody-knows-at-all",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_int_eq(field_identify(span_of(names[i])), FIELD_X_FORWARDED);
    ck_assert_int_eq(field_identify(SPAN("X-Forwarded")), FIELD_OTHER);
    ck_assert_int_eq(field_identify(SPAN("Y-Forwarded-Port")), FIELD_OTHER);
    ck_assert_int_eq(field_identify(SPAN("X-Forwarder-Port")), FIELD_OTHER);
}

SUITE(field, every_known_field_is_identified_in_any_case,
      what_only_resembles_a_known_field_is_another, no_name_and_a_long_name_are_others,
      with_underscores_a_name_may_look_like_another_one,
      whatever_begins_with_x_forwarded_is_of_that_family);
