/* What is refused because another recipient could read it differently, in heads of requests. Many
 * of these pass Debian's http_parser. */
#include "http/parse.h"

#include "heads.h"
#include "support/test.h"

#include <stdio.h>

#define START "GET / HTTP/1.1\r\nHost: a\r\n"

/* Are all COUNT TEXTS, behind BEFORE and in front of BEHIND, refused with ERR? */
static bool all_refused(const struct span *texts, size_t count, const char *before,
                        const char *behind, enum err err)
{
    for (size_t i = 0; i < count; i++) {
        char whole[2048];
        size_t length = strlen(before);
        enum err verdict;

        memcpy(whole, before, length);
        memcpy(whole + length, texts[i].at, texts[i].len);
        length += texts[i].len;
        memcpy(whole + length, behind, strlen(behind));
        verdict = heads_request_verdict((struct span){ whole, length + strlen(behind) });
        if (verdict != err) {
            printf("%s for \"%.*s\"\n", err_text(verdict), SPAN_ARG(texts[i]));
            return false;
        }
    }
    return true;
}

/* Are all these field lines refused with ERR? */
#define REFUSED_FIELDS(err, ...)                                                                   \
    all_refused((const struct span[]){ __VA_ARGS__ },                                              \
                sizeof((const struct span[]){ __VA_ARGS__ }) / sizeof(struct span), START,         \
                "\r\n\r\n", err)

/* Are all these start lines refused with ERR? */
#define REFUSED_STARTS(err, ...)                                                                   \
    all_refused((const struct span[]){ __VA_ARGS__ },                                              \
                sizeof((const struct span[]){ __VA_ARGS__ }) / sizeof(struct span), "",            \
                "\r\nHost: a\r\n\r\n", err)

TEST(a_field_name_is_a_token_with_a_colon)
{
    ck_assert(REFUSED_FIELDS(ERR_MALFORMED, SPAN("X Y: 1"), SPAN("X : 1"), SPAN("X\t: 1"),
                             SPAN("Content-Length : 5"), SPAN("Transfer-Encoding : chunked"),
                             SPAN("Host : a"), SPAN(": v"), SPAN(":"), SPAN("X"), SPAN("X=1"),
                             SPAN("X, Y"), SPAN("\"X\": 1"), SPAN("X(Y): 1"), SPAN("X/Y: 1"),
                             SPAN("X@Y: 1"), SPAN("[X]: 1"), SPAN("{X}: 1"), SPAN("X\\Y: 1"),
                             SPAN("X;Y: 1"), SPAN("X<Y>: 1"), SPAN("X?: 1"), SPAN("caf\xc3\xa9: 1"),
                             SPAN("\xa0X: 1"), SPAN("\xef\xbb\xbfX: 1")));
}

TEST(every_byte_that_is_no_token_spoils_a_field_name)
{
    for (int c = 0; c < 256; c++) {
        char text[] = START "Xx: 1\r\n\r\n";
        bool token = c > 0x20 && c < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;
        /* A colon ends the name, and a value may begin with a colon. */
        enum err err = token || c == ':' ? OK : ERR_MALFORMED;

        text[sizeof START] = (char)c;
        ck_assert_msg(heads_request_verdict((struct span){ text, sizeof text - 1 }) == err,
                      "octet %d", c);
    }
}

TEST(no_control_stands_in_a_value_not_even_first)
{
    ck_assert(REFUSED_FIELDS(ERR_MALFORMED, SPAN("X: a\0b"), SPAN("X:\0"), SPAN("X: \x01"),
                             SPAN("X:\x0b"), SPAN("X: \x7f"), SPAN("X: a\x7f"), SPAN("X: \x0c"),
                             SPAN("X: a\x08"), SPAN("X\0: a"), SPAN("Host\0: a")));
}

TEST(length_and_coding_together_are_refused_in_any_order_and_validity)
{
    ck_assert(REFUSED_FIELDS(ERR_MALFORMED, SPAN("Content-Length: 5\r\nTransfer-Encoding: chunked"),
                             SPAN("Transfer-Encoding: chunked\r\nContent-Length: 5"),
                             SPAN("Content-Length: 0\r\ntransfer-encoding: CHUNKED"),
                             SPAN("Content-Length: 5\r\nTransfer-Encoding: identity"),
                             SPAN("Content-Length: 5\r\nTransfer-Encoding: gzip"),
                             SPAN("Content-Length: 5\r\nTransfer-Encoding:"),
                             SPAN("Content-Length: 5\r\nX: 1\r\nTransfer-Encoding: xchunked"),
                             SPAN("Content-Length: x\r\nTransfer-Encoding: chunked"),
                             SPAN("Content-Length:\r\nTransfer-Encoding: chunked")));
}

TEST(a_length_stands_alone_and_is_a_number)
{
    ck_assert(REFUSED_FIELDS(
        ERR_MALFORMED, SPAN("Content-Length: 5\r\nContent-Length: 5"),
        SPAN("Content-Length: 5\r\nContent-Length: 6"),
        SPAN("Content-Length:\r\nContent-Length: 5"), SPAN("Content-Length: 5, 5"),
        SPAN("Content-Length: 5,5"), SPAN("Content-Length: 5 5"), SPAN("Content-Length: 5,"),
        SPAN("Content-Length: +5"), SPAN("Content-Length: -5"), SPAN("Content-Length: 0x5"),
        SPAN("Content-Length: 5.0"), SPAN("Content-Length: 5e1"), SPAN("Content-Length:"),
        SPAN("Content-Length: five"), SPAN("Content-Length: 5;"), SPAN("Content-Length: \"5\""),
        SPAN("Content-Length: \xd9\xa5"), SPAN("Content-Length: 9223372036854775808"),
        SPAN("Content-Length: 18446744073709551615"), SPAN("Content-Length: 18446744073709551616"),
        SPAN("Content-Length: 18446744073709551621"),
        SPAN("Content-Length: 1000000000000000000000000000000")));
}

TEST(the_only_coding_is_chunked)
{
    ck_assert(REFUSED_FIELDS(
        ERR_MALFORMED, SPAN("Transfer-Encoding: gzip, chunked"),
        SPAN("Transfer-Encoding: chunked, gzip"), SPAN("Transfer-Encoding: chunked, chunked"),
        SPAN("Transfer-Encoding: chunked,"), SPAN("Transfer-Encoding: ,chunked"),
        SPAN("Transfer-Encoding:"), SPAN("Transfer-Encoding: chunked;q=1"),
        SPAN("Transfer-Encoding: chunked chunked"), SPAN("Transfer-Encoding: \"chunked\""),
        SPAN("Transfer-Encoding: identity, chunked"),
        SPAN("Transfer-Encoding: \x0b"
             "chunked"),
        SPAN("Transfer-Encoding: chunked\x0c"), SPAN("Transfer-Encoding: chunked\0"),
        SPAN("Transfer-Encoding: chunked\xa0"), SPAN("Transfer-Encoding: [chunked]"),
        SPAN("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        SPAN("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        SPAN("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
        SPAN("Transfer-Encoding: chunked\r\nTransfer-Encoding:"),
        SPAN("Transfer-Encoding:\r\nTransfer-Encoding: chunked")));
}

TEST(a_coding_that_is_unknown_is_not_implemented)
{
    ck_assert(REFUSED_FIELDS(ERR_CODING, SPAN("Transfer-Encoding: identity"),
                             SPAN("Transfer-Encoding: gzip"), SPAN("Transfer-Encoding: xchunked"),
                             SPAN("Transfer-Encoding: chunkedx"), SPAN("Transfer-Encoding: cow")));
}

TEST(http_1_0_has_no_codings)
{
    ck_assert_int_eq(
        heads_request_verdict(SPAN("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")),
        ERR_MALFORMED);
    ck_assert_int_eq(
        heads_request_verdict(SPAN("POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n")),
        ERR_MALFORMED);
}

TEST(names_that_become_trusted_ones_in_an_environment_are_refused)
{
    ck_assert(REFUSED_FIELDS(ERR_MALFORMED, SPAN("Content_Length: 5"),
                             SPAN("Transfer_Encoding: chunked"), SPAN("X_Forwarded_For: 1.1.1.1"),
                             SPAN("X-Forwarded_For: 1.1.1.1"), SPAN("x_forwarded-PROTO: https"),
                             SPAN("Keep_Alive: 1"), SPAN("X_Forwarded_Host: b")));
}

TEST(connection_is_a_short_list_of_tokens)
{
    ck_assert(REFUSED_FIELDS(ERR_MALFORMED, SPAN("Connection: close; x"), SPAN("Connection: a b"),
                             SPAN("Connection: \"close\""), SPAN("Connection: a=b"),
                             SPAN("Connection: caf\xc3\xa9"), SPAN("Connection: X-A, Host"),
                             SPAN("Connection: content-LENGTH"),
                             SPAN("Connection: Transfer-Encoding, close"),
                             SPAN("Connection: ,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"),
                             SPAN("Connection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\r\n"
                                  "Connection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q")));
}

TEST(connection_may_have_thirty_two_words)
{
    ck_assert_int_eq(
        heads_request_verdict(SPAN(START "Connection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\r\n"
                                         "Connection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p"
                                         "\r\n\r\n")),
        OK);
}

TEST(expectations_but_one_are_refused)
{
    ck_assert(REFUSED_FIELDS(ERR_EXPECT, SPAN("Expect: tea"), SPAN("Expect: 100-continue, tea"),
                             SPAN("Expect: 100-continue;a=b"),
                             SPAN("Expect: 100-continue\r\nExpect: tea"),
                             SPAN("Expect: tea\r\nExpect: 100-continue")));
}

TEST(a_request_line_is_three_words_with_single_blanks)
{
    ck_assert(REFUSED_STARTS(ERR_MALFORMED, SPAN("GET  / HTTP/1.1"), SPAN("GET /  HTTP/1.1"),
                             SPAN("GET\t/ HTTP/1.1"), SPAN("GET /\tHTTP/1.1"),
                             SPAN("GET / HTTP/1.1 "), SPAN("GET / HTTP/1.1\t"),
                             SPAN("GET / a HTTP/1.1"), SPAN("GET /"), SPAN("GET"), SPAN("GET / "),
                             SPAN("GET  HTTP/1.1"), SPAN("/ HTTP/1.1"), SPAN("G\"ET / HTTP/1.1"),
                             SPAN("GET: / HTTP/1.1"), SPAN("G\xc3\x89T / HTTP/1.1"),
                             SPAN("(GET) / HTTP/1.1"), SPAN("HTTP/1.1 200 OK"), SPAN("Host: a")));
}

TEST(a_version_is_exactly_what_it_is)
{
    ck_assert(REFUSED_STARTS(
        ERR_MALFORMED, SPAN("GET / HTTP/1.10"), SPAN("GET / HTTP/01.1"), SPAN("GET / http/1.1"),
        SPAN("GET / HTTP/1"), SPAN("GET / HTTP/1."), SPAN("GET / HTTP/.1"), SPAN("GET / HTTP/1,1"),
        SPAN("GET / HTTP 1.1"), SPAN("GET / HTTP/1.x"), SPAN("GET / HTTP/x.1"),
        SPAN("GET / HTTP/+1.1"), SPAN("GET / HTTPS/1.1"), SPAN("GET / HXXP/1.1"),
        SPAN("GET / ICE/1.0"), SPAN("SOURCE / ICE/1.0"), SPAN("GET / HTTP/1.1\x01")));
}

TEST(other_versions_are_not_supported)
{
    ck_assert(REFUSED_STARTS(ERR_VERSION, SPAN("GET / HTTP/0.9"), SPAN("GET / HTTP/0.1"),
                             SPAN("GET / HTTP/2.0"), SPAN("GET / HTTP/3.1"),
                             SPAN("GET / HTTP/9.9")));
    ck_assert_int_eq(heads_request_verdict(SPAN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")), ERR_VERSION);
}

TEST(http_0_9_is_refused)
{
    ck_assert_int_eq(heads_request_verdict(SPAN("GET /\r\n\r\n")), ERR_MALFORMED);
}

TEST(a_target_is_visible_ascii_in_a_known_form)
{
    ck_assert(REFUSED_STARTS(
        ERR_MALFORMED, SPAN("GET foo HTTP/1.1"), SPAN("GET /a b HTTP/1.1"),
        SPAN("GET /\ta HTTP/1.1"), SPAN("GET /caf\xc3\xa9 HTTP/1.1"), SPAN("GET /\xff HTTP/1.1"),
        SPAN("GET /a\0b HTTP/1.1"), SPAN("GET /\x7f HTTP/1.1"), SPAN("GET /a#b HTTP/1.1"),
        SPAN("GET /a#b#c HTTP/1.1"), SPAN("GET * HTTP/1.1"), SPAN("OPTIONS *x HTTP/1.1"),
        SPAN("GET gopher://a/ HTTP/1.1"), SPAN("GET https://a/ HTTP/1.1"),
        SPAN("GET http://u:p@a/ HTTP/1.1"), SPAN("GET http:// HTTP/1.1"), SPAN("GET ../a HTTP/1.1"),
        SPAN("GET a:80 HTTP/1.1")));
}

TEST(percent_signs_and_odd_ascii_in_a_target_pass_as_they_came)
{
    static const char *const targets[] = { "/%00", "/%2e%2E/%", "/<>\"\\^{|}`", "/a?b?c?/d" };

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        struct reading reading;
        char text[64];
        int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", targets[i]);

        heads_read_request(&reading, (struct span){ text, (size_t)length });
        ck_assert_int_eq(reading.err, OK);
        ck_assert(span_eq(reading.head.target, span_of(targets[i])));
        heads_free(&reading);
    }
}

TEST(connect_and_trace_are_not_implemented)
{
    ck_assert(REFUSED_STARTS(ERR_METHOD, SPAN("CONNECT a:443 HTTP/1.1"),
                             SPAN("CONNECT /path HTTP/1.1"), SPAN("TRACE / HTTP/1.1")));
}

TEST(a_request_has_one_host)
{
    ck_assert_int_eq(heads_request_verdict(SPAN("GET / HTTP/1.1\r\n\r\n")), ERR_MALFORMED);
    ck_assert_int_eq(heads_request_verdict(SPAN("GET http://a/ HTTP/1.1\r\n\r\n")), ERR_MALFORMED);
    ck_assert_int_eq(heads_request_verdict(SPAN("GET / HTTP/1.1\r\nHost:\r\n\r\n")), ERR_MALFORMED);
    ck_assert_int_eq(heads_request_verdict(SPAN("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n")),
                     ERR_MALFORMED);
    ck_assert_int_eq(heads_request_verdict(SPAN("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n")),
                     ERR_MALFORMED);
    ck_assert(REFUSED_FIELDS(ERR_MALFORMED, SPAN("Host: a"), SPAN("host: b"), SPAN("HOST:")));
}

TEST(a_second_request_is_left_for_later)
{
    static const char *const seconds[] = { "GET / HTTP/1.1\r\nHost: b\r\n\r\n", "garbage", "\r\n" };

    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        struct reading reading;
        char text[128];
        int length = snprintf(text, sizeof text, START "Connection: close\r\n\r\n%s", seconds[i]);

        heads_read_request(&reading, (struct span){ text, (size_t)length });
        ck_assert_int_eq(reading.err, OK);
        ck_assert(!reading.head.persistent);
        ck_assert_uint_eq(reading.used, sizeof START "Connection: close\r\n\r\n" - 1);
        heads_free(&reading);
    }
}

SUITE(strict, a_field_name_is_a_token_with_a_colon, every_byte_that_is_no_token_spoils_a_field_name,
      no_control_stands_in_a_value_not_even_first,
      length_and_coding_together_are_refused_in_any_order_and_validity,
      a_length_stands_alone_and_is_a_number, the_only_coding_is_chunked,
      a_coding_that_is_unknown_is_not_implemented, http_1_0_has_no_codings,
      names_that_become_trusted_ones_in_an_environment_are_refused,
      connection_is_a_short_list_of_tokens, connection_may_have_thirty_two_words,
      expectations_but_one_are_refused, a_request_line_is_three_words_with_single_blanks,
      a_version_is_exactly_what_it_is, other_versions_are_not_supported, http_0_9_is_refused,
      a_target_is_visible_ascii_in_a_known_form,
      percent_signs_and_odd_ascii_in_a_target_pass_as_they_came,
      connect_and_trace_are_not_implemented, a_request_has_one_host,
      a_second_request_is_left_for_later);
