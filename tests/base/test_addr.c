/* Addresses as data. */
#include "base/addr.h"

#include "base/mem.h"
#include "support/test.h"

#include <stdio.h>

/* TEXT cut and resolved; it must be the number of a host, or none. */
static struct addr addr_of(const char *text)
{
    struct addr a;
    struct span host;
    const char *why = NULL;
    uint16_t port;

    ck_assert_int_eq(addr_cut(span_of(text), &host, &port, &why), OK);
    ck_assert_int_eq(addr_resolve(&a, host, port), OK);
    return a;
}

/* Is TEXT refused because of WHY? It ends where its memory ends, so that nobody looks behind it. */
static bool is_refused(struct span text, const char *why)
{
    struct span host;
    const char *said = NULL;
    uint16_t port = 7;
    char *copy = mem_resize(NULL, text.len + (text.len == 0));
    enum err err;

    memcpy(copy, text.at, text.len);
    err = addr_cut((struct span){ copy, text.len }, &host, &port, &said);
    mem_free(copy);
    if (err == ERR_ADDRESS && said != NULL && strstr(said, why) != NULL)
        return true;
    printf("\"%.*s\": %s\n", SPAN_ARG(text), said == NULL ? err_text(err) : said);
    return false;
}

TEST(addresses_are_cut_into_host_and_port)
{
    static const struct {
        const char *text;
        const char *host;
        unsigned port;
    } cases[] = {
        { "127.0.0.1:9001", "127.0.0.1", 9001 },
        { "example.com:80", "example.com", 80 },
        { "my_host-1.local:65535", "my_host-1.local", 65535 },
        { ":8080", "", 8080 },
        { ":0", "", 0 },
        { "a:00080", "a", 80 },
        { "[::1]:443", "::1", 443 },
        { "[2001:db8::7]:1", "2001:db8::7", 1 },
        { "[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1 },
        { "http://10.0.0.1", "10.0.0.1", 80 },
        { "http://10.0.0.1/", "10.0.0.1", 80 },
        { "http://10.0.0.1:81", "10.0.0.1", 81 },
        { "http://10.0.0.1:81/", "10.0.0.1", 81 },
        { "HTTP://Example.com:81/", "Example.com", 81 },
        { "http://[::1]", "::1", 80 },
        { "http://[::1]:8080/", "::1", 8080 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span host;
        const char *why = NULL;
        uint16_t port;

        ck_assert_int_eq(addr_cut(span_of(cases[i].text), &host, &port, &why), OK);
        ck_assert(span_eq(host, span_of(cases[i].host)));
        ck_assert_uint_eq(port, cases[i].port);
        ck_assert_ptr_null(why);
    }
}

TEST(what_is_no_address_is_refused_with_a_reason)
{
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        { "", "port is missing" },
        { "localhost", "port is missing" },
        { "10.0.0.1", "port is missing" },
        { "8080", "port is missing" },
        { "[::1]", "port is missing" },
        { "a:", "port must be" },
        { ":", "port must be" },
        { "a:http", "port must be" },
        { "a:65536", "port must be" },
        { "a:-1", "port must be" },
        { "a:+1", "port must be" },
        { "a:8 0", "port must be" },
        { "a:80 ", "port must be" },
        { "a:80/", "port must be" },
        { "a:99999999999999999999", "port must be" },
        { "http://a:", "port must be" },
        { "[::1]80", "port must be" },
        { "[::1]x:80", "port must be" },
        { "[::1", "missing ]" },
        { "[", "missing ]" },
        { "http://[::1", "missing ]" },
        { "::1:80", "in brackets" },
        { "fe80::1", "in brackets" },
        { "a:80:90", "in brackets" },
        { "http://", "host is missing" },
        { "http:///", "host is missing" },
        { "http://:80", "host is missing" },
        { "http://a/b", "path" },
        { "http://a:80/b", "path" },
        { "http://a//", "path" },
        { "https://a", "only http" },
        { "ftp://a:21", "only http" },
        { "unix:///tmp/x", "only http" },
        { "tcp://a:80", "only http" },
        { " a:80", "not a host" },
        { "a b:80", "not a host" },
        { "a\tb:80", "not a host" },
        { "a\nb:80", "not a host" },
        { "user@a:80", "not a host" },
        { "http://user@a:80", "not a host" },
        { "http://a?b", "not a host" },
        { "http://a#b", "not a host" },
        { "a/b:80", "not a host" },
        { "a\\b:80", "not a host" },
        { "a%62:80", "not a host" },
        { "a\"b:80", "not a host" },
        { "a'b:80", "not a host" },
        { "<a>:80", "not a host" },
        { "caf\xc3\xa9:80", "not a host" },
        { "a\x7f:80", "not a host" },
        { "[fe80::1%eth0]:80", "not a" },
        { "[]:80", "not an IPv6" },
        { "[a b]:80", "not an IPv6" },
        { "[localhost]:80", "not an IPv6" },
        { "[10.0.0.1]:80", "not an IPv6" },
        { "[:::1]:80", "not an IPv6" },
        { "[1:2:3:4:5:6:7:8:9]:80", "not an IPv6" },
        { "[[::1]]:80", "not an IPv6" },
        { "http://[]/", "not an IPv6" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(is_refused(span_of(cases[i].text), cases[i].why), "%s", cases[i].text);
}

TEST(a_nul_in_an_address_is_refused)
{
    ck_assert(is_refused(SPAN("a\0b:80"), "not a host"));
    ck_assert(is_refused(SPAN("a:8\0"), "port must be"));
    ck_assert(is_refused(SPAN("[::1\0]:80"), "not an IPv6"));
}

TEST(a_host_name_has_at_most_255_bytes)
{
    char text[300];
    struct span host;
    const char *why = NULL;
    uint16_t port;

    memset(text, 'a', sizeof text);
    memcpy(text + 255, ":80", 3);
    ck_assert_int_eq(addr_cut((struct span){ text, 258 }, &host, &port, &why), OK);
    ck_assert_uint_eq(host.len, 255);
    memcpy(text + 255, "a:80", 4);
    ck_assert(is_refused((struct span){ text, 259 }, "not a host"));
}

TEST(an_address_cut_short_never_becomes_a_longer_one)
{
    static const char whole[] = "http://[2001:db8::1]:8080/";

    for (size_t n = 0; n < sizeof whole; n++) {
        char *copy = mem_copy((struct span){ whole, n });
        struct span host = { NULL, 0 };
        const char *why = NULL;
        uint16_t port;

        if (addr_cut((struct span){ copy, n }, &host, &port, &why) == OK) {
            ck_assert_uint_le(n, sizeof whole - 1);
            ck_assert(span_eq(host, SPAN("2001:db8::1")));
            ck_assert(port == 80 || port == 8 || port == 808 || port == 8080);
        } else {
            ck_assert_ptr_nonnull(why);
        }
        mem_free(copy);
    }
}

TEST(an_empty_host_means_every_interface)
{
    struct addr a = addr_of(":8080");

    ck_assert_int_eq(a.any.sa_family, AF_INET);
    ck_assert_uint_eq(a.v4.sin_addr.s_addr, INADDR_ANY);
    ck_assert_uint_eq(addr_port(&a), 8080);
}

TEST(numbers_are_resolved_without_asking_anybody)
{
    struct addr v4 = addr_of("127.0.0.1:80");
    struct addr v6 = addr_of("[::1]:80");

    ck_assert_int_eq(v4.any.sa_family, AF_INET);
    ck_assert_uint_eq(v4.v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    ck_assert_int_eq(v6.any.sa_family, AF_INET6);
    ck_assert(IN6_IS_ADDR_LOOPBACK(&v6.v6.sin6_addr));
}

TEST(an_ipv4_address_in_the_clothes_of_an_ipv6_one_is_an_ipv4_address)
{
    struct addr plain = addr_of("192.0.2.1:80");
    struct addr mapped = addr_of("[::ffff:192.0.2.1]:80");

    ck_assert(addr_eq(&plain, &mapped));
}

TEST(an_address_is_as_long_as_its_family_says)
{
    struct addr v4 = addr_of("127.0.0.1:80");
    struct addr v6 = addr_of("[::1]:80");

    ck_assert_uint_eq(addr_len(&v4), sizeof(struct sockaddr_in));
    ck_assert_uint_eq(addr_len(&v6), sizeof(struct sockaddr_in6));
}

TEST(a_host_that_does_not_exist_is_unknown)
{
    struct addr a;
    char name[256];

    /* Neither is asked of a server: a name ends with a letter or digit, and is not as long. */
    memset(name, 'a', sizeof name);
    ck_assert_int_eq(addr_resolve(&a, SPAN("256.256.256.256.."), 80), ERR_UNKNOWN_HOST);
    ck_assert_int_eq(addr_resolve(&a, (struct span){ name, 256 }, 80), ERR_UNKNOWN_HOST);
    ck_assert_int_eq(addr_resolve(&a, (struct span){ name, 255 }, 80), ERR_UNKNOWN_HOST);
}

TEST(what_is_printed_reads_as_the_same_address)
{
    static const char *const texts[] = {
        "127.0.0.1:80",
        "0.0.0.0:8080",
        "255.255.255.255:65535",
        "[::1]:80",
        "[::]:1",
        "[2001:db8::1]:443",
        "[fe80:1111:2222:3333:4444:5555:6666:7777]:65535",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct addr a = addr_of(texts[i]);
        struct addr b;
        char text[ADDR_TEXT];

        ck_assert_uint_eq(addr_print(&a, text), strlen(texts[i]));
        ck_assert_str_eq(text, texts[i]);
        b = addr_of(text);
        ck_assert(addr_eq(&a, &b));
    }
}

TEST(a_host_is_printed_without_brackets)
{
    struct addr v4 = addr_of("10.0.0.1:80");
    struct addr v6 = addr_of("[2001:DB8::1]:80");
    char text[ADDR_TEXT];

    ck_assert_uint_eq(addr_print_host(&v4, text), 8);
    ck_assert_str_eq(text, "10.0.0.1");
    ck_assert_uint_eq(addr_print_host(&v6, text), 11);
    ck_assert_str_eq(text, "2001:db8::1");
}

TEST(addresses_are_equal_if_host_and_port_are)
{
    static const char *const texts[] = {
        "10.0.0.1:80", "10.0.0.1:81", "10.0.0.2:80", "[::1]:80", "[::1]:81", "[::2]:80",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++) {
            struct addr a = addr_of(texts[i]);
            struct addr b = addr_of(texts[j]);

            ck_assert_int_eq(addr_eq(&a, &b), i == j);
        }
    }
}

TEST(localhost_needs_no_resolver)
{
    static const char *const names[] = { "localhost", "LOCALHOST", "LocalHost" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[ADDR_TEXT];
        struct addr a;

        ck_assert_int_eq(addr_resolve(&a, span_of(names[i]), 80), OK);
        addr_print(&a, text);
        ck_assert_str_eq(text, "127.0.0.1:80");
    }
}

SUITE(addr, addresses_are_cut_into_host_and_port, what_is_no_address_is_refused_with_a_reason,
      a_nul_in_an_address_is_refused, a_host_name_has_at_most_255_bytes,
      an_address_cut_short_never_becomes_a_longer_one, an_empty_host_means_every_interface,
      numbers_are_resolved_without_asking_anybody,
      an_ipv4_address_in_the_clothes_of_an_ipv6_one_is_an_ipv4_address,
      an_address_is_as_long_as_its_family_says, a_host_that_does_not_exist_is_unknown,
      what_is_printed_reads_as_the_same_address, a_host_is_printed_without_brackets,
      addresses_are_equal_if_host_and_port_are, localhost_needs_no_resolver);
