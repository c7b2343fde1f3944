/* Whom a script trusts, and what it allows: what is understood of it. */
#include "reading.h"
#include "support/test.h"

/* Reads a script whose table has the keys REST besides the usual ones, and says what was
 * complained of. */
static const char *complaints(struct reading *r, const char *rest)
{
    char text[2000];

    snprintf(text, sizeof text, "return { backends = { '10.0.0.1:80' }, %s }", rest);
    reading_begin(r, text);
    return r->complaints;
}

TEST(networks_and_addresses_are_trusted)
{
    struct reading r;
    struct net net;

    ck_assert_str_eq(complaints(&r, "listen = ':0', trusted = { '10.0.0.0/8', '::1' }"), "");
    ck_assert_uint_eq(r.config.trusted_count, 2);
    ck_assert_int_eq(net_read(&net, SPAN("10.2.3.4")), OK);
    ck_assert(config_trusts(&r.config, &net.base));
    ck_assert_int_eq(net_read(&net, SPAN("11.2.3.4")), OK);
    ck_assert(!config_trusts(&r.config, &net.base));
    reading_end(&r);
    ck_assert_ptr_nonnull(strstr(complaints(&r, "listen = ':0', trusted = { '10.0.0.1/8' }"),
                                 "trusted: \"10.0.0.1/8\" is no address or network"));
    reading_end(&r);
    ck_assert_ptr_nonnull(
        strstr(complaints(&r, "listen = ':0', trusted = true"), "must be a list of networks"));
    reading_end(&r);
}

TEST(websockets_are_allowed_and_nothing_else_unless_it_is_said)
{
    struct reading r;

    ck_assert_str_eq(complaints(&r, "listen = ':0'"), "");
    ck_assert(!r.config.allow.trace && !r.config.allow.connect && !r.config.allow.any_upgrade);
    ck_assert_uint_eq(r.config.allow.upgrade_count, 1);
    ck_assert_str_eq(r.config.allow.upgrades[0], "websocket");
    reading_end(&r);
    ck_assert_str_eq(complaints(&r, "listen = ':0', allow = { trace = true, connect = true,"
                                    "upgrade = { 'a', 'b/1.0' } }"),
                     "");
    ck_assert(r.config.allow.trace && r.config.allow.connect);
    ck_assert_uint_eq(r.config.allow.upgrade_count, 2);
    ck_assert_str_eq(r.config.allow.upgrades[1], "b/1.0");
    reading_end(&r);
    ck_assert_str_eq(complaints(&r, "listen = ':0', allow = { upgrade = false }"), "");
    ck_assert_uint_eq(r.config.allow.upgrade_count, 0);
    reading_end(&r);
    ck_assert_str_eq(complaints(&r, "listen = ':0', allow = { upgrade = 'any' }"), "");
    ck_assert(r.config.allow.any_upgrade);
    reading_end(&r);
}

TEST(no_connection_is_made_one_of_another_version)
{
    struct reading r;

    ck_assert_ptr_nonnull(strstr(complaints(&r, "listen = ':0', allow = { upgrade = { 'h2c' } }"),
                                 "\"h2c\" cannot be passed on"));
    reading_end(&r);
    ck_assert_ptr_nonnull(strstr(complaints(&r, "listen = ':0', allow = { upgrade = { 'a b' } }"),
                                 "upgrade must be"));
    reading_end(&r);
}

TEST(a_proxy_header_is_accepted_from_who_is_trusted)
{
    struct reading r;

    ck_assert_str_eq(complaints(&r, "listen = { ':0', accept_proxy = true }, trusted = '10.0.0.1'"),
                     "");
    ck_assert_uint_eq(r.config.listen_count, 1);
    ck_assert(r.config.listens[0].accept_proxy);
    reading_end(&r);
    ck_assert_str_eq(complaints(&r, "listen = { ':0', { ':0', accept_proxy = true } },"
                                    "trusted = '10.0.0.1'"),
                     "");
    ck_assert_uint_eq(r.config.listen_count, 2);
    ck_assert(!r.config.listens[0].accept_proxy && r.config.listens[1].accept_proxy);
    reading_end(&r);
    ck_assert_ptr_nonnull(strstr(complaints(&r, "listen = { ':0', accept_proxy = true }"),
                                 "accept_proxy needs trusted"));
    reading_end(&r);
}

SUITE(lua_trust, networks_and_addresses_are_trusted,
      websockets_are_allowed_and_nothing_else_unless_it_is_said,
      no_connection_is_made_one_of_another_version, a_proxy_header_is_accepted_from_who_is_trusted);
