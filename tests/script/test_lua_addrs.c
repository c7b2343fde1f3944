/* The addresses in a script: what is understood, and what is wrong with them. */
#include "reading.h"
#include "support/test.h"

TEST(a_listener_is_an_address_or_a_list_of_them)
{
    struct reading r;

    reading_begin(&r, "return { listen = { ':8080', '127.0.0.1:0', '127.0.0.1:0', '[::1]:443' },\n"
                      "backends = { '127.0.0.1:1' } }");
    ck_assert_str_eq(r.complaints, "");
    ck_assert_uint_eq(r.config.listen_count, 4);
    ck_assert_str_eq(r.config.listens[0].text, ":8080");
    ck_assert_uint_eq(addr_port(&r.config.listens[0].at), 8080);
    ck_assert_uint_eq(r.config.listens[0].at.v4.sin_addr.s_addr, INADDR_ANY);
    ck_assert_int_eq(r.config.listens[3].at.any.sa_family, AF_INET6);
    reading_end(&r);
}

TEST(a_backend_is_an_address)
{
    struct reading r;
    char at[ADDR_TEXT];

    reading_begin(&r, "return { listen = ':0', backends = { '10.0.0.1:80', 'http://10.0.0.2',\n"
                      "'[::1]:81', 'http://10.0.0.4:84/' } }");
    ck_assert_str_eq(r.complaints, "");
    ck_assert_uint_eq(r.config.pools[0].backend_count, 4);
    ck_assert_str_eq(r.config.pools[0].backends[0].id, "10.0.0.1:80");
    ck_assert_str_eq(r.config.pools[0].backends[0].authority, "10.0.0.1:80");
    ck_assert_uint_eq(r.config.pools[0].backends[0].weight, 1);
    ck_assert_uint_eq(r.config.pools[0].backends[0].tier, 1);
    ck_assert_str_eq(r.config.pools[0].backends[1].authority, "10.0.0.2:80");
    ck_assert_str_eq(r.config.pools[0].backends[2].authority, "[::1]:81");
    ck_assert_str_eq(r.config.pools[0].backends[3].authority, "10.0.0.4:84");
    addr_print(&r.config.pools[0].backends[3].at, at);
    ck_assert_str_eq(at, "10.0.0.4:84");
    reading_end(&r);
}

TEST(a_backend_may_be_a_table_that_says_more)
{
    struct reading r;

    reading_begin(&r,
                  "return { listen = ':0', backends = { { '10.0.0.1:80', id = 'one', weight = 5,\n"
                  "tier = 2.0, tags = { zone = 'eu' } }, '10.0.0.1:80' } }");
    ck_assert_str_eq(r.complaints, "");
    ck_assert_str_eq(r.config.pools[0].backends[0].id, "one");
    ck_assert_str_eq(r.config.pools[0].backends[0].authority, "10.0.0.1:80");
    ck_assert_uint_eq(r.config.pools[0].backends[0].weight, 5);
    ck_assert_uint_eq(r.config.pools[0].backends[0].tier, 2);
    ck_assert_str_eq(r.config.pools[0].backends[1].id, "10.0.0.1:80");
    reading_end(&r);
}

TEST(the_host_of_a_backend_leaves_a_port_80_out)
{
    static const char *const hosts[] = { "10.0.0.1",     "localhost",  "[::1]",
                                         "localhost:81", "[::1]:8080", "10.0.0.1:8" };
    struct reading r;

    reading_begin(&r, "return { listen = ':0', backends = { '10.0.0.1:80', 'http://localhost/',\n"
                      "'[::1]:80', 'http://localhost:81/', '[::1]:8080', '10.0.0.1:8' } }");
    ck_assert_str_eq(r.complaints, "");
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        ck_assert_str_eq(r.config.pools[0].backends[i].host, hosts[i]);
    reading_end(&r);
}

TEST(names_are_looked_up)
{
    struct reading r;

    reading_begin(&r, "return { listen = 'localhost:0', backends = { 'localhost:80' } }");
    ck_assert_str_eq(r.complaints, "");
    ck_assert_str_eq(r.config.pools[0].backends[0].authority, "localhost:80");
    ck_assert_uint_eq(addr_port(&r.config.pools[0].backends[0].at), 80);
    reading_end(&r);
}

/* ---- Mistakes ---- */

#define LISTEN(value) "return {\n  backends = { '10.0.0.1:80' },\n  listen = " value "\n}\n"

TEST(a_listener_must_be_an_address)
{
    static const char neither[] =
        "3: listen: must be an address such as \":8080\", or a list of them\n";

    reading_check(LISTEN("true"), neither);
    reading_check(LISTEN("{}"), neither);
    reading_check(LISTEN("{ port = 80 }"), neither);
    reading_check(LISTEN("8080"), "3: listen: an address must be a string, not a number\n");
    reading_check(LISTEN("{ 8080 }"), "3: listen: an address must be a string, not a number\n");
    reading_check(LISTEN("{ ':0', port = 80 }"), "3: listen: unknown key \"port\"\n");
    reading_check(LISTEN("'localhost'"),
                  "3: listen: \"localhost\": the port is missing; write host:port\n");
    reading_check(LISTEN("':99999'"),
                  "3: listen: \":99999\": the port must be a number up to 65535\n");
}

TEST(an_element_of_a_list_has_its_own_line)
{
    reading_check(LISTEN("{\n    ':1',\n    'nonsense',\n  }"),
                  "5: listen: \"nonsense\": the port is missing; write host:port\n");
    reading_check(
        "return { listen = ':0', backends = {\n'10.0.0.1:80',\n{ '10.0.0.2:',\nid = 5 } } }",
        "3: backends: \"10.0.0.2:\": the port must be a number up to 65535\n"
        "4: backends: id must be a string that is not empty\n");
}

TEST(nobody_listens_twice_at_the_same_place)
{
    reading_check(LISTEN("{ ':81', '127.0.0.1:82', '0.0.0.0:81' }"),
                  "3: listen: \"0.0.0.0:81\" is there twice\n");
}

#define BACKENDS(value) "return {\n  listen = ':0',\n  backends = " value "\n}\n"

TEST(backends_must_be_a_list_of_addresses)
{
    static const char neither[] = "3: backends: must be a list of at least one address\n";
    static const char none[] = "3: backends: a backend must be an address such as "
                               "\"10.0.0.1:80\", or a table that begins with one\n";

    reading_check(BACKENDS("'10.0.0.1:80'"), neither);
    reading_check(BACKENDS("{}"), neither);
    reading_check(BACKENDS("{ one = '10.0.0.1:80' }"), neither);
    reading_check(BACKENDS("{ 80 }"), none);
    reading_check(BACKENDS("{ {} }"), none);
    reading_check(BACKENDS("{ { 80, id = 'x' } }"), none);
    reading_check(BACKENDS("{ '10.0.0.1:80', nil, '10.0.0.3:80' }"), none);
    reading_check(BACKENDS("{ '10.0.0.1:80', one = 1 }"), "3: backends: unknown key \"one\"\n");
    reading_check(BACKENDS("{ '10.0.0.1:80', [0] = '10.0.0.2:80' }"),
                  "3: backends: a key must be a name, not a number\n");
    reading_check(BACKENDS("{ '10.0.0.1:80', [-1] = '10.0.0.2:80' }"),
                  "3: backends: a key must be a name, not a number\n");
    reading_check(BACKENDS("{ '10.0.0.1:80', [1.5] = '10.0.0.2:80' }"),
                  "3: backends: a key must be a name, not a number\n");
    reading_check(BACKENDS("{ { '10.0.0.1:80', '10.0.0.2:80' } }"),
                  "3: backends: a key must be a name, not a number\n");
}

TEST(the_address_of_a_backend_must_be_whole)
{
    reading_check(BACKENDS("{ ':80' }"), "3: backends: \":80\": the host is missing\n");
    reading_check(BACKENDS("{ '10.0.0.1:0' }"),
                  "3: backends: \"10.0.0.1:0\": the port must not be 0\n");
    reading_check(BACKENDS("{ 'no..host:80' }"),
                  "3: backends: \"no..host:80\": no host \"no..host\" is known\n");
    reading_check(BACKENDS("{ 'https://10.0.0.1' }"),
                  "3: backends: \"https://10.0.0.1\": only http:// is spoken\n");
}

TEST(a_backend_has_its_own_keys)
{
    reading_check(BACKENDS("{ { '10.0.0.1:80', wieght = 2 } }"),
                  "3: backends: unknown key \"wieght\"; did you mean \"weight\"?\n");
    reading_check(BACKENDS("{ { '10.0.0.1:80', weight = 0 } }"),
                  "3: backends: weight must be a whole number from 1 to 65535\n");
    reading_check(BACKENDS("{ { '10.0.0.1:80', weight = 1.5 } }"),
                  "3: backends: weight must be a whole number from 1 to 65535\n");
    reading_check(BACKENDS("{ { '10.0.0.1:80', tier = 1001 } }"),
                  "3: backends: tier must be a whole number from 1 to 1000\n");
    reading_check(BACKENDS("{ { '10.0.0.1:80', tags = 'x' } }"),
                  "3: backends: tags must be a table, not a string\n");
    reading_check(BACKENDS("{ { '10.0.0.1:80', id = '' } }"),
                  "3: backends: id must be a string that is not empty\n");
    reading_check(BACKENDS("{ { '10.0.0.1:80', id = 'a\\0b' } }"),
                  "3: backends: id must be a string that is not empty\n");
    reading_check(BACKENDS("{ { 'nonsense', id = 'x' } }"),
                  "3: backends: \"nonsense\": the port is missing; write host:port\n");
}

TEST(no_two_backends_have_the_same_id)
{
    reading_check(BACKENDS("{ '10.0.0.1:80', '10.0.0.1:80' }"),
                  "3: backends: \"10.0.0.1:80\" is there twice; give one of them another id\n");
    reading_check(BACKENDS("{\n'10.0.0.1:80',\n'10.0.0.1:80' }"),
                  "5: backends: \"10.0.0.1:80\" is there twice; give one of them another id\n");
    reading_check(BACKENDS("{\n{ '10.0.0.1:80', id = 'a' },\n{ '10.0.0.2:80', id = 'a' } }"),
                  "5: backends: \"a\" is there twice; give one of them another id\n");
}

SUITE(lua_addrs, a_listener_is_an_address_or_a_list_of_them, a_backend_is_an_address,
      a_backend_may_be_a_table_that_says_more, the_host_of_a_backend_leaves_a_port_80_out,
      names_are_looked_up, a_listener_must_be_an_address, an_element_of_a_list_has_its_own_line,
      nobody_listens_twice_at_the_same_place, backends_must_be_a_list_of_addresses,
      the_address_of_a_backend_must_be_whole, a_backend_has_its_own_keys,
      no_two_backends_have_the_same_id);
