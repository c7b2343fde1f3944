/* Networks. */
#include "base/net.h"

#include "support/test.h"

static struct addr address(const char *text)
{
    struct addr a;
    struct span host;
    uint16_t port;
    const char *why;

    ck_assert_int_eq(addr_cut(span_of(text), &host, &port, &why), OK);
    ck_assert_int_eq(addr_resolve(&a, host, port), OK);
    return a;
}

/* Is HOST, written with a port, in the network TEXT? */
static bool has(const char *text, const char *host)
{
    struct addr a = address(host);
    struct net net;

    ck_assert_msg(net_read(&net, span_of(text)) == OK, "%s", text);
    return net_has(&net, &a);
}

TEST(a_network_has_who_shares_its_first_bits)
{
    ck_assert(has("10.0.0.0/8", "10.255.1.2:1"));
    ck_assert(!has("10.0.0.0/8", "11.0.0.1:1"));
    ck_assert(has("10.1.2.128/25", "10.1.2.255:1"));
    ck_assert(!has("10.1.2.128/25", "10.1.2.127:1"));
    ck_assert(has("10.1.2.3", "10.1.2.3:1"));
    ck_assert(!has("10.1.2.3", "10.1.2.2:1"));
    ck_assert(has("0.0.0.0/0", "1.2.3.4:1"));
    ck_assert(!has("0.0.0.0/0", "[::1]:1"));
    ck_assert(has("::/0", "[::1]:1"));
    ck_assert(!has("::/0", "1.2.3.4:1"));
    ck_assert(has("fe80::/10", "[febf::1]:1"));
    ck_assert(!has("fe80::/10", "[fec0::1]:1"));
    ck_assert(has("::1", "[::1]:1"));
}

TEST(an_ipv4_address_within_ipv6_is_one_of_ipv4)
{
    ck_assert(has("10.0.0.0/8", "[::ffff:10.9.8.7]:1"));
    ck_assert(!has("::/0", "[::ffff:10.9.8.7]:1"));
    ck_assert(has("::ffff:10.0.0.0/8", "10.9.8.7:1"));
}

TEST(what_is_no_network_is_refused)
{
    static const char *const texts[] = { "",         "/8",          "10.0.0.0/",   "10.0.0.0/33",
                                         "10.0.0/8", "10.0.0.1/8",  "::1/129",     "::1/127",
                                         "x",        "10.0.0.0/8/", "10.0.0.0/-1", " 10.0.0.0/8",
                                         "[::1]",    "10.0.0.0/0x8" };
    struct net net;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(net_read(&net, span_of(texts[i])) == ERR_ADDRESS, "%s", texts[i]);
    ck_assert_int_eq(net_read(&net, (struct span){ "10.0.0.1\0", 9 }), ERR_ADDRESS);
}

SUITE(net, a_network_has_who_shares_its_first_bits, an_ipv4_address_within_ipv6_is_one_of_ipv4,
      what_is_no_network_is_refused);
