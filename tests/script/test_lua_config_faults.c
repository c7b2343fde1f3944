/* The table that a script returns, to a config: what is wrong, and on which line. */
#include "reading.h"
#include "support/test.h"

/* A script whose third line is LINE, and the rest of which is right. */
#define WITH(line) "return {\n  listen = ':0', backends = { '10.0.0.1:80' },\n  " line "\n}\n"

TEST(a_script_must_return_a_table)
{
    reading_check("", "0: the script must return a table, not nil\n");
    reading_check("return 5", "1: the script must return a table, not number\n");
    reading_check("return function() end", "1: the script must return a table, not function\n");
}

TEST(what_must_be_there_is_missed)
{
    reading_check("return {}", "1: backends is missing; write backends = { \"127.0.0.1:9001\" }\n"
                               "1: listen is missing; write listen = \":8080\"\n");
    reading_check("return { listen = ':0' }",
                  "1: backends is missing; write backends = { \"127.0.0.1:9001\" }\n");
}

TEST(an_unknown_key_is_named_with_the_one_that_was_meant)
{
    reading_check(WITH("lisen = 1"), "3: unknown key \"lisen\"; did you mean \"listen\"?\n");
    reading_check(WITH("nonsense = 1"), "3: unknown key \"nonsense\"\n");
    reading_check(WITH("timeouts = {\n\n idel = 1 }"),
                  "5: timeouts: unknown key \"idel\"; did you mean \"idle\"?\n");
    reading_check(WITH("['no such key'] = 1"), "3: unknown key \"no such key\"\n");
}

TEST(a_key_must_be_a_name)
{
    reading_check(WITH("5"), "0: a key must be a name, not a number\n");
    reading_check(WITH("[true] = 5"), "0: a key must be a name, not a boolean\n");
    reading_check(WITH("timeouts = { 5 }"), "3: timeouts: a key must be a name, not a number\n");
    reading_check(WITH("timeouts = { [{}] = 5 }"),
                  "3: timeouts: a key must be a name, not a table\n");
}

TEST(all_mistakes_are_named_in_the_order_of_their_lines)
{
    reading_check("return {\n"
                  "  listen = 5,\n"
                  "  backends = {},\n"
                  "  pick = 'x',\n"
                  "  host = 'y',\n"
                  "}",
                  "2: listen: an address must be a string, not a number\n"
                  "3: backends: must be a list of at least one address\n"
                  "4: pick must be a function, not a string\n"
                  "5: host must be \"keep\" or \"backend\"\n");
}

TEST(a_table_must_be_one)
{
    reading_check(WITH("timeouts = 5"), "3: timeouts must be a table, not a number\n");
    reading_check(WITH("limits = 'x'"), "3: limits must be a table, not a string\n");
    reading_check(WITH("retry = 2"), "3: retry must be a table, not a number\n");
    reading_check(WITH("log = true"), "3: log must be a table, not a boolean\n");
    reading_check(WITH("health = true"), "3: health must be a table, not a boolean\n");
}

TEST(what_is_done_every_so_often_is_functions_by_seconds)
{
    reading_check(WITH("every = print"), "3: every must be a table, not a function\n");
    reading_check(WITH("every = { x = print }"),
                  "3: every: a key must be a number of seconds from 0.01 to 86400\n");
    reading_check(WITH("every = { [0] = print }"),
                  "3: every: a key must be a number of seconds from 0.01 to 86400\n");
    reading_check(WITH("every = { [1e6] = print }"),
                  "3: every: a key must be a number of seconds from 0.01 to 86400\n");
    reading_check(WITH("every = { [0.5] = 'x' }"),
                  "3: every: [0.5] must be a function, not a string\n");
    reading_check(WITH("every = { print, [0.01] = print, [86400] = print }"), "");
    reading_check(WITH("every = {}"), "");
}

TEST(numbers_have_their_bounds)
{
    reading_check(WITH("timeouts = { idle = 0 }"),
                  "3: timeouts: idle must be a number from 0.01 to 86400\n");
    reading_check(WITH("timeouts = { drain = -1 }"),
                  "3: timeouts: drain must be a number from 0 to 86400\n");
    reading_check(WITH("timeouts = { head = 0/0 }"),
                  "3: timeouts: head must be a number from 0.01 to 86400\n");
    reading_check(WITH("timeouts = { stall = '5' }"),
                  "3: timeouts: stall must be a number from 0.01 to 86400\n");
    reading_check(WITH("limits = { head = 100 }"),
                  "3: limits: head must be a whole number from 256 to 49152\n");
    reading_check(WITH("limits = { head = 50000 }"),
                  "3: limits: head must be a whole number from 256 to 49152\n");
    reading_check(WITH("limits = { body = -1 }"),
                  "3: limits: body must be a whole number from 0 to 4611686018427387904\n");
    reading_check(WITH("limits = { connections = 2^53 }"),
                  "3: limits: connections must be a whole number from 1 to 1000000\n");
    reading_check(WITH("limits = { call = 0 }"),
                  "3: limits: call must be a number from 0.001 to 10\n");
    reading_check(WITH("limits = { memory = 1000 }"),
                  "3: limits: memory must be a whole number from 1048576 to 4294967296\n");
    reading_check(WITH("limits = { fields = '5' }"),
                  "3: limits: fields must be a whole number from 1 to 1000\n");
    reading_check(WITH("retry = { tries = 0 }"),
                  "3: retry: tries must be a whole number from 1 to 10\n");
    reading_check(WITH("retry = { tries = 11 }"),
                  "3: retry: tries must be a whole number from 1 to 10\n");
}

TEST(a_check_must_make_sense)
{
    static const char bad_path[] = "3: health: path must be a string that begins with /\n";

    reading_check(WITH("health = { type = 'udp' }"),
                  "3: health: type must be \"tcp\" or \"http\"\n");
    reading_check(WITH("health = { type = 5 }"), "3: health: type must be \"tcp\" or \"http\"\n");
    reading_check(WITH("health = { path = 'up' }"), bad_path);
    reading_check(WITH("health = { path = '' }"), bad_path);
    reading_check(WITH("health = { path = '/a b' }"), bad_path);
    reading_check(WITH("health = { path = '/a\\nb' }"), bad_path);
    reading_check(WITH("health = { path = '/a\\0b' }"), bad_path);
    reading_check(WITH("health = { path = 5 }"), bad_path);
    reading_check(WITH("health = { path = '/' .. ('x'):rep(600) }"), bad_path);
    reading_check(WITH("health = { status = 600 }"),
                  "3: health: status must be a whole number from 100 to 599\n");
    reading_check(WITH("health = { rise = 0 }"),
                  "3: health: rise must be a whole number from 1 to 1000\n");
    reading_check(WITH("health = { every = 0 }"),
                  "3: health: every must be a number from 0.01 to 86400\n");
}

TEST(what_only_an_http_check_can_look_at_needs_one)
{
    static const char path[] = "3: health: path is for type \"http\" only\n";
    static const char status[] = "3: health: status is for type \"http\" only\n";
    static const char type[] = "3: health: type must be \"tcp\" or \"http\"\n";

    reading_check(WITH("health = { type = 'tcp', path = '/x' }"), path);
    reading_check(WITH("health = { type = 'tcp', status = 204 }"), status);
    reading_check(WITH("health = { status = 204 }"), status);
    reading_check(WITH("health = {\ntype = 'tcp',\nstatus = 204,\npath = '/x' }"),
                  "5: health: status is for type \"http\" only\n"
                  "6: health: path is for type \"http\" only\n");
    reading_check(WITH("health = { path = '/x', status = 204 }"), "");
    reading_check(WITH("health = { type = 'http', status = 204 }"), "");
    reading_check(WITH("health = { type = 'htpp', path = '/x', status = 204 }"), type);
    reading_check(WITH("health = { type = 'htpp', status = 204 }"), type);
    reading_check(WITH("health = { path = 'x', status = 204 }"),
                  "3: health: path must be a string that begins with /\n");
}

TEST(words_must_be_the_known_ones)
{
    reading_check(WITH("host = 'other'"), "3: host must be \"keep\" or \"backend\"\n");
    reading_check(WITH("host = true"), "3: host must be \"keep\" or \"backend\"\n");
    reading_check(WITH("log = { access = 'yes' }"), "3: log: access must be true or false\n");
    reading_check(WITH("pick = {}"), "3: a policy that is a table must have a function pick\n");
}

TEST(without_a_source_there_are_no_lines)
{
    struct reading r;
    struct faults faults = { .count = 0 };

    reading_begin(&r, "return { listen = ':0', backends = { '10.0.0.1:80' }, hots = 1 }");
    lua_config_read(&r.vm, (struct span){ NULL, 0 }, &r.config, &faults);
    ck_assert_uint_eq(faults.list[0].line, 0);
    fault_clear(&faults);
    reading_end(&r);
}

SUITE(lua_config_faults, a_script_must_return_a_table, what_must_be_there_is_missed,
      an_unknown_key_is_named_with_the_one_that_was_meant, a_key_must_be_a_name,
      all_mistakes_are_named_in_the_order_of_their_lines, a_table_must_be_one,
      what_is_done_every_so_often_is_functions_by_seconds, numbers_have_their_bounds,
      a_check_must_make_sense, what_only_an_http_check_can_look_at_needs_one,
      words_must_be_the_known_ones, without_a_source_there_are_no_lines);
