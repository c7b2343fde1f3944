/* Chunks: what is put together, and what is refused. */
#include "http/framing.h"

#include "bodies.h"
#include "support/test.h"

#include <stdio.h>

/* Is INPUT, in chunks, the body DATA, with LEFT bytes behind it? */
static bool decodes(struct span input, const char *data, size_t left)
{
    struct taken_body result = bodies_take(bodies_framing(BODY_CHUNKED, 0), input);
    bool same = result.news == FRAMING_END && result.length == strlen(data) &&
                memcmp(result.data, data, result.length) == 0 && result.used + left == input.len;

    if (!same)
        printf("%.*s\n", SPAN_ARG(input));
    return same;
}

static bool is_bad(struct span input)
{
    return bodies_take(bodies_framing(BODY_CHUNKED, 0), input).news == FRAMING_BAD;
}

static bool is_waited_for(struct span input)
{
    return bodies_take(bodies_framing(BODY_CHUNKED, 0), input).news == FRAMING_WAIT;
}

TEST(without_room_the_data_of_a_chunk_stay)
{
    struct framing framing = bodies_framing(BODY_CHUNKED, 0);
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
    struct framing framing = bodies_framing(BODY_CHUNKED, 0);
    struct span input = SPAN("0\r\n\r\n0\r\n\r\n");
    struct span data;

    ck_assert_int_eq(framing_read(&framing, &input, 9, &data), FRAMING_END);
    ck_assert_int_eq(framing_read(&framing, &input, 9, &data), FRAMING_END);
    ck_assert_uint_eq(input.len, 5);
}

TEST(what_was_bad_stays_bad)
{
    struct framing framing = bodies_framing(BODY_CHUNKED, 0);
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

TEST(white_space_is_read_where_the_grammar_has_some)
{
    ck_assert(decodes(SPAN("1 ;a\r\nx\r\n0 \t; b\r\n\r\n"), "x", 0));
    ck_assert(decodes(SPAN("1; a =\tb ; c = \"d\" ;e ;f\r\nx\r\n0\r\n\r\n"), "x", 0));
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
        SPAN("1;a \r\nx\r\n"),         SPAN("1 a\r\nx\r\n"),
        SPAN("1;a=b \r\nx\r\n"),       SPAN("1;a= \r\nx\r\n"),
        SPAN("1;a=\"b\"\t\r\nx\r\n"),  SPAN("1; \r\nx\r\n"),
        SPAN("1 =b\r\nx\r\n"),         SPAN("1;a = b c\r\nx\r\n"),
        SPAN("1 ;a \n\r\nx\r\n"),      SPAN("1\v;a\r\nx\r\n"),
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
    struct framing framing = bodies_framing(BODY_CHUNKED, 0);
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

TEST(only_so_many_trailers_are_read)
{
    char text[700] = "0\r\n";

    for (unsigned n = 0; n <= 101; n++) {
        strcpy(text + 3 + 4 * n, "\r\n");
        ck_assert_int_eq(read_many(text, 1, ""), n <= 100 ? FRAMING_END : FRAMING_BAD);
        strcpy(text + 3 + 4 * n, "X:\r\n");
    }
}

SUITE(chunks, without_room_the_data_of_a_chunk_stay, chunks_are_put_together,
      every_hex_digit_counts, what_follows_the_last_chunk_belongs_to_the_next_message,
      an_end_stays_an_end, what_was_bad_stays_bad, a_body_cut_short_is_waited_for,
      extensions_are_dropped, white_space_is_read_where_the_grammar_has_some,
      extensions_follow_their_grammar, a_size_is_hex_digits_and_nothing_else,
      every_byte_that_is_no_hex_digit_spoils_a_size, a_size_has_a_bound_and_does_not_wrap_around,
      the_bound_holds_for_each_size_anew,
      a_line_of_a_chunked_body_ends_with_cr_and_lf_and_nothing_else, trailers_are_dropped,
      trailers_are_read_as_strictly_as_fields, the_extensions_of_a_whole_body_have_a_bound,
      the_trailers_of_a_body_have_a_bound, only_so_many_trailers_are_read);
