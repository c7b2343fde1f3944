/* Another protocol than HTTP, over the same connection. */
#include "http/upgrade.h"

#include "heads.h"
#include "support/test.h"

#include <stdio.h>

static char *websocket[] = { "websocket" };
static char *several[] = { "WebSocket", "foo/2", "spdy" };

static const struct config_allow only_websocket = { .upgrades = websocket, .upgrade_count = 1 };
static const struct config_allow few = { .upgrades = several, .upgrade_count = 3 };
static const struct config_allow any = { .any_upgrade = true };
static const struct config_allow none = { .upgrade_count = 0 };

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define ASK GET "Connection: upgrade\r\n"

/* What BYTES, a request, asks to go on with. */
static const char *asked(const char *bytes, const struct config_allow *allow)
{
    static char text[2000];
    struct reading reading;

    heads_read_request(&reading, span_of(bytes));
    ck_assert_int_eq(reading.err, OK);
    upgrade_ask(&reading.head, allow);
    snprintf(text, sizeof text, "%.*s", SPAN_ARG(reading.head.upgrade));
    heads_free(&reading);
    return text;
}

TEST(what_is_allowed_is_asked_for)
{
    static const struct {
        const struct config_allow *allow;
        const char *fields;
        const char *protocols;
    } cases[] = {
        { &only_websocket, "Upgrade: websocket\r\n", "websocket" },
        { &only_websocket, "upgrade:WEBSOCKET\r\n", "WEBSOCKET" },
        { &only_websocket, "Upgrade: websocket/13\r\n", "websocket/13" },
        { &only_websocket, "Upgrade: foo, websocket ,bar\r\n", "websocket" },
        { &only_websocket, "Upgrade: foo\r\nUpgrade: websocket\r\n", "websocket" },
        { &only_websocket, "Upgrade: ,, ,websocket,\r\n", "websocket" },
        { &only_websocket, "Upgrade: websockets, web, websocket-2\r\n", "" },
        { &only_websocket, "Upgrade: foo\r\n", "" },
        { &only_websocket, "Upgrade:\r\n", "" },
        { &only_websocket, "Upgrade: web socket\r\n", "" },
        { &only_websocket, "Upgrade: websocket/\r\n", "" },
        { &only_websocket, "Upgrade: websocket/1/2\r\n", "" },
        { &only_websocket, "Upgrade: \"websocket\"\r\n", "" },
        { &few, "Upgrade: websocket, foo/2,spdy/3\r\n", "websocket, foo/2, spdy/3" },
        { &few, "Upgrade: foo/1, foo, foo/22, FOO/2\r\n", "FOO/2" },
        { &any, "Upgrade: whatever/9, b\r\n", "whatever/9, b" },
        { &any, "Upgrade: a b, c\r\n", "c" },
        { &any, "Upgrade: /1\r\n", "" },
        { &none, "Upgrade: websocket\r\n", "" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char bytes[500];

        snprintf(bytes, sizeof bytes, ASK "%s\r\n", cases[i].fields);
        ck_assert_str_eq(asked(bytes, cases[i].allow), cases[i].protocols);
    }
}

TEST(what_would_still_be_http_or_is_about_the_connection_is_never_asked_for)
{
    static char *listed[] = { "h2c", "HTTP/2.0", "TLS/1.0", "h2" };
    static const struct config_allow allow = { .upgrades = listed, .upgrade_count = 4 };

    ck_assert_str_eq(
        asked(ASK "Upgrade: h2c, H2, HTTP/2.0, tls/1.0, TLS, h2c-14, https\r\n\r\n", &any), "");
    ck_assert_str_eq(asked(ASK "Upgrade: h2c, h2, HTTP/2.0, TLS/1.0\r\n\r\n", &allow), "");
    ck_assert_str_eq(asked(ASK "Upgrade: h2c, websocket, h2\r\n\r\n", &any), "websocket");
}

TEST(only_some_requests_can_ask)
{
    static const char *const can[] = {
        GET "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        GET "Connection: keep-alive, UPGRADE\r\nUpgrade: websocket\r\n\r\n",
        GET "Connection: x\r\nConnection: close, upgrade\r\nUpgrade: websocket\r\n\r\n",
        ASK "Upgrade: websocket\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    };
    static const char *const cannot[] = {
        GET "Upgrade: websocket\r\n\r\n",
        GET "Connection: keep-alive\r\nUpgrade: websocket\r\n\r\n",
        GET "Connection: upgrades\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        ASK "Upgrade: websocket\r\nContent-Length: 1\r\n\r\n",
        ASK "Upgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n",
        ASK "\r\n",
    };

    for (size_t i = 0; i < sizeof can / sizeof can[0]; i++)
        ck_assert_str_eq(asked(can[i], &only_websocket), "websocket");
    for (size_t i = 0; i < sizeof cannot / sizeof cannot[0]; i++)
        ck_assert_str_eq(asked(cannot[i], &only_websocket), "");
}

TEST(of_many_protocols_the_first_ones_are_asked_for)
{
    char bytes[1000] = ASK "Upgrade: ";
    char expected[200] = "p1";

    for (int i = 1; i <= 20; i++)
        sprintf(bytes + strlen(bytes), "p%d,", i);
    strcat(bytes, "\r\n\r\n");
    for (int i = 2; i <= 16; i++)
        sprintf(expected + strlen(expected), ", p%d", i);
    ck_assert_str_eq(asked(bytes, &any), expected);
}

TEST(what_is_asked_for_is_printed_anew_and_nothing_else)
{
    struct reading reading;
    const char *sent;

    heads_read_request(&reading, SPAN(GET "Connection: keep-alive, Upgrade, x-a\r\nX-A: 1\r\n"
                                          "Upgrade: h2c, WebSocket\r\nSec-WebSocket-Key: k\r\n"
                                          "Upgrade: foo\r\n\r\n"));
    upgrade_ask(&reading.head, &only_websocket);
    sent = heads_sent(&reading.head, "::1");
    ck_assert_ptr_nonnull(strstr(sent, "\r\nSec-WebSocket-Key: k\r\n"));
    ck_assert_ptr_nonnull(strstr(sent, "\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n"));
    ck_assert_ptr_null(strstr(sent, "X-A"));
    ck_assert_ptr_null(strstr(sent, "h2c"));
    ck_assert_ptr_null(strstr(sent, "foo"));
    heads_free(&reading);
}

TEST(what_is_not_asked_for_is_not_printed)
{
    struct reading reading;
    const char *sent;

    heads_read_request(&reading, SPAN(ASK "Upgrade: h2c\r\n\r\n"));
    upgrade_ask(&reading.head, &any);
    sent = heads_sent(&reading.head, "::1");
    ck_assert_ptr_null(strcasestr(sent, "upgrade"));
    ck_assert_ptr_null(strstr(sent, "Connection"));
    heads_free(&reading);
}

/* Reads FIELDS of a 101, whose request has asked for ASKED. */
static void read_101(struct reading *reading, const char *asked_for, const char *fields)
{
    struct head request = { .method = SPAN("GET"), .upgrade = span_of(asked_for) };
    char bytes[500];
    int length = snprintf(bytes, sizeof bytes, "HTTP/1.1 101 Yes\r\n%s\r\n", fields);

    heads_read_response_to(reading, (struct span){ bytes, (size_t)length }, &request);
}

TEST(a_101_must_name_what_was_asked_for)
{
    static const struct {
        const char *asked_for;
        const char *fields;
        const char *agreed; /* NULL: nothing */
    } cases[] = {
        { "websocket", "Connection: upgrade\r\nUpgrade: websocket\r\n", "websocket" },
        { "websocket", "Upgrade: WebSocket\r\nConnection: Upgrade\r\n", "WebSocket" },
        { "websocket", "Connection: x, upgrade\r\nUpgrade: websocket\r\n", "websocket" },
        { "foo/2, bar", "Connection: upgrade\r\nUpgrade: bar\r\n", "bar" },
        { "foo/2, bar", "Connection: upgrade\r\nUpgrade: FOO/2\r\n", "FOO/2" },
        { "foo/2, bar", "Connection: upgrade\r\nUpgrade: foo/2, bar\r\n", "foo/2, bar" },
        { "foo/2, bar", "Connection: upgrade\r\nUpgrade: foo/3\r\n", NULL },
        { "foo/2, bar", "Connection: upgrade\r\nUpgrade: bar, baz\r\n", NULL },
        { "websocket", "Connection: upgrade\r\nUpgrade: h2c\r\n", NULL },
        { "websocket", "Connection: upgrade\r\nUpgrade: websocket, h2c\r\n", NULL },
        { "websocket", "Connection: upgrade\r\nUpgrade:\r\n", NULL },
        { "websocket", "Connection: upgrade\r\n", NULL },
        { "websocket", "Upgrade: websocket\r\n", NULL },
        { "websocket", "Connection: close\r\nUpgrade: websocket\r\n", NULL },
        { "", "Connection: upgrade\r\nUpgrade: websocket\r\n", NULL },
        { "", "", NULL },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading reading;

        read_101(&reading, cases[i].asked_for, cases[i].fields);
        if (cases[i].agreed == NULL) {
            ck_assert_msg(reading.err == ERR_MALFORMED, "%s", cases[i].fields);
        } else {
            ck_assert_msg(reading.err == OK, "%s", cases[i].fields);
            ck_assert_int_eq(reading.head.body, BODY_TUNNEL);
            ck_assert(span_eq(reading.head.upgrade, span_of(cases[i].agreed)));
        }
        heads_free(&reading);
    }
}

TEST(a_101_of_http_1_0_is_none)
{
    struct reading reading;
    struct head request = { .upgrade = SPAN("websocket") };

    request.method = SPAN("GET");
    heads_read_response_to(
        &reading, SPAN("HTTP/1.0 101 Yes\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
        &request);
    ck_assert_int_eq(reading.err, ERR_MALFORMED);
    heads_free(&reading);
}

TEST(a_101_is_printed_anew_without_any_framing)
{
    struct reading reading;

    read_101(&reading, "websocket",
             "Connection: Upgrade, keep-alive\r\nUpgrade: WebSocket\r\n"
             "Content-Length: 5\r\nSec-WebSocket-Accept: a\r\n");
    ck_assert_str_eq(heads_answered(&reading.head, "now", 1, true),
                     "HTTP/1.1 101 Yes\r\nSec-WebSocket-Accept: a\r\nVia: 1.1 luaproxy\r\n"
                     "Date: now\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n");
    heads_free(&reading);
}

/* How the body of a response with STATUS and FIELDS to a CONNECT is framed. */
static enum body body_of(unsigned status, const char *fields)
{
    struct reading reading;
    char bytes[300];
    int length = snprintf(bytes, sizeof bytes, "HTTP/1.1 %u X\r\n%s\r\n", status, fields);

    heads_read_response(&reading, (struct span){ bytes, (size_t)length }, "CONNECT");
    ck_assert_int_eq(reading.err, OK);
    heads_free(&reading);
    return reading.head.body;
}

TEST(success_of_a_connect_is_a_tunnel_whatever_its_fields_say)
{
    static const char *const fields[] = {
        "",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Length: x\r\n",
    };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        ck_assert_int_eq(body_of(200, fields[i]), BODY_TUNNEL);
        ck_assert_int_eq(body_of(204, fields[i]), BODY_TUNNEL);
        ck_assert_int_eq(body_of(299, fields[i]), BODY_TUNNEL);
    }
    ck_assert_int_eq(body_of(403, "Content-Length: 5\r\n"), BODY_LENGTH);
    ck_assert_int_eq(body_of(302, "Transfer-Encoding: chunked\r\n"), BODY_CHUNKED);
    ck_assert_int_eq(body_of(100, ""), BODY_NONE);
    ck_assert_int_eq(body_of(500, ""), BODY_UNTIL_CLOSE);
}

TEST(success_of_a_connect_is_printed_without_any_framing)
{
    struct reading reading;

    for (unsigned minor = 0; minor < 2; minor++) {
        heads_read_response(&reading,
                            SPAN("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                                 "Content-Length: 5\r\nConnection: close\r\nA: b\r\n\r\n"),
                            "CONNECT");
        ck_assert_str_eq(heads_answered(&reading.head, "now", minor, false),
                         "HTTP/1.1 200 OK\r\nA: b\r\nVia: 1.1 luaproxy\r\nDate: now\r\n\r\n");
        heads_free(&reading);
    }
}

SUITE(upgrade, what_is_allowed_is_asked_for,
      what_would_still_be_http_or_is_about_the_connection_is_never_asked_for,
      only_some_requests_can_ask, of_many_protocols_the_first_ones_are_asked_for,
      what_is_asked_for_is_printed_anew_and_nothing_else, what_is_not_asked_for_is_not_printed,
      a_101_must_name_what_was_asked_for, a_101_of_http_1_0_is_none,
      a_101_is_printed_anew_without_any_framing,
      success_of_a_connect_is_a_tunnel_whatever_its_fields_say,
      success_of_a_connect_is_printed_without_any_framing);
