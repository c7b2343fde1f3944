/* Where a request has come from. */
#include "http/forwarded.h"

#include "heads.h"
#include "support/test.h"

#include <stdio.h>

#define START "GET / HTTP/1.1\r\nHost: a\r\n"
#define VIA   "Via: 1.1 luaproxy\r\n"
#define HOST  "X-Forwarded-Host: a\r\n"
#define PROTO "X-Forwarded-Proto: http\r\n"
#define NEW   VIA "X-Forwarded-For: 10.0.0.1\r\n" HOST PROTO

/* Is a request with FIELDS, from 10.0.0.1, who is TRUSTED or not, told to a backend as EXPECTED? */
static bool becomes(const char *fields, bool trusted, const char *expected)
{
    struct reading reading;
    char text[4096];
    int length = snprintf(text, sizeof text, START "%s\r\n", fields);
    const char *sent = "refused";
    bool same;

    heads_read_request(&reading, (struct span){ text, (size_t)length });
    if (reading.err == OK)
        sent = trusted ? heads_sent_by_trusted(&reading.head, "10.0.0.1")
                       : heads_sent(&reading.head, "10.0.0.1");
    snprintf(text, sizeof text, START "%s\r\n", expected);
    same = strcmp(sent, text) == 0;
    if (!same)
        printf("%s\nis not\n%s", sent, text);
    heads_free(&reading);
    return same;
}

TEST(what_a_client_says_of_the_way_is_not_believed)
{
    ck_assert(becomes("X-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\n", false, NEW));
    ck_assert(becomes("Forwarded: for=1.1.1.1;proto=https\r\nforwarded:\r\n", false, NEW));
    ck_assert(becomes("X-Forwarded-Host: evil\r\nX-Forwarded-Host: worse\r\n", false, NEW));
    ck_assert(becomes("x-forwarded-PROTO: https\r\n", false, NEW));
    ck_assert(becomes("X-Forwarded-Port: 443\r\nx-forwarded-prefix: /a\r\nX-Forwarded-: b\r\n"
                      "X-Forwarded-Server-that-nobody-knows-and-whose-name-is-long: c\r\n",
                      false, NEW));
    ck_assert(becomes("X-Forwarded: 1\r\nX-Real-IP: 2\r\n", false,
                      "X-Forwarded: 1\r\nX-Real-IP: 2\r\n" NEW));
}

TEST(who_is_trusted_is_believed_and_stands_last_himself)
{
    ck_assert(becomes("X-Forwarded-For: 1.1.1.1\r\n", true,
                      VIA "X-Forwarded-For: 1.1.1.1, 10.0.0.1\r\n" HOST PROTO));
    ck_assert(becomes(
        "X-Forwarded-For: 1.1.1.1\r\nA: b\r\nx-forwarded-for:2.2.2.2, 3.3.3.3\r\n", true,
        "A: b\r\n" VIA "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, 10.0.0.1\r\n" HOST PROTO));
    ck_assert(becomes("X-Forwarded-Host: b\r\nX-Forwarded-Proto: https\r\n"
                      "X-Forwarded-Port: 443\r\n",
                      true,
                      "X-Forwarded-Host: b\r\nX-Forwarded-Proto: https\r\n"
                      "X-Forwarded-Port: 443\r\n" VIA "X-Forwarded-For: 10.0.0.1\r\n"));
    ck_assert(becomes("", true, NEW));
}

TEST(an_empty_x_forwarded_for_leaves_no_gap)
{
    ck_assert(becomes("X-Forwarded-For:\r\n", true, NEW));
    ck_assert(becomes("X-Forwarded-For:\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For:  \r\n",
                      true, VIA "X-Forwarded-For: 1.1.1.1, 10.0.0.1\r\n" HOST PROTO));
}

TEST(nobody_can_have_named_away_what_one_who_is_trusted_says)
{
    ck_assert(becomes("Connection: x-forwarded-for, X-Forwarded-Proto, x-forwarded-port\r\n"
                      "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\n"
                      "X-Forwarded-Port: 1\r\n",
                      true,
                      "X-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\n" VIA
                      "X-Forwarded-For: 1.1.1.1, 10.0.0.1\r\n" HOST));
}

TEST(forwarded_goes_on_from_one_who_is_trusted_with_this_hop_at_its_end)
{
#define ELEMENT "for=10.0.0.1;host=a;proto=http"
    ck_assert(
        becomes("Forwarded: for=1.1.1.1\r\n", true, NEW "Forwarded: for=1.1.1.1, " ELEMENT "\r\n"));
    ck_assert(becomes("Forwarded: for=1.1.1.1,for=b\r\nforwarded: by=\"[::1]:80\"\r\n", true,
                      NEW "Forwarded: for=1.1.1.1,for=b, by=\"[::1]:80\", " ELEMENT "\r\n"));
    ck_assert(becomes("Forwarded:\r\n", true, NEW "Forwarded: " ELEMENT "\r\n"));
}

TEST(a_forwarded_whose_quotation_does_not_end_cannot_take_in_this_hop)
{
    ck_assert(becomes("Forwarded: for=\"1.1.1.1\r\n", true, NEW "Forwarded: " ELEMENT "\r\n"));
    ck_assert(becomes("Forwarded: for=\"a\\\"\r\nForwarded: for=\"\\\"\"\r\n", true,
                      NEW "Forwarded: for=\"\\\"\", " ELEMENT "\r\n"));
}

TEST(forwarded_quotes_what_is_no_token)
{
    static const struct {
        const char *host, *ip, *element;
    } cases[] = {
        { "a:80", "10.0.0.1", "for=10.0.0.1;host=\"a:80\";proto=http" },
        { "[::1]", "2001:db8::1", "for=\"[2001:db8::1]\";host=\"[::1]\";proto=http" },
        { "a_b.c", "::1", "for=\"[::1]\";host=a_b.c;proto=http" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading reading;
        char text[200];

        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: %s\r\nForwarded:\r\n\r\n",
                 cases[i].host);
        heads_read_request(&reading, span_of(text));
        snprintf(text, sizeof text, "\r\nForwarded: %s\r\n\r\n", cases[i].element);
        ck_assert_ptr_nonnull(strstr(heads_sent_by_trusted(&reading.head, cases[i].ip), text));
        heads_free(&reading);
    }
}

TEST(forwarded_says_no_host_where_there_was_none)
{
    struct reading reading;

    heads_read_request(&reading, SPAN("GET / HTTP/1.0\r\nForwarded: for=b\r\n\r\n"));
    ck_assert_ptr_nonnull(strstr(heads_sent_by_trusted(&reading.head, "10.0.0.1"),
                                 "\r\nForwarded: for=b, for=10.0.0.1;proto=http\r\n\r\n"));
    heads_free(&reading);
}

TEST(what_a_script_says_stays_whoever_has_come)
{
    for (int trusted = 0; trusted < 2; trusted++) {
        struct reading reading;
        const char *sent;

        heads_read_request(&reading, SPAN(START "\r\n"));
        head_add(&reading.head, FIELD_FORWARDED, SPAN("Forwarded"), SPAN("for=b"))->own = true;
        head_add(&reading.head, FIELD_X_FORWARDED, SPAN("X-Forwarded-Port"), SPAN("1"))->own = true;
        head_add(&reading.head, FIELD_X_FORWARDED_FOR, SPAN("X-Forwarded-For"), SPAN("c"))->own =
            true;
        sent = trusted ? heads_sent_by_trusted(&reading.head, "10.0.0.1")
                       : heads_sent(&reading.head, "10.0.0.1");
        ck_assert_str_eq(sent, START "Forwarded: for=b\r\nX-Forwarded-Port: 1\r\n" VIA
                                     "X-Forwarded-For: c, 10.0.0.1\r\n" HOST PROTO "\r\n");
        heads_free(&reading);
    }
}

/* Whom a request with FIELDS is from, which 10.0.0.1 has brought, if 10.0.0.0/8 and fd00::/8 are
 * trusted. */
static const char *client_of(const char *fields)
{
    static char text[ADDR_TEXT];
    struct config config;
    struct net net;
    struct addr from;
    struct reading reading;
    char bytes[1000];

    config_init(&config);
    ck_assert_int_eq(net_read(&net, SPAN("10.0.0.0/8")), OK);
    config_add_trusted(&config, &net);
    ck_assert_int_eq(net_read(&net, SPAN("fd00::/8")), OK);
    config_add_trusted(&config, &net);
    ck_assert_int_eq(addr_resolve(&from, SPAN("10.0.0.1"), 77), OK);
    snprintf(bytes, sizeof bytes, START "%s\r\n", fields);
    heads_read_request(&reading, span_of(bytes));
    ck_assert_int_eq(reading.err, OK);
    addr_print(forwarded_client(&reading.head, &config, &from), text);
    heads_free(&reading);
    config_fini(&config);
    return text;
}

TEST(the_client_is_the_last_one_who_is_not_trusted)
{
    static const struct {
        const char *fields, *client;
    } cases[] = {
        { "X-Forwarded-For: 1.1.1.1\r\n", "1.1.1.1:0" },
        { "X-Forwarded-For: 6.6.6.6, 1.1.1.1\r\n", "1.1.1.1:0" },
        { "X-Forwarded-For: 6.6.6.6, 1.1.1.1, 10.9.9.9\r\n", "1.1.1.1:0" },
        { "X-Forwarded-For: 1.1.1.1,10.2.2.2 ,\t10.3.3.3\r\n", "1.1.1.1:0" },
        { "X-Forwarded-For: 1.1.1.1\r\nA: b\r\nx-forwarded-for: 10.2.2.2\r\n", "1.1.1.1:0" },
        { "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.1.1.1\r\n", "1.1.1.1:0" },
        { "X-Forwarded-For: 10.3.3.3, 10.2.2.2\r\n", "10.3.3.3:0" },
        { "X-Forwarded-For: 1.1.1.1, , 10.2.2.2,,\r\nX-Forwarded-For:\r\n", "1.1.1.1:0" },
        { "X-Forwarded-For: 2001:db8::1, fd00::1\r\n", "[2001:db8::1]:0" },
        { "X-Forwarded-For: ::ffff:10.2.2.2\r\n", "[::ffff:10.2.2.2]:0" },
        { "X-Forwarded-For: 1.1.1.1, ::ffff:10.2.2.2\r\n", "1.1.1.1:0" },
        { "", "10.0.0.1:77" },
        { "X-Forwarded-For:\r\n", "10.0.0.1:77" },
        { "X-Forwarded-For: ,,,\r\n", "10.0.0.1:77" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_str_eq(client_of(cases[i].fields), cases[i].client);
}

TEST(a_client_may_be_told_with_his_port)
{
    ck_assert_str_eq(client_of("X-Forwarded-For: 1.1.1.1:80\r\n"), "1.1.1.1:80");
    ck_assert_str_eq(client_of("X-Forwarded-For: [2001:db8::1]\r\n"), "[2001:db8::1]:0");
    ck_assert_str_eq(client_of("X-Forwarded-For: 1.1.1.1, [fd00::1]:65535\r\n"), "1.1.1.1:0");
}

TEST(what_is_no_address_ends_the_search_at_the_one_before)
{
    static const char *const odd[] = {
        "unknown",  "_hidden",         "a.example",     "1.1.1",        "1.1.1.1.1", "1.1.1.256",
        "1.1.1.1:", "1.1.1.1:x",       "1.1.1.1:65536", "1.1.1.1/8",    "[::1",      "::1]",
        "[::1]x",   "[::1]:",          "[::1]:x",       "[1.1.1.1]",    "[]",        ":80",
        ":",        "1.1.1.1 2.2.2.2", "\"1.1.1.1\"",   "fe80::1%eth0", "\x80",      "for=1.1.1.1",
    };

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char fields[200];

        snprintf(fields, sizeof fields, "X-Forwarded-For: 6.6.6.6, %s, 10.2.2.2\r\n", odd[i]);
        ck_assert_str_eq(client_of(fields), "10.2.2.2:0");
        snprintf(fields, sizeof fields, "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: %s\r\n",
                 odd[i]);
        ck_assert_str_eq(client_of(fields), "10.0.0.1:77");
    }
}

SUITE(forwarded, what_a_client_says_of_the_way_is_not_believed,
      who_is_trusted_is_believed_and_stands_last_himself, an_empty_x_forwarded_for_leaves_no_gap,
      nobody_can_have_named_away_what_one_who_is_trusted_says,
      forwarded_goes_on_from_one_who_is_trusted_with_this_hop_at_its_end,
      a_forwarded_whose_quotation_does_not_end_cannot_take_in_this_hop,
      forwarded_quotes_what_is_no_token, forwarded_says_no_host_where_there_was_none,
      what_a_script_says_stays_whoever_has_come, the_client_is_the_last_one_who_is_not_trusted,
      a_client_may_be_told_with_his_port, what_is_no_address_ends_the_search_at_the_one_before);
