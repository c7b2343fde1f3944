/* Names to addresses, without waiting. */
#include "name_server.h"
#include "support/test.h"

#include "feed/dns.h"

static const char loop_v6[] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1";

static const struct saying sayings[] = {
    { "one", "\x0a\0\0\1", NULL, 60, 0 }, { "both", "\x0a\0\0\2", loop_v6, 60, 0 },
    { "six", NULL, loop_v6, 60, 0 },      { "short", "\x0a\0\0\3", NULL, 0, 0 },
    { "none", NULL, NULL, 0, 0 },         { "broken", NULL, NULL, 0, 2 },
    { NULL, NULL, NULL, 0, 0 },
};

struct town {
    struct fake_time time;
    struct name_server server;
    struct dns dns;
};

/* Somebody who asks. */
struct asker {
    struct dns_query query;
    char answer[ADDR_TEXT]; /* an address, or why there is none; "" while there is no answer */
    unsigned told;
};

static void town_begin(struct town *t)
{
    fake_time_begin(&t->time);
    name_server_begin(&t->server, t->time.loop, sayings);
    dns_init(&t->dns, t->time.loop, &t->time.clock, t->server.text);
}

static void town_end(struct town *t)
{
    dns_fini(&t->dns);
    name_server_end(&t->server);
    fake_time_end(&t->time);
}

static void on_found(struct dns_query *query, const struct addr *at, const char *why)
{
    struct asker *asker = container_of(query, struct asker, query);

    asker->told++;
    if (at != NULL)
        addr_print_host(at, asker->answer);
    else
        snprintf(asker->answer, sizeof asker->answer, "%s", why);
}

static enum dns_news ask(struct town *t, struct asker *asker, const char *host)
{
    const char *why = NULL;
    struct addr at;
    enum dns_news news;

    *asker = (struct asker){ .query = { .found = on_found } };
    list_init(&asker->query.link);
    news = dns_find(&t->dns, &asker->query, span_of(host), &at, &why);
    if (news != DNS_WAITS)
        on_found(&asker->query, news == DNS_KNOWN ? &at : NULL, why);
    return news;
}

/* What is found for HOST, however long it takes. */
static const char *find(struct town *t, const char *host)
{
    static struct asker asker;

    ask(t, &asker, host);
    TURN_UNTIL(t->time.loop, asker.told > 0);
    return asker.answer;
}

TEST(numbers_and_localhost_need_no_asking)
{
    struct town t;
    struct asker asker;

    town_begin(&t);
    ck_assert_int_eq(ask(&t, &asker, "10.1.2.3"), DNS_KNOWN);
    ck_assert_str_eq(asker.answer, "10.1.2.3");
    ck_assert_int_eq(ask(&t, &asker, "2001:db8::1"), DNS_KNOWN);
    ck_assert_str_eq(asker.answer, "2001:db8::1");
    ck_assert_int_eq(ask(&t, &asker, "LocalHost"), DNS_KNOWN);
    ck_assert_str_eq(asker.answer, "127.0.0.1");
    ck_assert_uint_eq(t.server.asked, 0);
    town_end(&t);
}

TEST(a_name_is_asked_for)
{
    struct town t;
    struct asker asker;

    town_begin(&t);
    ck_assert_int_eq(ask(&t, &asker, "one.test"), DNS_WAITS);
    ck_assert_uint_eq(asker.told, 0);
    TURN_UNTIL(t.time.loop, asker.told > 0);
    ck_assert_str_eq(asker.answer, "10.0.0.1");
    ck_assert_uint_eq(asker.told, 1);
    town_end(&t);
}

TEST(an_ipv4_address_is_preferred)
{
    struct town t;

    town_begin(&t);
    ck_assert_str_eq(find(&t, "both.test"), "10.0.0.2");
    ck_assert_str_eq(find(&t, "six.test"), "::1");
    town_end(&t);
}

TEST(who_is_not_there_is_not_found)
{
    struct town t;

    town_begin(&t);
    ck_assert_str_eq(find(&t, "nobody.test"), "host name not found");
    ck_assert_str_eq(find(&t, "none.test"), "host name not found");
    ck_assert_str_eq(find(&t, "a..b"), "not a host name");
    town_end(&t);
}

TEST(a_name_server_may_fail)
{
    struct town t;

    town_begin(&t);
    ck_assert_ptr_nonnull(strstr(find(&t, "broken.test"), "name server"));
    town_end(&t);
}

TEST(a_name_server_may_not_be_there)
{
    struct town t;

    town_begin(&t);
    name_server_end(&t.server);
    ck_assert_str_eq(find(&t, "one.test"), "no name server answers");
    name_server_begin(&t.server, t.time.loop, sayings);
    town_end(&t);
}

TEST(what_was_found_is_remembered_as_long_as_it_may_be)
{
    struct town t;
    struct asker asker;
    unsigned asked;

    town_begin(&t);
    find(&t, "one.test");
    asked = t.server.asked;
    t.time.clock.now += 59;
    ck_assert_int_eq(ask(&t, &asker, "ONE.test"), DNS_KNOWN);
    ck_assert_str_eq(asker.answer, "10.0.0.1");
    ck_assert_uint_eq(t.server.asked, asked);
    t.time.clock.now += 2;
    ck_assert_int_eq(ask(&t, &asker, "one.test"), DNS_WAITS);
    TURN_UNTIL(t.time.loop, asker.told > 0);
    ck_assert_uint_eq(t.server.asked, 2 * asked);
    town_end(&t);
}

TEST(what_may_not_be_remembered_is_for_a_second)
{
    struct town t;
    struct asker asker;

    town_begin(&t);
    find(&t, "short.test");
    t.time.clock.now += 0.9;
    ck_assert_int_eq(ask(&t, &asker, "short.test"), DNS_KNOWN);
    t.time.clock.now += 0.2;
    ck_assert_int_eq(ask(&t, &asker, "short.test"), DNS_WAITS);
    town_end(&t);
}

TEST(what_was_not_found_is_asked_for_again_after_a_second)
{
    struct town t;
    struct asker asker;

    town_begin(&t);
    find(&t, "nobody.test");
    t.time.clock.now += 0.9;
    ck_assert_int_eq(ask(&t, &asker, "nobody.test"), DNS_FAILED);
    t.time.clock.now += 0.2;
    ck_assert_int_eq(ask(&t, &asker, "nobody.test"), DNS_WAITS);
    town_end(&t);
}

TEST(those_who_ask_for_the_same_share_a_lookup)
{
    struct town t;
    struct asker askers[5];
    unsigned asked;

    town_begin(&t);
    find(&t, "both.test");
    asked = t.server.asked;
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(ask(&t, &askers[i], "one.test"), DNS_WAITS);
    TURN_UNTIL(t.time.loop, askers[4].told > 0);
    for (int i = 0; i < 5; i++) {
        ck_assert_uint_eq(askers[i].told, 1);
        ck_assert_str_eq(askers[i].answer, "10.0.0.1");
    }
    ck_assert_uint_eq(t.server.asked, 2 * asked);
    town_end(&t);
}

TEST(who_has_cancelled_is_not_told)
{
    struct town t;
    struct asker first;
    struct asker second;

    town_begin(&t);
    ask(&t, &first, "one.test");
    ask(&t, &second, "one.test");
    dns_cancel(&first.query);
    TURN_UNTIL(t.time.loop, second.told > 0);
    ck_assert_uint_eq(first.told, 0);
    town_end(&t);
}

TEST(who_waits_at_the_end_is_not_told)
{
    struct town t;
    struct asker asker;

    town_begin(&t);
    t.server.silent = true;
    ask(&t, &asker, "one.test");
    TURN_UNTIL(t.time.loop, t.server.asked > 0);
    town_end(&t);
    ck_assert_uint_eq(asker.told, 0);
}

TEST(the_names_that_are_remembered_are_not_many)
{
    struct town t;
    struct asker asker;
    char name[32];

    town_begin(&t);
    find(&t, "one.test");
    for (int i = 0; i < 300; i++) {
        sprintf(name, "one.n%d", i);
        ck_assert_str_eq(find(&t, name), "10.0.0.1");
    }
    ck_assert_uint_le(t.dns.count, 256);
    ck_assert_int_eq(ask(&t, &asker, "one.n299"), DNS_KNOWN);
    ck_assert_int_eq(ask(&t, &asker, "one.test"), DNS_WAITS);
    town_end(&t);
}

TEST(no_descriptor_is_left_open)
{
    struct town t;
    int before = lowest_free();

    town_begin(&t);
    find(&t, "one.test");
    town_end(&t);
    ck_assert_int_eq(lowest_free(), before);
}

SUITE(dns, numbers_and_localhost_need_no_asking, a_name_is_asked_for, an_ipv4_address_is_preferred,
      who_is_not_there_is_not_found, a_name_server_may_fail, a_name_server_may_not_be_there,
      what_was_found_is_remembered_as_long_as_it_may_be, what_may_not_be_remembered_is_for_a_second,
      what_was_not_found_is_asked_for_again_after_a_second,
      those_who_ask_for_the_same_share_a_lookup, who_has_cancelled_is_not_told,
      who_waits_at_the_end_is_not_told, the_names_that_are_remembered_are_not_many,
      no_descriptor_is_left_open);
