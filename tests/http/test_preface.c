/* The PROXY header: what is read, and what is printed. */
#include "http/preface.h"

#include "support/test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

/* What came of reading. */
struct taken {
    enum preface_news news;
    size_t len;
    const char *why;
    struct preface preface;
};

/* A copy that ends where its memory ends. */
static struct taken read_exactly(struct span bytes)
{
    struct taken t = { .len = 0, .why = "" };
    char *copy = malloc(bytes.len + 1);

    memcpy(copy, bytes.at, bytes.len);
    copy = realloc(copy, bytes.len > 0 ? bytes.len : 1);
    t.news = preface_read(&t.preface, (struct span){ copy, bytes.len }, &t.len, &t.why);
    free(copy);
    return t;
}

/* Reads BYTES, a byte more at a time, as long as more is wanted; and all at once, which must come
 * to the same. */
static struct taken take(struct span bytes)
{
    struct taken all = read_exactly(bytes);
    struct taken grown = { .news = PREFACE_WAIT };

    for (size_t len = 0; len <= bytes.len && grown.news == PREFACE_WAIT; len++)
        grown = read_exactly((struct span){ bytes.at, len });
    ck_assert_int_eq(grown.news, all.news);
    if (all.news == PREFACE_READ)
        ck_assert_uint_eq(grown.len, all.len);
    if (all.news == PREFACE_BAD)
        ck_assert_str_eq(grown.why, all.why);
    return all;
}

/* Is TEXT, with something behind it, a header of its length, for a connection from FROM to AT? Both
 * are empty if it speaks for itself. */
static bool speaks(struct span text, const char *from, const char *at)
{
    char more[PREFACE_MAX + 100];
    char shown[2][ADDR_TEXT] = { "", "" };
    struct taken t;

    memcpy(more, text.at, text.len);
    memcpy(more + text.len, "GET", 3);
    t = take((struct span){ more, text.len + 3 });
    ck_assert_int_eq(t.news, PREFACE_READ);
    ck_assert_uint_eq(t.len, text.len);
    if (!t.preface.is_local) {
        addr_print(&t.preface.from, shown[0]);
        addr_print(&t.preface.at, shown[1]);
    }
    return strcmp(shown[0], from) == 0 && strcmp(shown[1], at) == 0;
}

static bool is_bad(struct span bytes, const char *why)
{
    struct taken t = take(bytes);

    return t.news == PREFACE_BAD && strcmp(t.why, why) == 0;
}

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

TEST(a_line_says_who_has_connected_and_where)
{
    ck_assert(speaks(SPAN("PROXY TCP4 192.0.2.1 198.51.100.7 40312 443\r\n"), "192.0.2.1:40312",
                     "198.51.100.7:443"));
    ck_assert(
        speaks(SPAN("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n"), "[2001:db8::1]:1", "[::1]:65535"));
    ck_assert(speaks(SPAN("PROXY TCP4 0.0.0.0 255.255.255.255 0 0\r\n"), "0.0.0.0:0",
                     "255.255.255.255:0"));
}

TEST(a_line_of_whom_nothing_is_known_speaks_for_itself)
{
    ck_assert(speaks(SPAN("PROXY UNKNOWN\r\n"), "", ""));
    ck_assert(speaks(SPAN("PROXY UNKNOWN ffff::1 whatever\r\n"), "", ""));
}

TEST(other_lines_are_bad)
{
    static const char *const lines[] = {
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP4 \r\n",
        "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
        "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4\t1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.256 1 2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 1.2.3.4 ::1 1 2\r\n",
        "PROXY TCP6 [::1] ::1 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rX",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ck_assert_msg(is_bad(span_of(lines[i]), "bad PROXY header"), "%s", lines[i]);
    ck_assert(is_bad(SPAN("PROXY TCP4 1.2.3.4\0 1.2.3.4 1 2\r\n"), "bad PROXY header"));
}

TEST(what_is_no_header_is_known_by_its_first_odd_byte)
{
    ck_assert(is_bad(SPAN("G"), "no PROXY header"));
    ck_assert(is_bad(SPAN("PRO "), "no PROXY header"));
    ck_assert(is_bad(SPAN("PROXYTCP4"), "no PROXY header"));
    ck_assert(is_bad(SPAN("proxy "), "no PROXY header"));
    ck_assert(is_bad(SPAN("\r\n\r\nGET"), "no PROXY header"));
    ck_assert(is_bad(SPAN("\0"), "no PROXY header"));
    ck_assert_int_eq(take(SPAN("")).news, PREFACE_WAIT);
    ck_assert_int_eq(take(SPAN("PROX")).news, PREFACE_WAIT);
    ck_assert_int_eq(take(SPAN("\r\n\r\n")).news, PREFACE_WAIT);
}

TEST(a_line_has_107_bytes_at_most)
{
    char line[120];
    size_t len = (size_t)snprintf(line, sizeof line, "PROXY UNKNOWN ");

    memset(line + len, 'x', sizeof line - len);
    memcpy(line + 105, "\r\n", 2);
    ck_assert(speaks((struct span){ line, 107 }, "", ""));
    line[105] = 'x';
    memcpy(line + 106, "\r\n", 2);
    ck_assert(is_bad((struct span){ line, 108 }, "PROXY header too long"));
    ck_assert_int_eq(take((struct span){ line, 106 }).news, PREFACE_WAIT);
}

TEST(a_block_says_who_has_connected_and_where)
{
    ck_assert(speaks(SPAN(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\7\x9d\x78\1\xbb"),
                     "192.0.2.1:40312", "198.51.100.7:443"));
    ck_assert(speaks(SPAN(SIGNATURE "\x21\x21\0\x24\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
                                    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\1\xff\xff"),
                     "[2001:db8::1]:1", "[::1]:65535"));
    /* With two things told besides, one of them of no length. */
    ck_assert(speaks(SPAN(SIGNATURE "\x21\x11\0\x14\1\2\3\4\5\6\7\x8\0\1\0\2\1\0\2h2\4\0\0"),
                     "1.2.3.4:1", "5.6.7.8:2"));
}

TEST(a_block_without_addresses_speaks_for_itself)
{
    char text[16 + 216] = SIGNATURE "\x21\x31\0\xd8";

    ck_assert(speaks(SPAN(SIGNATURE "\x20\0\0\0"), "", ""));
    ck_assert(speaks(SPAN(SIGNATURE "\x20\x11\0\x0c............"), "", ""));
    ck_assert(speaks(SPAN(SIGNATURE "\x20\x11\0\3???"), "", ""));
    ck_assert(speaks(SPAN(SIGNATURE "\x21\0\0\2??"), "", ""));
    ck_assert(speaks((struct span){ text, sizeof text }, "", ""));
}

TEST(other_blocks_are_bad)
{
    static const struct span blocks[] = {
        SPAN(SIGNATURE "\x22\x11\0\x0c............"), /* an unknown command, */
        SPAN(SIGNATURE "\x11\x11\0\x0c............"), /* or version, */
        SPAN(SIGNATURE "\x31\x11\0\x0c............"),
        SPAN(SIGNATURE "\x21\x12\0\x0c............"), /* UDP, */
        SPAN(SIGNATURE "\x21\x11\0\x0b..........."),  /* too little for its addresses, */
        SPAN(SIGNATURE "\x21\x21\0\x0c............"),
        SPAN(SIGNATURE "\x21\x11\0\x0e..............\4"),      /* and what is told besides */
        SPAN(SIGNATURE "\x21\x11\0\x0f............\4\0\1"),    /* is not all there, */
        SPAN(SIGNATURE "\x21\x11\0\x11............\4\0\1x\4"), /* or more than there is */
    };

    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        ck_assert_msg(is_bad(blocks[i], "bad PROXY header"), "block %zu", i);
    ck_assert(is_bad(SPAN(SIGNATURE "\x21\x11\xff\xff"), "PROXY header too long"));
}

TEST(a_block_may_be_as_long_as_there_is_room_for)
{
    char text[PREFACE_MAX] = SIGNATURE "\x21\x11";
    size_t rest = sizeof text - 16;

    text[14] = (char)(rest >> 8);
    text[15] = (char)rest;
    text[28] = 4;
    text[29] = (char)((rest - 15) >> 8);
    text[30] = (char)(rest - 15);
    ck_assert(speaks((struct span){ text, sizeof text }, "0.0.0.0:0", "0.0.0.0:0"));
}

static struct addr address(const char *text, uint16_t port)
{
    struct addr a;

    ck_assert_int_eq(addr_resolve(&a, span_of(text), port), OK);
    return a;
}

/* Prints a header of VERSION, and reads it again: who has connected, and where? */
static void check_printed(enum config_proxy version, const char *from, const char *at,
                          const char *read_from, const char *read_at)
{
    char text[PREFACE_ROOM];
    struct addr a = address(from, 40312);
    struct addr b = address(at, 443);
    size_t len = preface_print(text, version, &a, &b);

    ck_assert_uint_le(len, PREFACE_ROOM);
    ck_assert(speaks((struct span){ text, len }, read_from, read_at));
}

TEST(what_is_printed_is_what_is_read)
{
    char text[PREFACE_ROOM];
    struct addr from = address("192.0.2.1", 40312);
    struct addr at = address("198.51.100.7", 443);
    size_t len = preface_print(text, PROXY_V1, &from, &at);

    ck_assert(span_eq((struct span){ text, len },
                      SPAN("PROXY TCP4 192.0.2.1 198.51.100.7 40312 443\r\n")));
    len = preface_print(text, PROXY_V2, &from, &at);
    ck_assert(span_eq((struct span){ text, len },
                      SPAN(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\7\x9d\x78\1\xbb")));
    for (enum config_proxy v = PROXY_V1; v <= PROXY_V2; v++) {
        check_printed(v, "192.0.2.1", "10.0.0.1", "192.0.2.1:40312", "10.0.0.1:443");
        check_printed(v, "2001:db8::1", "::1", "[2001:db8::1]:40312", "[::1]:443");
        check_printed(v, "192.0.2.1", "::1", "[::ffff:192.0.2.1]:40312", "[::1]:443");
        check_printed(v, "::1", "192.0.2.1", "[::1]:40312", "[::ffff:192.0.2.1]:443");
        check_printed(v, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
                      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                      "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:40312",
                      "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:443");
    }
}

TEST(who_speaks_for_himself_says_so)
{
    char text[PREFACE_ROOM];

    ck_assert(span_eq((struct span){ text, preface_print(text, PROXY_V1, NULL, NULL) },
                      SPAN("PROXY UNKNOWN\r\n")));
    ck_assert(span_eq((struct span){ text, preface_print(text, PROXY_V2, NULL, NULL) },
                      SPAN(SIGNATURE "\x20\0\0\0")));
}

SUITE(preface, a_line_says_who_has_connected_and_where,
      a_line_of_whom_nothing_is_known_speaks_for_itself, other_lines_are_bad,
      what_is_no_header_is_known_by_its_first_odd_byte, a_line_has_107_bytes_at_most,
      a_block_says_who_has_connected_and_where, a_block_without_addresses_speaks_for_itself,
      other_blocks_are_bad, a_block_may_be_as_long_as_there_is_room_for,
      what_is_printed_is_what_is_read, who_speaks_for_himself_says_so);
