/* Watching the bytes of a head as they come. That every verdict is the same wherever the bytes are
 * cut is checked by heads_scan, each time it is called. */
#include "http/parse.h"

#include "heads.h"
#include "support/test.h"

static const char plain[] = "GET /a HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";

/* How far parse_scan comes with TEXT. */
static enum parse_news scan(struct span text, const struct parse_limits *limits, enum err *err)
{
    struct reading reading;

    heads_scan(&reading, text, limits);
    *err = reading.err;
    return reading.news;
}

/* Is TEXT refused with ERR by parse_scan? */
static bool is_refused(struct span text, enum err err)
{
    enum err verdict;

    return scan(text, &heads_limits, &verdict) == PARSE_BAD && verdict == err;
}

static bool is_head(struct span text)
{
    enum err verdict;

    return scan(text, &heads_limits, &verdict) == PARSE_HEAD;
}

static bool is_waited_for(struct span text)
{
    enum err verdict;

    return scan(text, &heads_limits, &verdict) == PARSE_WAIT;
}

TEST(a_head_ends_with_an_empty_line)
{
    struct reading reading;

    heads_scan(&reading, SPAN(plain), &heads_limits);
    ck_assert_int_eq(reading.news, PARSE_HEAD);
    ck_assert_uint_eq(reading.used, sizeof plain - 1);
}

TEST(a_head_that_is_not_complete_is_waited_for)
{
    for (size_t n = 0; n < sizeof plain - 1; n++)
        ck_assert(is_waited_for((struct span){ plain, n }));
}

TEST(what_follows_a_head_is_not_looked_at)
{
    struct reading reading;

    heads_scan(&reading, SPAN("GET / HTTP/1.0\r\n\r\n\0\r\x01 anything\n"), &heads_limits);
    ck_assert_int_eq(reading.news, PARSE_HEAD);
    ck_assert_uint_eq(reading.used, 18);
}

TEST(a_head_without_fields_is_a_head)
{
    ck_assert(is_head(SPAN("GET / HTTP/1.0\r\n\r\n")));
}

TEST(an_empty_line_is_no_start_line)
{
    ck_assert(is_refused(SPAN("\r\n"), ERR_MALFORMED));
    ck_assert(is_refused(SPAN("\r\nGET / HTTP/1.0\r\n\r\n"), ERR_MALFORMED));
}

TEST(empty_lines_in_front_are_counted_in_bytes)
{
    size_t lines = 0;

    ck_assert_uint_eq(parse_empty_lines(SPAN(""), &lines), 0);
    ck_assert_uint_eq(parse_empty_lines(SPAN("\r"), &lines), 0);
    ck_assert_uint_eq(parse_empty_lines(SPAN("\n\r\n"), &lines), 0);
    ck_assert_uint_eq(parse_empty_lines(SPAN("\r\n"), &lines), 2);
    ck_assert_uint_eq(parse_empty_lines(SPAN("\r\n\r\n\rG"), &lines), 4);
    ck_assert_uint_eq(parse_empty_lines(SPAN("\r\nGET / HTTP/1.0\r\n"), &lines), 2);
    ck_assert_uint_eq(lines, 4);
}

TEST(only_so_many_empty_lines_are_none)
{
    size_t lines = 0;

    for (int i = 0; i < PARSE_EMPTY_MAX / 2; i++)
        ck_assert_uint_eq(parse_empty_lines(SPAN("\r\n\r\n"), &lines), 4);
    ck_assert_uint_eq(parse_empty_lines(SPAN("\r\n"), &lines), 0);
    ck_assert_uint_eq(parse_empty_lines(SPAN("\r\nGET"), &lines), 0);
    lines = PARSE_EMPTY_MAX - 1;
    ck_assert_uint_eq(parse_empty_lines(SPAN("\r\n\r\n\r\n"), &lines), 2);
}

TEST(a_line_ends_with_cr_and_lf_and_nothing_else)
{
    static const struct span texts[] = {
        SPAN("GET / HTTP/1.1\nHost: a\n\n"),
        SPAN("GET / HTTP/1.1\nHost: a\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\r\n\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\n\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\r\rX: b\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nX: a\rY: b\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\r\n\rX"),
        SPAN("GET /\rHTTP/1.1\r\n\r\n"),
        SPAN("\nGET / HTTP/1.1\r\n\r\n"),
        SPAN("\rGET / HTTP/1.1\r\n\r\n"),
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(is_refused(texts[i], ERR_MALFORMED), "case %zu", i);
}

TEST(a_control_is_refused_wherever_it_stands)
{
    for (int c = 0; c < 0x80; c = c == 0x1f ? 0x7f : c + 1) {
        for (size_t at = 0; at < sizeof plain - 1; at++) {
            char text[sizeof plain];
            struct parse parse;
            enum err err = OK;

            memcpy(text, plain, sizeof plain);
            if (c == '\t' || text[at] == (char)c)
                continue;
            text[at] = (char)c;
            parse_begin(&parse);
            parse_scan(&parse, (struct span){ text, sizeof plain - 1 }, &heads_limits, &err);
            ck_assert_msg(err == ERR_MALFORMED, "%d at %zu", c, at);
        }
    }
}

TEST(a_tab_and_bytes_above_ascii_may_stand_in_a_value)
{
    ck_assert(is_head(SPAN("GET / HTTP/1.1\r\nX: a\tb\x80\xff\r\n\r\n")));
}

TEST(a_line_that_begins_with_a_blank_is_refused)
{
    static const struct span texts[] = {
        SPAN(" GET / HTTP/1.1\r\n\r\n"),
        SPAN("\tGET / HTTP/1.1\r\n\r\n"),
        SPAN("\r\n GET / HTTP/1.1\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nTransfer-Encoding:\r\n\tchunked\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\r\n\t\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nHost: a\r\n "),
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(is_refused(texts[i], ERR_MALFORMED), "case %zu", i);
}

TEST(what_speaks_another_protocol_is_refused_at_once)
{
    ck_assert(is_refused(SPAN("\x16\x03\x01"), ERR_MALFORMED));
    ck_assert(is_refused(SPAN("\x00\x00"), ERR_MALFORMED));
}

/* What parse_start says of TEXT after parse_scan. */
static enum err start_of(struct span text, bool is_request, const char **why)
{
    struct parse parse;
    enum err verdict;
    enum err first;

    parse_begin(&parse);
    parse_scan(&parse, text, &heads_limits, &verdict);
    first = parse_start(&parse, text, is_request);
    *why = parse.why;
    ck_assert_int_eq(parse_start(&parse, text, is_request), OK);
    return first;
}

TEST(a_start_line_that_is_bad_is_known_before_the_head_is_complete)
{
    const char *why;

    ck_assert_int_eq(start_of(SPAN("GET /\r\n"), true, &why), ERR_MALFORMED);
    ck_assert_str_eq(why, "bad target");
    ck_assert_int_eq(start_of(SPAN("GET / HTTP/2.0\r\nHost: a"), true, &why), ERR_VERSION);
    ck_assert_int_eq(start_of(SPAN("HELLO\r\n"), false, &why), ERR_MALFORMED);
    ck_assert_int_eq(start_of(SPAN("GET / HTTP/1.1\r\n"), false, &why), ERR_MALFORMED);
    ck_assert_str_eq(why, "bad version");
}

TEST(a_start_line_that_is_bad_is_told_of_rather_than_what_stands_behind_it)
{
    const char *why;

    ck_assert_int_eq(start_of(SPAN("GET / HTTP/2.0\r\nA\n"), true, &why), ERR_VERSION);
    ck_assert_str_eq(why, "version is not HTTP/1");
}

TEST(a_start_line_that_is_good_or_not_complete_is_not_complained_of)
{
    const char *why;

    for (size_t n = 0; n < sizeof plain - 1; n++) {
        ck_assert_int_eq(start_of((struct span){ plain, n }, true, &why), OK);
        ck_assert_ptr_null(why);
    }
    ck_assert_int_eq(start_of(SPAN("GET /\r"), true, &why), OK);
    ck_assert_int_eq(start_of(SPAN("HTTP/1.1 200 OK\r\nA:"), false, &why), OK);
    ck_assert_int_eq(start_of(SPAN("GET / HTTP/1.1\r\n A"), true, &why), OK);
    ck_assert_str_eq(why, "line begins with white space");
}

TEST(the_bytes_of_a_head_have_a_bound)
{
    for (size_t limit = 0; limit < sizeof plain + 10; limit++) {
        struct parse_limits limits = { .head = limit, .fields = 100 };
        enum err err;
        enum parse_news news = scan(SPAN(plain), &limits, &err);

        if (limit >= sizeof plain - 1)
            ck_assert_int_eq(news, PARSE_HEAD);
        else if (limit >= sizeof "GET /a HTTP/1.1\r\n" - 1)
            ck_assert(news == PARSE_BAD && err == ERR_HEAD_LARGE);
        else
            ck_assert(news == PARSE_BAD && err == ERR_TARGET_LONG);
    }
}

TEST(a_head_as_long_as_the_bound_is_taken)
{
    static const char text[] = "GET / HTTP/1.0\r\n\r\n";
    enum err err;

    ck_assert_int_eq(scan(SPAN(text), &(struct parse_limits){ .head = 18, .fields = 100 }, &err),
                     PARSE_HEAD);
    ck_assert_int_eq(scan(SPAN(text), &(struct parse_limits){ .head = 17, .fields = 100 }, &err),
                     PARSE_BAD);
    ck_assert_int_eq(err, ERR_HEAD_LARGE);
}

TEST(the_bound_counts_although_no_line_ends)
{
    static char text[1000];
    enum err err;

    memset(text, 'x', sizeof text);
    ck_assert_int_eq(scan(SPAN(text), &(struct parse_limits){ .head = 100, .fields = 100 }, &err),
                     PARSE_BAD);
    ck_assert_int_eq(err, ERR_TARGET_LONG);
    memcpy(text, "GET / HTTP/1.1\r\nX:", 18);
    ck_assert_int_eq(scan(SPAN(text), &(struct parse_limits){ .head = 100, .fields = 100 }, &err),
                     PARSE_BAD);
    ck_assert_int_eq(err, ERR_HEAD_LARGE);
}

/* Whether a head is refused for what it holds or for how long it is must not depend on how much of
 * it the last read has brought. */
TEST(a_head_both_bad_and_long_is_refused_for_one_reason)
{
    static const struct span texts[] = {
        SPAN("GET / HTTP/1.1\r\n folded and long, folded and long, folded and long\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nX: 1\r\n folded and long, folded and long, folded\r\n\r\n"),
        SPAN("GET / HTTP/1.1\r\nX: long and bad, long and bad, long and bad\nY: \x01\r\n\r\n"),
        SPAN(" long and folded, long and folded, long and folded, long and folded\r\n\r\n"),
        SPAN("\r\n\r\n\r\nGET /a/long/one/a/long/one HTTP/1.1\r\n\r\n"),
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t limit = 0; limit < 100; limit++) {
            enum err err;

            ck_assert_int_eq(
                scan(texts[i], &(struct parse_limits){ .head = limit, .fields = 1 }, &err),
                PARSE_BAD);
        }
    }
}

TEST(the_fields_of_a_head_have_a_bound)
{
    static const char text[] = "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n";

    for (unsigned fields = 0; fields < 8; fields++) {
        struct parse_limits limits = { .head = 1000, .fields = fields };
        enum err err;
        enum parse_news news = scan(SPAN(text), &limits, &err);

        if (fields >= 4)
            ck_assert_int_eq(news, PARSE_HEAD);
        else
            ck_assert(news == PARSE_BAD && err == ERR_HEAD_LARGE);
    }
}

/* What scanning TEXT, in whatever pieces, ends with: why it is refused, or "fine". */
static const char *scan_with(struct span text, const struct parse_limits *limits)
{
    struct reading reading;

    heads_scan(&reading, text, limits);
    return reading.news == PARSE_BAD ? reading.why : "fine";
}

TEST(the_start_line_has_a_bound_of_its_own)
{
    static const char text[] = "GET /abcdef HTTP/1.1\r\nHost: a\r\n\r\n";
    static const size_t len = sizeof "GET /abcdef HTTP/1.1" - 1;

    for (size_t line = 1; line < sizeof text + 5; line++) {
        struct parse_limits limits = { .head = 1000, .fields = 100, .line = line };
        const char *why = scan_with(SPAN(text), &limits);

        ck_assert_str_eq(why, line >= len ? "fine" : "start line too long");
    }
    ck_assert_str_eq(scan_with(SPAN("GET /abcdef"),
                               &(struct parse_limits){ .head = 1000, .fields = 100, .line = 10 }),
                     "start line too long");
}

TEST(a_field_has_a_bound_of_its_own_wherever_it_stands)
{
    static const char text[] = "GET /abcdef HTTP/1.1\r\nA: 1\r\nB: 1234567\r\nC: 12\r\n\r\n";
    static const size_t len = sizeof "B: 1234567" - 1;

    for (size_t field = 1; field < 30; field++) {
        struct parse_limits limits = { .head = 1000, .fields = 100, .field = field };
        const char *why = scan_with(SPAN(text), &limits);

        ck_assert_str_eq(why, field >= len ? "fine" : "field too large");
    }
    ck_assert_str_eq(scan_with(SPAN("GET / HTTP/1.1\r\nLong"),
                               &(struct parse_limits){ .head = 1000, .fields = 100, .field = 3 }),
                     "field too large");
}

TEST(an_empty_field_needs_no_more_than_its_name_and_a_colon)
{
    ck_assert_str_eq(scan_with(SPAN("GET / HTTP/1.1\r\nAb:\r\n\r\n"),
                               &(struct parse_limits){ .head = 1000, .fields = 100, .field = 3 }),
                     "fine");
}

TEST(the_bound_that_is_met_first_is_the_one_that_is_told)
{
    static const char text[] = "GET / HTTP/1.1\r\nA: 1\r\nB: 1234567890123456789\r\n\r\n";

    for (size_t head = 0; head < sizeof text + 2; head++) {
        for (size_t field = 1; field < 30; field++) {
            struct parse_limits limits = {
                .head = head, .fields = 1, .line = 10 + head / 4, .field = field
            };

            ck_assert_str_ne(scan_with(SPAN(text), &limits), "fine");
        }
    }
    ck_assert_str_eq(
        scan_with(SPAN(text), &(struct parse_limits){ .head = 37, .fields = 2, .field = 12 }),
        "field too large");
    ck_assert_str_eq(
        scan_with(SPAN(text), &(struct parse_limits){ .head = 36, .fields = 2, .field = 12 }),
        "head too large");
}

SUITE(parse, the_start_line_has_a_bound_of_its_own,
      a_field_has_a_bound_of_its_own_wherever_it_stands,
      an_empty_field_needs_no_more_than_its_name_and_a_colon,
      the_bound_that_is_met_first_is_the_one_that_is_told, a_head_ends_with_an_empty_line,
      a_head_that_is_not_complete_is_waited_for, what_follows_a_head_is_not_looked_at,
      a_head_without_fields_is_a_head, an_empty_line_is_no_start_line,
      empty_lines_in_front_are_counted_in_bytes, only_so_many_empty_lines_are_none,
      a_line_ends_with_cr_and_lf_and_nothing_else, a_control_is_refused_wherever_it_stands,
      a_tab_and_bytes_above_ascii_may_stand_in_a_value, a_line_that_begins_with_a_blank_is_refused,
      what_speaks_another_protocol_is_refused_at_once,
      a_start_line_that_is_bad_is_known_before_the_head_is_complete,
      a_start_line_that_is_bad_is_told_of_rather_than_what_stands_behind_it,
      a_start_line_that_is_good_or_not_complete_is_not_complained_of,
      the_bytes_of_a_head_have_a_bound, a_head_as_long_as_the_bound_is_taken,
      the_bound_counts_although_no_line_ends, a_head_both_bad_and_long_is_refused_for_one_reason,
      the_fields_of_a_head_have_a_bound);
