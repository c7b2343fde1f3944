/* The pools, the route and the hooks of a script: what is wrong, and on which line. */
#include "reading.h"
#include "support/test.h"

/* A script with pools of which that on the third line is POOL, and the rest of which is right. */
#define WITH_POOL(pool)                                                                            \
    "return { listen = ':0', route = function() end,\n  pools = {\n  " pool ",\n"                  \
    "  b = { backends = { '10.0.0.9:80' } } }\n}\n"

/* The same with one pool, which is right, and LINE before it on the second line. */
#define WITH_KEY(line)                                                                             \
    "return { listen = ':0',\n  " line ",\n  pools = { a = { backends = { '10.0.0.1:80' } } "      \
    "}\n}\n"

/* A script without pools, whose third line is LINE. */
#define WITH(line) "return {\n  listen = ':0', backends = { '10.0.0.1:80' },\n  " line "\n}\n"

TEST(pools_are_tables_by_their_names)
{
    static const char each[] = "2: pools: each must be a table, and have a name that is a string\n";

    reading_check("return { listen = ':0',\n  pools = 5 }",
                  "2: pools must be a table of pools by their names, not a number\n");
    reading_check("return { listen = ':0',\n  pools = {} }",
                  "2: pools: there must be at least one\n");
    reading_check(WITH_POOL("a = 5"), each);
    reading_check(WITH_POOL("{ backends = { '10.0.0.1:80' } }"), each);
    reading_check(WITH_POOL("[''] = { backends = { '10.0.0.1:80' } }"), each);
    reading_check(WITH_POOL("['a\\0b'] = { backends = { '10.0.0.1:80' } }"), each);
    reading_check(WITH_POOL("[('x'):rep(65)] = { backends = { '10.0.0.1:80' } }"), each);
    reading_check(WITH_POOL("[('x'):rep(64)] = { backends = { '10.0.0.1:80' } }"), "");
}

TEST(a_pool_has_backends)
{
    reading_check(WITH_POOL("a = {}"), "3: a: backends is missing\n");
    reading_check(WITH_POOL("a = { pick = function() end }"), "3: a: backends is missing\n");
    reading_check(WITH_POOL("a = { backends = {} }"),
                  "3: backends: must be a list of at least one address\n");
    reading_check(WITH_POOL("a = { backends = { '10.0.0.1:80', '10.0.0.1:80' } }"),
                  "3: backends: \"10.0.0.1:80\" is there twice; give one of them another id\n");
}

TEST(mistakes_in_a_pool_are_named_with_it)
{
    reading_check(WITH_POOL("a = { backends = { '10.0.0.1:80' }, pikc = print }"),
                  "3: a: unknown key \"pikc\"; did you mean \"pick\"?\n");
    reading_check(WITH_POOL("a = { backends = { '10.0.0.1:80' },\n listen = ':1' }"),
                  "4: a: unknown key \"listen\"\n");
    reading_check(WITH_POOL("a = { backends = { '10.0.0.1:80' },\n pick = 5 }"),
                  "4: a: pick must be a function, not a number\n");
    reading_check(WITH_POOL("a = { backends = { '10.0.0.1:80' },\n retry = { tries = 0 } }"),
                  "4: retry: tries must be a whole number from 1 to 10\n");
    reading_check(WITH_POOL("a = { backends = { '10.0.0.1:80' },\n health = { rise = 0 } }"),
                  "4: health: rise must be a whole number from 1 to 1000\n");
    reading_check(WITH_POOL("a = { backends = { '10.0.0.1:80' },\n timeouts = { connect = 0 } }"),
                  "4: timeouts: connect must be a number from 0.01 to 86400\n");
}

TEST(what_belongs_to_clients_cannot_be_set_for_a_pool)
{
    reading_check(WITH_POOL("a = { backends = { '10.0.0.1:80' },\n timeouts = { idle = 5 } }"),
                  "4: timeouts: unknown key \"idle\"\n");
    reading_check(WITH_POOL("a = { backends = { '10.0.0.1:80' },\n timeouts = { drain = 5 } }"),
                  "4: timeouts: unknown key \"drain\"\n");
}

TEST(mistakes_of_all_pools_are_named)
{
    reading_check("return { listen = ':0', route = print,\n"
                  "  pools = {\n"
                  "    a = { backends = 5 },\n"
                  "    b = { pick = {}, backends = { '10.0.0.1:80' } },\n"
                  "    c = { x = 1, backends = { '10.0.0.1:80' } },\n"
                  "  } }",
                  "3: backends: must be a list of at least one address\n"
                  "4: b: a policy that is a table must have a function pick\n"
                  "5: c: unknown key \"x\"\n");
}

TEST(a_server_in_two_pools_is_one_server)
{
    reading_check("return { listen = ':0', route = print, pools = {\n"
                  "  a = { backends = { { '10.0.0.1:80', id = 'x' } } },\n"
                  "  b = { backends = { { '10.0.0.2:80', id = 'x' } } } } }",
                  "3: pools: \"x\" is another address in b than in a\n");
    reading_check("return { listen = ':0', route = print, pools = {\n"
                  "  a = { backends = { '10.0.0.1:80' }, health = { fall = 9 } },\n"
                  "  b = { backends = { '10.0.0.1:80' } } } }",
                  "3: pools: \"10.0.0.1:80\" is checked in another way in b than in a; give one of "
                  "them another id\n");
}

TEST(what_goes_with_pools_is_where_it_belongs)
{
    reading_check(WITH_KEY("backends = { '10.0.0.1:80' }"),
                  "2: backends belong to the pools, if there are some\n");
    reading_check(WITH_KEY("pick = function() end"),
                  "2: pick belongs to the pools, if there are some\n");
    reading_check(WITH("route = function() end"), "3: route needs pools to choose from\n");
    reading_check("return { listen = ':0',\n  pools = { a = { backends = { '10.0.0.1:80' } },\n"
                  "    b = { backends = { '10.0.0.2:80' } } } }",
                  "2: route is missing: which pool gets a request?\n");
}

TEST(a_route_is_a_function)
{
    reading_check(WITH_KEY("route = 'a'"), "2: route must be a function, not a string\n");
    reading_check(WITH_KEY("route = {}"), "2: route must be a function, not a table\n");
}

TEST(a_policy_that_is_a_table_has_functions)
{
    reading_check(WITH("pick = { done = print }"),
                  "3: a policy that is a table must have a function pick\n");
    reading_check(WITH("pick = { pick = 5 }"), "3: pick: pick must be a function, not a number\n");
    reading_check(WITH("pick = {\n pick = print,\n done = true }"),
                  "5: pick: done must be a function, not a boolean\n");
    reading_check(WITH("pick = { pick = print,\n changed = {},\n save = 1,\n restore = '' }"),
                  "4: pick: changed must be a function, not a table\n"
                  "5: pick: save must be a function, not a number\n"
                  "6: pick: restore must be a function, not a string\n");
}

TEST(a_hook_is_a_function_or_a_table_with_one)
{
    reading_check(WITH("request = 5"), "3: request must be a function, not a number\n");
    reading_check(WITH("response = 'x'"), "3: response must be a function, not a string\n");
    reading_check(WITH("request = {}"),
                  "3: request: the first element must be a function, not a nil\n");
    reading_check(WITH("response = { 5 }"),
                  "3: response: the first element must be a function, not a number\n");
    reading_check(WITH("request = { print,\n wait = true }"),
                  "4: request: unknown key \"wait\"; did you mean \"waits\"?\n");
    reading_check(WITH("request = { print,\n waits = 1 }"),
                  "4: request: waits must be true or false\n");
    reading_check(WITH("request = { print, print }"),
                  "3: request: a key must be a name, not a number\n");
}

SUITE(lua_pools_faults, pools_are_tables_by_their_names, a_pool_has_backends,
      mistakes_in_a_pool_are_named_with_it, what_belongs_to_clients_cannot_be_set_for_a_pool,
      mistakes_of_all_pools_are_named, a_server_in_two_pools_is_one_server,
      what_goes_with_pools_is_where_it_belongs, a_route_is_a_function,
      a_policy_that_is_a_table_has_functions, a_hook_is_a_function_or_a_table_with_one);
