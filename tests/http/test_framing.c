/* Where a body ends. What a whole head decides on it is in test_request.c and test_response.c; here
 * are the decisions that must not depend on what http_parser would refuse. */
#include "http/framing.h"

#include "bodies.h"
#include "support/test.h"

/* How a request of HTTP/1.MINOR with up to two framing fields is refused, or OK. */
static enum err verdict(unsigned minor, const char *first, const char *second)
{
    struct arena arena = { .blocks = NULL };
    const char *lines[] = { first, second };
    struct head head;
    enum err err;

    head_init(&head, &arena, 2);
    head.minor = minor;
    for (int i = 0; i < 2; i++) {
        struct span value = span_of(lines[i]);
        struct span name = span_cut(&value, ':');

        if (name.len > 0)
            head_add(&head, field_identify(name), name, span_trim(value));
    }
    err = framing_of_request(&head);
    ck_assert_int_eq(err == OK, head.why == NULL);
    arena_fini(&arena);
    return err;
}

TEST(length_and_coding_exclude_each_other)
{
    static const char *const lengths[] = { "Content-Length: 5", "Content-Length: 0",
                                           "Content-Length:", "Content-Length: x" };
    static const char *const codings[] = { "Transfer-Encoding: chunked", "transfer-encoding: gzip",
                                           "Transfer-Encoding:", "Transfer-Encoding: a, b" };

    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++) {
            ck_assert_int_eq(verdict(1, lengths[i], codings[j]), ERR_MALFORMED);
            ck_assert_int_eq(verdict(1, codings[j], lengths[i]), ERR_MALFORMED);
        }
    }
}

TEST(framing_fields_stand_alone)
{
    ck_assert_int_eq(verdict(1, "Content-Length: 5", "Content-Length: 5"), ERR_MALFORMED);
    ck_assert_int_eq(verdict(1, "Content-Length: 5", "Content-Length:"), ERR_MALFORMED);
    ck_assert_int_eq(verdict(1, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
                     ERR_MALFORMED);
    ck_assert_int_eq(verdict(1, "Transfer-Encoding:", "Transfer-Encoding: chunked"), ERR_MALFORMED);
}

TEST(framing_fields_say_what_everybody_understands)
{
    static const char *const bad[] = {
        "Content-Length:",      "Content-Length: +5",
        "Content-Length: -5",   "Content-Length: 5, 5",
        "Content-Length: 5 5",  "Content-Length: 0x5",
        "Content-Length: \v5",  "Content-Length: 9223372036854775808",
        "Transfer-Encoding:",   "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: ,", "Transfer-Encoding: \vchunked",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(verdict(1, bad[i], "") == ERR_MALFORMED, "%s", bad[i]);
    ck_assert_int_eq(verdict(1, "Transfer-Encoding: gzip", ""), ERR_CODING);
    ck_assert_int_eq(verdict(0, "Transfer-Encoding: chunked", ""), ERR_MALFORMED);
    ck_assert_int_eq(verdict(1, "Transfer-Encoding: cHunked", ""), OK);
    ck_assert_int_eq(verdict(1, "Content-Length: 9223372036854775807", ""), OK);
    ck_assert_int_eq(verdict(0, "Content-Length: 00", ""), OK);
}

TEST(no_body_ends_before_it_begins)
{
    struct taken_body result = bodies_take(bodies_framing(BODY_NONE, 7), SPAN("next"));

    ck_assert_int_eq(result.news, FRAMING_END);
    ck_assert_uint_eq(result.used, 0);
}

TEST(a_body_with_a_length_is_that_long)
{
    for (uint64_t length = 0; length < 12; length++) {
        struct taken_body result =
            bodies_take(bodies_framing(BODY_LENGTH, length), SPAN("0123456789"));

        ck_assert_int_eq(result.news, length <= 10 ? FRAMING_END : FRAMING_WAIT);
        ck_assert_uint_eq(result.length, length <= 10 ? length : 10);
        ck_assert_uint_eq(result.used, result.length);
        ck_assert_int_eq(memcmp(result.data, "0123456789", result.length), 0);
    }
}

TEST(a_length_may_be_larger_than_any_memory)
{
    struct framing framing = bodies_framing(BODY_LENGTH, INT64_MAX);
    struct span input = SPAN("0123456789");
    struct span data;

    ck_assert_int_eq(framing_read(&framing, &input, 7, &data), FRAMING_DATA);
    ck_assert_uint_eq(data.len, 7);
    ck_assert_uint_eq(framing.left, (uint64_t)INT64_MAX - 7);
}

TEST(a_body_until_the_close_never_ends_here)
{
    struct taken_body result =
        bodies_take(bodies_framing(BODY_UNTIL_CLOSE, 0), SPAN("0\r\n\r\nabc"));

    ck_assert_int_eq(result.news, FRAMING_WAIT);
    ck_assert_uint_eq(result.length, 8);
}

TEST(without_room_nothing_is_taken_of_a_body)
{
    static const enum body bodies[] = { BODY_LENGTH, BODY_UNTIL_CLOSE, BODY_TUNNEL };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct framing framing = bodies_framing(bodies[i], 3);
        struct span input = SPAN("abc");
        struct span data;

        ck_assert_int_eq(framing_read(&framing, &input, 0, &data), FRAMING_WAIT);
        ck_assert_uint_eq(input.len, 3);
        ck_assert_int_eq(framing_read(&framing, &input, 3, &data), FRAMING_DATA);
        ck_assert(span_eq(data, SPAN("abc")));
    }
}

SUITE(framing, length_and_coding_exclude_each_other, framing_fields_stand_alone,
      framing_fields_say_what_everybody_understands, no_body_ends_before_it_begins,
      a_body_with_a_length_is_that_long, a_length_may_be_larger_than_any_memory,
      a_body_until_the_close_never_ends_here, without_room_nothing_is_taken_of_a_body);
