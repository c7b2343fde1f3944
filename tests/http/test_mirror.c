/* What a TRACE is answered with by who is last. */
#include "http/mirror.h"

#include "http/parse.h"
#include "support/test.h"

#include <stdio.h>

/* Is the request TEXT shown as EXPECTED? */
static bool is_shown(const char *text, const char *expected)
{
    static const struct config_allow allow = { .trace = true };
    struct arena arena = { .blocks = NULL };
    struct head request;
    struct head reply;
    struct span body;
    bool same;

    ck_assert_int_eq(parse_request(&request, &arena, span_of(text), &allow), OK);
    mirror_reply(&reply, &body, &request);
    same = span_eq(body, span_of(expected));
    if (!same)
        printf("%.*s\nis not\n%s", SPAN_ARG(body), expected);
    ck_assert_uint_eq(reply.status, 200);
    ck_assert(reply.body == BODY_LENGTH && reply.length == body.len);
    ck_assert_uint_eq(reply.count, 1);
    ck_assert(span_eq(reply.fields[0].name, SPAN("Content-Type")));
    ck_assert(span_eq(reply.fields[0].value, SPAN("message/http")));
    arena_fini(&arena);
    return same;
}

TEST(a_request_is_shown_as_it_came)
{
    ck_assert(is_shown("TRACE /a?b=%20 HTTP/1.1\r\nHOST:a\r\nmax-forwards:0\r\nX: \t1  2 \r\n\r\n",
                       "TRACE /a?b=%20 HTTP/1.1\r\nHOST: a\r\nmax-forwards: 0\r\nX: 1  2\r\n\r\n"));
    ck_assert(is_shown("TRACE http://b HTTP/1.0\r\n\r\n", "TRACE / HTTP/1.0\r\nHost: b\r\n\r\n"));
    ck_assert(is_shown("TRACE / HTTP/1.0\r\n\r\n", "TRACE / HTTP/1.0\r\n\r\n"));
}

TEST(what_could_be_a_secret_is_not_shown)
{
    ck_assert(is_shown("TRACE / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic x\r\n"
                       "proxy-authorization: y\r\nCOOKIE: z=1\r\nCookie2: 1\r\nX-Auth-User: a\r\n"
                       "X-Api-Key: k\r\napikey: k\r\nX-CSRF-Token: t\r\nX-Session-Id: s\r\n"
                       "X-Client-Cert: c\r\nPassword: p\r\nX-Secret: s\r\nX-Jwt: j\r\n"
                       "Accept: */*\r\nVia: 1.1 b\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n",
                       "TRACE / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nVia: 1.1 b\r\n"
                       "X-Forwarded-For: 1.1.1.1\r\n\r\n"));
}

TEST(what_is_gone_is_not_shown)
{
    ck_assert(is_shown("TRACE / HTTP/1.0\r\nExpect: 100-continue\r\nA:\r\n\r\n",
                       "TRACE / HTTP/1.0\r\nA: \r\n\r\n"));
}

SUITE(mirror, a_request_is_shown_as_it_came, what_could_be_a_secret_is_not_shown,
      what_is_gone_is_not_shown);
