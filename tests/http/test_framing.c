/* Where a body ends. What a whole head decides on it is in test_request.c and test_response.c; here
 * are the decisions that must not depend on what http_parser would refuse. */
#include "http/framing.h"

#include "support/test.h"

#include <stdio.h>

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

/* A body that was taken apart. */
struct result {
    enum framing_news news; /* FRAMING_WAIT if the input was not enough */
    size_t used;            /* bytes of the input */
    size_t length;
    char data[4096];
};

/* Takes from PIECE, which ends where its memory ends, as much as there is. */
static void take_piece(struct framing *framing, struct result *result, struct span piece,
                       size_t max)
{
    char *copy = mem_resize(NULL, piece.len + (piece.len == 0));
    struct span rest = { copy, piece.len };
    struct span data = { NULL, 0 };

    memcpy(copy, piece.at, piece.len);
    while ((result->news = framing_read(framing, &rest, max, &data)) == FRAMING_DATA) {
        ck_assert(data.len > 0 && data.len <= max);
        ck_assert_uint_le(result->length + data.len, sizeof result->data);
        memcpy(result->data + result->length, data.at, data.len);
        result->length += data.len;
    }
    if (result->news == FRAMING_WAIT)
        ck_assert_uint_eq(rest.len, 0);
    result->used += piece.len - rest.len;
    mem_free(copy);
}

static struct framing framing_of(enum body body, uint64_t length)
{
    struct head head = { .body = body, .length = length };
    struct framing framing;

    framing_begin(&framing, &head);
    return framing;
}

/* Takes INPUT in pieces: two if CUT says where, else of SIZE bytes each. */
static struct result take(struct framing framing, struct span input, size_t cut, size_t size,
                          size_t max)
{
    struct result result = { .news = FRAMING_WAIT };

    while (result.news == FRAMING_WAIT) {
        struct span piece = span_skip(input, result.used);
        size_t most = cut > 0 && result.used < cut ? cut - result.used : size;

        if (piece.len > most)
            piece.len = most;
        take_piece(&framing, &result, piece, max);
        if (result.used == input.len && result.news == FRAMING_WAIT)
            break;
    }
    return result;
}

static void expect_same(const struct result *a, const struct result *b)
{
    ck_assert_int_eq(a->news, b->news);
    ck_assert_uint_eq(a->used, b->used);
    ck_assert_uint_eq(a->length, b->length);
    ck_assert_int_eq(memcmp(a->data, b->data, a->length), 0);
}

/* Takes INPUT as a whole, cut at every place, byte by byte, and in small portions: always the same. */
static struct result take_every_way(struct framing framing, struct span input)
{
    struct result whole = take(framing, input, 0, SIZE_MAX, SIZE_MAX);
    struct result other;

    for (size_t cut = 1; cut < input.len; cut++) {
        other = take(framing, input, cut, SIZE_MAX, SIZE_MAX);
        expect_same(&whole, &other);
    }
    for (size_t size = 1; size < 4; size++) {
        other = take(framing, input, 0, size, SIZE_MAX);
        expect_same(&whole, &other);
        other = take(framing, input, 0, SIZE_MAX, size);
        expect_same(&whole, &other);
    }
    return whole;
}

/* Is INPUT, in chunks, the body DATA, with LEFT bytes behind it? */
static bool decodes(struct span input, const char *data, size_t left)
{
    struct result result = take_every_way(framing_of(BODY_CHUNKED, 0), input);
    bool same = result.news == FRAMING_END && result.length == strlen(data) &&
                memcmp(result.data, data, result.length) == 0 && result.used + left == input.len;

    if (!same)
        printf("%.*s\n", SPAN_ARG(input));
    return same;
}

static bool is_bad(struct span input)
{
    return take_every_way(framing_of(BODY_CHUNKED, 0), input).news == FRAMING_BAD;
}

static bool is_waited_for(struct span input)
{
    return take_every_way(framing_of(BODY_CHUNKED, 0), input).news == FRAMING_WAIT;
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
    struct result result = take_every_way(framing_of(BODY_NONE, 7), SPAN("next"));

    ck_assert_int_eq(result.news, FRAMING_END);
    ck_assert_uint_eq(result.used, 0);
}

TEST(a_body_with_a_length_is_that_long)
{
    for (uint64_t length = 0; length < 12; length++) {
        struct result result = take_every_way(framing_of(BODY_LENGTH, length), SPAN("0123456789"));

        ck_assert_int_eq(result.news, length <= 10 ? FRAMING_END : FRAMING_WAIT);
        ck_assert_uint_eq(result.length, length <= 10 ? length : 10);
        ck_assert_uint_eq(result.used, result.length);
        ck_assert_int_eq(memcmp(result.data, "0123456789", result.length), 0);
    }
}

TEST(a_length_may_be_larger_than_any_memory)
{
    struct framing framing = framing_of(BODY_LENGTH, INT64_MAX);
    struct span input = SPAN("0123456789");
    struct span data;

    ck_assert_int_eq(framing_read(&framing, &input, 7, &data), FRAMING_DATA);
    ck_assert_uint_eq(data.len, 7);
    ck_assert_uint_eq(framing.left, (uint64_t)INT64_MAX - 7);
}

TEST(a_body_until_the_close_never_ends_here)
{
    struct result result = take_every_way(framing_of(BODY_UNTIL_CLOSE, 0), SPAN("0\r\n\r\nabc"));

    ck_assert_int_eq(result.news, FRAMING_WAIT);
    ck_assert_uint_eq(result.length, 8);
}

TEST(without_room_nothing_is_taken_of_a_body)
{
    static const enum body bodies[] = { BODY_LENGTH, BODY_UNTIL_CLOSE };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct framing framing = framing_of(bodies[i], 3);
        struct span input = SPAN("abc");
        struct span data;

        ck_assert_int_eq(framing_read(&framing, &input, 0, &data), FRAMING_WAIT);
        ck_assert_uint_eq(input.len, 3);
        ck_assert_int_eq(framing_read(&framing, &input, 3, &data), FRAMING_DATA);
        ck_assert(span_eq(data, SPAN("abc")));
    }
}

TEST(without_room_the_data_of_a_chunk_stay)
{
    struct framing framing = framing_of(BODY_CHUNKED, 0);
    struct span input = SPAN("3\r\nabc\r\n");
    struct span data;

    ck_assert_int_eq(framing_read(&framing, &input, 0, &data), FRAMING_WAIT);
    ck_assert(span_eq(input, SPAN("abc\r\n")));
    ck_assert_int_eq(framing_read(&framing, &input, 2, &data), FRAMING_DATA);
    ck_assert(span_eq(data, SPAN("ab")));
}

TEST(chunks_are_put_together)
{
    ck_assert(decodes(SPAN("0\r\n\r\n"), "", 0));
    ck_assert(decodes(SPAN("5\r\nhello\r\n0\r\n\r\n"), "hello", 0));
    ck_assert(decodes(SPAN("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), "abc", 0));
    ck_assert(decodes(SPAN("00005\r\nhello\r\n000\r\n\r\n"), "hello", 0));
    ck_assert(decodes(SPAN("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789", 0));
    ck_assert(decodes(SPAN("a\r\n0123456789\r\n0\r\n\r\n"), "0123456789", 0));
    ck_assert(decodes(SPAN("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "\r\n\r\n", 0));
    ck_assert(decodes(SPAN("7\r\n0\r\n\r\nab\r\n0\r\n\r\n"), "0\r\n\r\nab", 0));
}

TEST(every_hex_digit_counts)
{
    static const char digits[] = "0123456789abcdefABCDEF";

    for (size_t i = 1; i < sizeof digits - 1; i++) {
        unsigned value = (unsigned)(i < 16 ? i : i - 6);
        char text[64];
        char data[32];
        int length = snprintf(text, sizeof text, "%c\r\n%.*s\r\n0\r\n\r\n", digits[i], (int)value,
                              "................");

        snprintf(data, sizeof data, "%.*s", (int)value, "................");
        ck_assert(decodes((struct span){ text, (size_t)length }, data, 0));
    }
}

TEST(what_follows_the_last_chunk_belongs_to_the_next_message)
{
    ck_assert(decodes(SPAN("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n"), "a", 16));
    ck_assert(decodes(SPAN("0\r\n\r\n\r\n"), "", 2));
    ck_assert(decodes(SPAN("0\r\n\r\n0\r\n\r\n"), "", 5));
}

TEST(an_end_stays_an_end)
{
    struct framing framing = framing_of(BODY_CHUNKED, 0);
    struct span input = SPAN("0\r\n\r\n0\r\n\r\n");
    struct span data;

    ck_assert_int_eq(framing_read(&framing, &input, 9, &data), FRAMING_END);
    ck_assert_int_eq(framing_read(&framing, &input, 9, &data), FRAMING_END);
    ck_assert_uint_eq(input.len, 5);
}

TEST(what_was_bad_stays_bad)
{
    struct framing framing = framing_of(BODY_CHUNKED, 0);
    struct span bad = SPAN("x");
    struct span good = SPAN("0\r\n\r\n");
    struct span data;

    ck_assert_int_eq(framing_read(&framing, &bad, 9, &data), FRAMING_BAD);
    ck_assert_int_eq(framing_read(&framing, &good, 9, &data), FRAMING_BAD);
    ck_assert_uint_eq(good.len, 5);
}

TEST(a_body_cut_short_is_waited_for)
{
    static const char whole[] = "5;a=\"b\"\r\nhello\r\n0\r\nX: 1\r\n\r\n";

    for (size_t n = 0; n < sizeof whole - 1; n++)
        ck_assert(is_waited_for((struct span){ whole, n }));
    ck_assert(decodes(SPAN(whole), "hello", 0));
}

TEST(extensions_are_dropped)
{
    ck_assert(decodes(SPAN("1;a\r\nx\r\n0;b\r\n\r\n"), "x", 0));
    ck_assert(decodes(SPAN("1;a=b\r\nx\r\n0\r\n\r\n"), "x", 0));
    ck_assert(decodes(SPAN("1;a=b;c;d=e\r\nx\r\n0\r\n\r\n"), "x", 0));
    ck_assert(decodes(SPAN("1;a=\"\"\r\nx\r\n0\r\n\r\n"), "x", 0));
    ck_assert(decodes(SPAN("1;a=\"b c;d=\\\"\\\\ \t\xe9,\";e\r\nx\r\n0\r\n\r\n"), "x", 0));
    ck_assert(decodes(SPAN("1;!#$%&'*+-.^_`|~=0\r\nx\r\n0\r\n\r\n"), "x", 0));
}

TEST(extensions_follow_their_grammar)
{
    static const struct span bad[] = {
        SPAN("1;\r\nx\r\n"),           SPAN("1;;\r\nx\r\n"),
        SPAN("1;;a\r\nx\r\n"),         SPAN("1;a;\r\nx\r\n"),
        SPAN("1;=\r\nx\r\n"),          SPAN("1;=b\r\nx\r\n"),
        SPAN("1;a=\r\nx\r\n"),         SPAN("1;a=;b\r\nx\r\n"),
        SPAN("1;a=b=c\r\nx\r\n"),      SPAN("1;a=b\"c\"\r\nx\r\n"),
        SPAN("1;\"a\"\r\nx\r\n"),      SPAN("1;a\"b\"\r\nx\r\n"),
        SPAN("1;a=\"b\"c\r\nx\r\n"),   SPAN("1;a=\"b\"\"c\"\r\nx\r\n"),
        SPAN("1;a=\"b\r\nx\r\n"),      SPAN("1;a=\"b\\\r\nx\r\n"),
        SPAN("1;a=\"\x01\"\r\nx\r\n"), SPAN("1;a=\"\\\x01\"\r\nx\r\n"),
        SPAN("1;a=\"\x7f\"\r\nx\r\n"), SPAN("1;a=\"b\n\"\r\nx\r\n"),
        SPAN("1; a\r\nx\r\n"),         SPAN("1 ;a\r\nx\r\n"),
        SPAN("1;a =b\r\nx\r\n"),       SPAN("1;a= b\r\nx\r\n"),
        SPAN("1;a b\r\nx\r\n"),        SPAN("1;a,b\r\nx\r\n"),
        SPAN("1;a\xe9\r\nx\r\n"),      SPAN("1;a/b\r\nx\r\n"),
        SPAN("1;a\0\r\nx\r\n"),        SPAN("1 xyz\x01\r\nx\r\n"),
        SPAN("1;a\nb\r\nx\r\n"),       SPAN("1;a\n"),
        SPAN("1;a\rb\r\nx\r\n"),
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(is_bad(bad[i]), "%s", bad[i].at);
}

TEST(a_size_is_hex_digits_and_nothing_else)
{
    static const struct span bad[] = {
        SPAN("\r\n"),           SPAN(" 1\r\nx\r\n"),  SPAN("1 \r\nx\r\n"),
        SPAN("\t1\r\nx\r\n"),   SPAN("1\t\r\nx\r\n"), SPAN("0x1\r\nx\r\n"),
        SPAN("+1\r\nx\r\n"),    SPAN("-1\r\nx\r\n"),  SPAN("1h\r\nx\r\n"),
        SPAN("g\r\n"),          SPAN("1.0\r\nx\r\n"), SPAN("1,1\r\nx\r\n"),
        SPAN("\"1\"\r\nx\r\n"), SPAN("{1}\r\n"),      SPAN(";a\r\n"),
        SPAN("1_0\r\n"),        SPAN("1\0\r\nx\r\n"), SPAN("\xef\xbc\x91\r\n"),
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(is_bad(bad[i]), "%s", bad[i].at);
}

TEST(every_byte_that_is_no_hex_digit_spoils_a_size)
{
    for (int c = 0; c < 256; c++) {
        char text[] = { (char)c, '\r', '\n' };
        bool hex = c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL;

        ck_assert_int_eq(is_bad((struct span){ text, sizeof text }), !hex);
    }
}

TEST(a_size_has_a_bound_and_does_not_wrap_around)
{
    ck_assert(is_waited_for(SPAN("fffffffffffffff\r\nx")));
    ck_assert(is_bad(SPAN("1000000000000000\r\nx")));
    ck_assert(is_bad(SPAN("ffffffffffffffff\r\nx")));
    ck_assert(is_bad(SPAN("fffffffffffffff0\r\nx")));
    ck_assert(is_bad(SPAN("10000000000000000\r\nx")));
    ck_assert(is_bad(SPAN("10000000000000001\r\nx\r\n")));
    ck_assert(is_bad(SPAN("0000000000000000000000000000000000000005\r\nhello\r\n")));
    ck_assert(decodes(SPAN("000000000000005\r\nhello\r\n0\r\n\r\n"), "hello", 0));
}

TEST(the_bound_holds_for_each_size_anew)
{
    ck_assert(decodes(
        SPAN("000000000000001\r\na\r\n000000000000001\r\nb\r\n000000000000000\r\n\r\n"), "ab", 0));
}

TEST(a_line_of_a_chunked_body_ends_with_cr_and_lf_and_nothing_else)
{
    static const struct span bad[] = {
        SPAN("5\nhello\r\n0\r\n\r\n"),
        SPAN("5\rhello\r\n0\r\n\r\n"),
        SPAN("5\r\rhello\r\n"),
        SPAN("5\rX"),
        SPAN("5\r\nhello\n0\r\n\r\n"),
        SPAN("5\r\nhello\r0\r\n\r\n"),
        SPAN("5\r\nhelloXX0\r\n\r\n"),
        SPAN("5\r\nhello0\r\n\r\n"),
        SPAN("5\r\nhello \r\n0\r\n\r\n"),
        SPAN("5\r\nhello\r\n\r\n0\r\n\r\n"),
        SPAN("5\r\nhello\rX0\r\n\r\n"),
        SPAN("5\r\nhello!\r\n0\r\n\r\n"),
        SPAN("5;a\nhello\r\n"),
        SPAN("5;a\rhello\r\n"),
        SPAN("0\n\n"),
        SPAN("0\r\n\n"),
        SPAN("0\r\n\rX"),
        SPAN("0\r\n\r\r"),
        SPAN("0\n\r\n"),
        SPAN("0\r\r\n"),
        SPAN("0\r\nX: 1\n\r\n"),
        SPAN("0\r\nX: 1\rY: 2\r\n\r\n"),
        SPAN("0\r\nX: 1\r\n\n"),
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(is_bad(bad[i]), "%s", bad[i].at);
}

TEST(trailers_are_dropped)
{
    ck_assert(decodes(SPAN("1\r\na\r\n0\r\nX: 1\r\n\r\n"), "a", 0));
    ck_assert(decodes(SPAN("0\r\nX:\r\nY: a:b \t\xe9\r\n\r\n"), "", 0));
    ck_assert(decodes(SPAN("0\r\nContent-Length: 5\r\n\r\nhello"), "", 5));
    ck_assert(decodes(SPAN("0\r\nTransfer-Encoding: chunked\r\n\r\n5"), "", 1));
}

TEST(trailers_are_read_as_strictly_as_fields)
{
    static const struct span bad[] = {
        SPAN("0\r\nX Y: 1\r\n\r\n"),
        SPAN("0\r\nX : 1\r\n\r\n"),
        SPAN("0\r\n: 1\r\n\r\n"),
        SPAN("0\r\n:\r\n\r\n"),
        SPAN("0\r\n::\r\n\r\n"),
        SPAN("0\r\n::1\r\n\r\n"),
        SPAN("0\r\nX\r\n\r\n"),
        SPAN("0\r\n X: 1\r\n\r\n"),
        SPAN("0\r\n\tX: 1\r\n\r\n"),
        SPAN("0\r\nX: 1\r\n a\r\n\r\n"),
        SPAN("0\r\n \r\n\r\n"),
        SPAN("0\r\nX: \x01\r\n\r\n"),
        SPAN("0\r\nX:\0\r\n\r\n"),
        SPAN("0\r\nX: \x7f\r\n\r\n"),
        SPAN("0\r\nX\0: 1\r\n\r\n"),
        SPAN("0\r\ncaf\xc3\xa9: 1\r\n\r\n"),
        SPAN("0\r\nGET / HTTP/1.1\r\n\r\n"),
        SPAN("0\r\nX: 1\r\nY\r\n\r\n"),
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(is_bad(bad[i]), "%s", bad[i].at);
}

/* Reads COUNT times PIECE, then END. Gives the news at the end. */
static enum framing_news read_many(const char *piece, size_t count, const char *end)
{
    struct framing framing = framing_of(BODY_CHUNKED, 0);
    enum framing_news news = FRAMING_WAIT;
    struct span data;

    for (size_t i = 0; i <= count; i++) {
        struct span input = span_of(i < count ? piece : end);

        while (input.len > 0 && news != FRAMING_BAD && news != FRAMING_END)
            news = framing_read(&framing, &input, SIZE_MAX, &data);
    }
    return news;
}

TEST(the_extensions_of_a_whole_body_have_a_bound)
{
    ck_assert_int_eq(read_many("1;abcdefghijklmno\r\nx\r\n", 900, "0\r\n\r\n"), FRAMING_END);
    ck_assert_int_eq(read_many("1;abcdefghijklmno\r\nx\r\n", 1100, "0\r\n\r\n"), FRAMING_BAD);
    ck_assert_int_eq(read_many("1\r\nx\r\n", 100000, "0\r\n\r\n"), FRAMING_END);
}

TEST(the_trailers_of_a_body_have_a_bound)
{
    static char line[20000] = "X: ";

    memset(line + 3, 'a', sizeof line - 4);
    ck_assert_int_eq(read_many("0\r\n", 1, line), FRAMING_BAD);
    line[10000] = '\0';
    ck_assert_int_eq(read_many("0\r\n", 1, line), FRAMING_WAIT);
    ck_assert_int_eq(read_many("1\r\nx\r\n", 2, "0\r\nX: 1\r\n\r\n"), FRAMING_END);
}

SUITE(framing, length_and_coding_exclude_each_other, framing_fields_stand_alone,
      framing_fields_say_what_everybody_understands, no_body_ends_before_it_begins,
      a_body_with_a_length_is_that_long, a_length_may_be_larger_than_any_memory,
      a_body_until_the_close_never_ends_here, without_room_nothing_is_taken_of_a_body,
      without_room_the_data_of_a_chunk_stay, chunks_are_put_together, every_hex_digit_counts,
      what_follows_the_last_chunk_belongs_to_the_next_message, an_end_stays_an_end,
      what_was_bad_stays_bad, a_body_cut_short_is_waited_for, extensions_are_dropped,
      extensions_follow_their_grammar, a_size_is_hex_digits_and_nothing_else,
      every_byte_that_is_no_hex_digit_spoils_a_size, a_size_has_a_bound_and_does_not_wrap_around,
      the_bound_holds_for_each_size_anew,
      a_line_of_a_chunked_body_ends_with_cr_and_lf_and_nothing_else, trailers_are_dropped,
      trailers_are_read_as_strictly_as_fields, the_extensions_of_a_whole_body_have_a_bound,
      the_trailers_of_a_body_have_a_bound);
