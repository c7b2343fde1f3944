/* The second opinion that fuzzers ask: it must not be wrong itself. */
#include "support/strict.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads BYTES as requests, without a tunnel. */
static void read_requests(struct strict *s, const char *bytes)
{
    strict_requests(s, bytes, strlen(bytes), STRICT_NO_TUNNEL);
}

/* Reads BYTES as responses to requests with METHODS, which blanks part. */
static void read_responses(struct strict *s, const char *bytes, const char *methods)
{
    struct strict_text list[8];
    size_t count = 0;

    for (const char *at = methods; *at != '\0'; at += *at == ' ') {
        list[count++] = (struct strict_text){ at, strcspn(at, " ") };
        at += strcspn(at, " ");
    }
    strict_responses(s, bytes, strlen(bytes), list, count);
}

/* What BYTES are refused for: of them nothing is a request. */
static void expect_refused(const char *bytes, const char *why)
{
    struct strict s;

    read_requests(&s, bytes);
    if (s.why == NULL || strcmp(s.why, why) != 0)
        ck_abort_msg("\"%s\": \"%s\", not \"%s\"", bytes, s.why == NULL ? "fine" : s.why, why);
    ck_assert_uint_eq(s.count, 0);
    ck_assert_uint_eq(s.stopped, 0);
    strict_free(&s);
}

static void expect_refused_response(const char *bytes, const char *why)
{
    struct strict s;

    read_responses(&s, bytes, "GET");
    if (s.why == NULL || strcmp(s.why, why) != 0)
        ck_abort_msg("\"%s\": \"%s\", not \"%s\"", bytes, s.why == NULL ? "fine" : s.why, why);
    strict_free(&s);
}

TEST(a_request_is_read_with_all_that_belongs_to_it)
{
    struct strict s;
    struct strict_text value;

    read_requests(&s, "PUT /a?b HTTP/1.1\r\nHost: x\r\nA: \t b c \r\nContent-Length: 3\r\n\r\nxyz");
    ck_assert_ptr_null(s.why);
    ck_assert_uint_eq(s.count, 1);
    ck_assert(strict_is(s.messages[0].method, "PUT"));
    ck_assert(strict_is(s.messages[0].target, "/a?b"));
    ck_assert_uint_eq(s.messages[0].minor, 1);
    ck_assert_uint_eq(s.messages[0].count, 3);
    ck_assert_uint_eq(strict_find(&s.messages[0], "a", &value), 1);
    ck_assert(strict_is(value, "b c"));
    ck_assert_uint_eq(s.messages[0].body_len, 3);
    ck_assert_int_eq(memcmp(s.messages[0].body, "xyz", 3), 0);
    ck_assert_int_eq(s.messages[0].end, STRICT_WHOLE);
    strict_free(&s);
}

TEST(requests_follow_one_another)
{
    struct strict s;

    read_requests(&s, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
                      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"
                      "HEAD /c HTTP/1.0\r\n\r\n");
    ck_assert_ptr_null(s.why);
    ck_assert_uint_eq(s.count, 3);
    ck_assert_uint_eq(s.messages[1].body_len, 13);
    ck_assert_int_eq(memcmp(s.messages[1].body, "abc0123456789", 13), 0);
    ck_assert_int_eq(s.messages[2].end, STRICT_WHOLE);
    ck_assert(s.messages[2].closes);
    ck_assert(!s.messages[1].closes);
    ck_assert_uint_eq(s.messages[0].start, 0);
    ck_assert_uint_eq(s.messages[0].stop, s.messages[1].start);
    strict_free(&s);
}

/* Describes the first LEN bytes of BYTES: a letter a message, and "!" if it is wrong. */
static void describe(const char *bytes, size_t len, bool responses, char *text)
{
    static const char letters[] = { 'w', 'o', 'b', 'h' };
    static const struct strict_text methods[] = { { "GET", 3 }, { "HEAD", 4 }, { "GET", 3 } };
    char *copy = malloc(len + 1);
    struct strict s;

    memcpy(copy, bytes, len);
    if (responses)
        strict_responses(&s, copy, len, methods, 3);
    else
        strict_requests(&s, copy, len, STRICT_NO_TUNNEL);
    for (size_t i = 0; i < s.count; i++)
        *text++ = letters[s.messages[i].end];
    if (s.why != NULL)
        *text++ = '!';
    *text = '\0';
    strict_free(&s);
    free(copy);
}

/* Every beginning of BYTES is fine, and only its last message is incomplete. */
static void try_every_cut(const char *bytes, bool responses)
{
    char text[16];

    for (size_t len = 1; len <= strlen(bytes); len++) {
        describe(bytes, len, responses, text);
        ck_assert_ptr_null(strchr(text, '!'));
        ck_assert_uint_ge(strspn(text, "w") + 1, strlen(text));
    }
}

TEST(wherever_messages_are_cut_only_the_last_one_is_incomplete)
{
    try_every_cut("GET / HTTP/1.1\r\nHost: x\r\n\r\n"
                  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "2\r\nab\r\n0\r\n\r\n"
                  "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
                  false);
    try_every_cut("HTTP/1.1 100 Go\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
                  "HTTP/1.0 404 \r\n\r\nuntil the end",
                  true);
}

TEST(what_is_cut_says_within_what)
{
    char text[16];
    const char *request = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab";

    describe(request, strlen(request) - 3, false, text);
    ck_assert_str_eq(text, "h");
    describe(request, strlen(request) - 2, false, text);
    ck_assert_str_eq(text, "b");
    describe(request, strlen(request), false, text);
    ck_assert_str_eq(text, "w");
    request = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775807\r\n\r\nab";
    describe(request, strlen(request), false, text);
    ck_assert_str_eq(text, "b");
    describe("HTTP/1.1 200 OK\r\n\r\nab", 21, true, text);
    ck_assert_str_eq(text, "o");
}

TEST(lines_end_with_crlf_and_hold_no_controls)
{
    expect_refused("GET / HTTP/1.1\nHost: x\r\n\r\n", "a bare CR or LF");
    expect_refused("GET / HTTP/1.1\r\rHost: x\r\n\r\n", "a bare CR or LF");
    expect_refused("GET / HTTP/1.1\r\nHost: x\r\nA: b\001\r\n\r\n", "a control in a value");
    expect_refused("GET / HTTP/1.1\r\nHost: x\r\nA: b\177\r\n\r\n", "a control in a value");
    expect_refused("GET / HTTP/1.1\r\nHost: x\r\nA: b\001", "a control");
}

TEST(a_request_line_has_three_words_and_a_version_that_is_known)
{
    expect_refused("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "not three words");
    expect_refused("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "no target");
    expect_refused("G(T / HTTP/1.1\r\nHost: x\r\n\r\n", "no method");
    expect_refused("GET / HTTP/1.2\r\nHost: x\r\n\r\n", "not HTTP/1.0 or HTTP/1.1");
    expect_refused("GET / http/1.1\r\nHost: x\r\n\r\n", "not HTTP/1.0 or HTTP/1.1");
    expect_refused("GET / HTTP/1.1 \r\nHost: x\r\n\r\n", "not HTTP/1.0 or HTTP/1.1");
    expect_refused("GET /\r\n\r\n", "not three words");
}

TEST(a_target_has_one_of_four_forms)
{
    expect_refused("GET a HTTP/1.1\r\nHost: x\r\n\r\n", "no target");
    expect_refused("GET * HTTP/1.1\r\nHost: x\r\n\r\n", "no target");
    expect_refused("GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", "no target");
    expect_refused("GET /\344 HTTP/1.1\r\nHost: x\r\n\r\n", "no target");
    expect_refused("GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n", "no target");
    expect_refused("CONNECT /x:80 HTTP/1.1\r\nHost: x\r\n\r\n", "no target");
    expect_refused("CONNECT x HTTP/1.1\r\nHost: x\r\n\r\n", "no target");
}

TEST(every_form_of_a_target_is_read_where_it_belongs)
{
    struct strict s;

    read_requests(&s, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"
                      "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n"
                      "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n");
    ck_assert_ptr_null(s.why);
    ck_assert_uint_eq(s.count, 3);
    strict_free(&s);
}

TEST(fields_are_tokens_with_a_colon_and_are_not_folded)
{
    expect_refused("GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", "no name of a field");
    expect_refused("GET / HTTP/1.1\r\nHost: x\r\n b: c\r\n\r\n", "no name of a field");
    expect_refused("GET / HTTP/1.1\r\nHost: x\r\n: c\r\n\r\n", "no name of a field");
    expect_refused("GET / HTTP/1.1\r\nHost: x\r\nabc\r\n\r\n", "a field without a colon");
}

TEST(there_is_exactly_one_host)
{
    expect_refused("GET / HTTP/1.1\r\n\r\n", "no Host");
    expect_refused("GET / HTTP/1.1\r\nHost:\r\n\r\n", "a bad Host");
    expect_refused("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "a bad Host");
    expect_refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "a bad Host");
    expect_refused("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "more than one Host");
}

#define POST "POST / HTTP/1.1\r\nHost: x\r\n"

TEST(a_body_is_framed_once_and_in_one_way)
{
    expect_refused(POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "framed more than once");
    expect_refused(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                   "framed more than once");
    expect_refused(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                   "framed more than once");
    expect_refused(POST "Transfer-Encoding: gzip, chunked\r\n\r\n", "an unknown coding");
    expect_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "a coding in HTTP/1.0");
    expect_refused(POST "Content-Length: 01\r\n\r\na", "an odd Content-Length");
    expect_refused(POST "Content-Length:\r\n\r\na", "an odd Content-Length");
    expect_refused(POST "Content-Length: 9223372036854775808\r\n\r\n", "an odd Content-Length");
    expect_refused(POST "Content-Length: +1\r\n\r\na", "no Content-Length");
}

#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

TEST(chunks_have_neither_extensions_nor_trailers_nor_anything_else)
{
    expect_refused(CHUNKED "1;a=b\r\na\r\n0\r\n\r\n", "no size of a chunk");
    expect_refused(CHUNKED "01\r\na\r\n0\r\n\r\n", "an odd size of a chunk");
    expect_refused(CHUNKED "\r\na\r\n0\r\n\r\n", "an odd size of a chunk");
    expect_refused(CHUNKED "1 \r\na\r\n0\r\n\r\n", "no size of a chunk");
    expect_refused(CHUNKED "1\na\r\n0\r\n\r\n", "a bare CR or LF");
    expect_refused(CHUNKED "1\r\nab\r\n0\r\n\r\n", "more than a chunk has");
    expect_refused(CHUNKED "1\r\na\n0\r\n\r\n", "more than a chunk has");
    expect_refused(CHUNKED "0\r\nA: b\r\n\r\n", "more than a chunk has");
    expect_refused(CHUNKED "1111111111111111\r\n", "an odd size of a chunk");
}

TEST(nothing_follows_a_message_that_closes)
{
    struct strict s;

    read_requests(&s, "GET / HTTP/1.1\r\nHost: x\r\nConnection: a, Close\r\n\r\nG");
    ck_assert_str_eq(s.why, "something follows a message that closes");
    ck_assert_uint_eq(s.count, 1);
    strict_free(&s);
    read_requests(&s, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n");
    ck_assert_ptr_null(s.why);
    ck_assert_uint_eq(s.count, 2);
    strict_free(&s);
}

TEST(interim_responses_come_before_the_final_one)
{
    struct strict s;

    read_responses(&s,
                   "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Hint\r\nLink: x\r\n\r\n"
                   "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
                   "GET GET");
    ck_assert_ptr_null(s.why);
    ck_assert_uint_eq(s.count, 4);
    ck_assert_uint_eq(s.messages[3].status, 200);
    strict_free(&s);
}

TEST(some_responses_have_no_body_whatever_they_say)
{
    struct strict s;

    read_responses(&s,
                   "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
                   "HTTP/1.1 304 Not\r\nContent-Length: 9\r\n\r\n"
                   "HTTP/1.1 204 No\r\n\r\n",
                   "HEAD GET GET");
    ck_assert_ptr_null(s.why);
    ck_assert_uint_eq(s.count, 3);
    ck_assert_int_eq(s.messages[2].end, STRICT_WHOLE);
    strict_free(&s);
    expect_refused_response("HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n",
                            "framed, but has no body");
    expect_refused_response("HTTP/1.1 100 Go\r\nTransfer-Encoding: chunked\r\n\r\n",
                            "framed, but has no body");
}

TEST(methods_are_known_by_their_case)
{
    struct strict s;

    read_responses(&s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "hEAD");
    ck_assert_ptr_null(s.why);
    ck_assert_uint_eq(s.messages[0].body_len, 2);
    strict_free(&s);
    read_responses(&s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "Connect");
    ck_assert(!s.tunnel);
    strict_free(&s);
    expect_refused("options * HTTP/1.1\r\nHost: x\r\n\r\n", "no target");
}

TEST(a_status_has_three_digits_and_a_blank_behind_it)
{
    expect_refused_response("HTTP/1.1 200\r\n\r\n", "not a status line");
    expect_refused_response("HTTP/1.1 20 OK\r\n\r\n", "no status");
    expect_refused_response("HTTP/1.1 2000 OK\r\n\r\n", "no status");
    expect_refused_response("HTTP/1.1 600 OK\r\n\r\n", "no status");
    expect_refused_response("HTTP/2.0 200 OK\r\n\r\n", "not HTTP/1.0 or HTTP/1.1");
    expect_refused_response("HTTP/1.1  200 OK\r\n\r\n", "no status");
}

TEST(nobody_answers_what_was_not_asked)
{
    struct strict s;

    read_responses(&s, "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 204 No\r\n\r\n", "GET");
    ck_assert_str_eq(s.why, "a response to no request");
    ck_assert_uint_eq(s.count, 1);
    ck_assert_uint_eq(s.stopped, strlen("HTTP/1.1 204 No\r\n\r\n"));
    strict_free(&s);
}

TEST(behind_an_upgrade_everything_is_opaque)
{
    struct strict s;

    read_responses(&s, "HTTP/1.1 101 Up\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n\r\n\001",
                   "GET");
    ck_assert_ptr_null(s.why);
    ck_assert(s.tunnel);
    ck_assert_uint_eq(s.opaque.len, 3);
    strict_free(&s);
    expect_refused_response("HTTP/1.1 101 Up\r\n\r\n", "101 without Upgrade");
}

TEST(behind_a_connect_that_went_well_everything_is_opaque)
{
    struct strict s;
    const char *asked = "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n\001\r";

    read_responses(&s, "HTTP/1.1 200 OK\r\n\r\nabc", "CONNECT");
    ck_assert_ptr_null(s.why);
    ck_assert(s.tunnel);
    ck_assert_uint_eq(s.opaque.len, 3);
    strict_free(&s);
    read_responses(&s, "HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nx", "CONNECT");
    ck_assert(!s.tunnel);
    strict_free(&s);
    strict_requests(&s, asked, strlen(asked), 0);
    ck_assert_ptr_null(s.why);
    ck_assert_uint_eq(s.opaque.len, 2);
    strict_free(&s);
}

SUITE(strict_reader, a_request_is_read_with_all_that_belongs_to_it, requests_follow_one_another,
      wherever_messages_are_cut_only_the_last_one_is_incomplete, what_is_cut_says_within_what,
      lines_end_with_crlf_and_hold_no_controls,
      a_request_line_has_three_words_and_a_version_that_is_known, a_target_has_one_of_four_forms,
      every_form_of_a_target_is_read_where_it_belongs,
      fields_are_tokens_with_a_colon_and_are_not_folded, there_is_exactly_one_host,
      a_body_is_framed_once_and_in_one_way,
      chunks_have_neither_extensions_nor_trailers_nor_anything_else,
      nothing_follows_a_message_that_closes, interim_responses_come_before_the_final_one,
      some_responses_have_no_body_whatever_they_say,
      a_status_has_three_digits_and_a_blank_behind_it, nobody_answers_what_was_not_asked,
      methods_are_known_by_their_case, behind_an_upgrade_everything_is_opaque,
      behind_a_connect_that_went_well_everything_is_opaque);
