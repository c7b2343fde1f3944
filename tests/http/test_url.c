/* The parts of an http:// URL. */
#include "http/url.h"

#include "support/test.h"

#include <stdio.h>

/* "host port authority target", or why not. */
static const char *cut(const char *text)
{
    static char result[400];
    const char *why = NULL;
    struct url url;

    if (url_cut(&url, span_of(text), &why) != OK)
        return why;
    snprintf(result, sizeof result, "%.*s %u %.*s %.*s", SPAN_ARG(url.host), url.port,
             SPAN_ARG(url.authority), SPAN_ARG(url.target));
    return result;
}

TEST(a_url_has_host_port_and_target)
{
    ck_assert_str_eq(cut("http://a.example/x?y=z"), "a.example 80 a.example /x?y=z");
    ck_assert_str_eq(cut("http://a:81/"), "a 81 a:81 /");
    ck_assert_str_eq(cut("HTTP://A:81/%20//"), "A 81 A:81 /%20//");
    ck_assert_str_eq(cut("http://[::1]:81/"), "::1 81 [::1]:81 /");
    ck_assert_str_eq(cut("http://[::1]/"), "::1 80 [::1] /");
}

TEST(its_path_may_be_left_out)
{
    ck_assert_str_eq(cut("http://a"), "a 80 a ");
    ck_assert_str_eq(cut("http://a:81?b"), "a 81 a:81 ?b");
    ck_assert_str_eq(cut("http://a?b/c://d"), "a 80 a ?b/c://d");
}

TEST(a_fragment_is_not_sent)
{
    ck_assert_str_eq(cut("http://a/b#c"), "a 80 a /b");
    ck_assert_str_eq(cut("http://a#b/c?d"), "a 80 a ");
}

TEST(only_http_is_spoken)
{
    ck_assert_str_eq(cut("https://a/"), "https is not spoken, only http");
    ck_assert_str_eq(cut("HttpS://a/"), "https is not spoken, only http");
    ck_assert_str_eq(cut("ftp://a/"), "a URL must begin with http://");
    ck_assert_str_eq(cut("a:80"), "a URL must begin with http://");
    ck_assert_str_eq(cut("http:/"), "a URL must begin with http://");
    ck_assert_str_eq(cut(""), "a URL must begin with http://");
}

TEST(what_cannot_be_sent_as_it_is_is_refused)
{
    static const char bad[] = "a URL must be printable ASCII without blanks";
    const char *why;
    struct url url;

    ck_assert_str_eq(cut("http://a/ b"), bad);
    ck_assert_str_eq(cut("http://a/\r\nX: y"), bad);
    ck_assert_str_eq(cut("http://a/\xc3\xa4"), bad);
    ck_assert_str_eq(cut("http://a\tb/"), bad);
    ck_assert_int_eq(url_cut(&url, SPAN("http://a/\0b"), &why), ERR_ADDRESS);
    ck_assert_str_eq(why, bad);
}

TEST(a_host_must_be_one)
{
    ck_assert_str_eq(cut("http://"), "the host is missing");
    ck_assert_str_eq(cut("http:///x"), "the host is missing");
    ck_assert_str_eq(cut("http://:80/"), "the host is missing");
    ck_assert_str_eq(cut("http://user@a/"), "not a host name");
    ck_assert_str_eq(cut("http://a|b/"), "not a host name");
    ck_assert_str_eq(cut("http://a%20/"), "not a host name");
    ck_assert_str_eq(cut("http://[a]/"), "not an IPv6 address");
    ck_assert_str_eq(cut("http://[::1/"), "missing ]");
    ck_assert_str_eq(cut("http://a:/"), "the port must be a number up to 65535");
    ck_assert_str_eq(cut("http://a:65536/"), "the port must be a number up to 65535");
}

SUITE(url, a_url_has_host_port_and_target, its_path_may_be_left_out, a_fragment_is_not_sent,
      only_http_is_spoken, what_cannot_be_sent_as_it_is_is_refused, a_host_must_be_one);
