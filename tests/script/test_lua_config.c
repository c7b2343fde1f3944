/* The table that a script returns, to a config: what is understood. */
#include "reading.h"
#include "support/test.h"

/* Reads a script that is right, of which REST is the rest. */
static void begin(struct reading *r, const char *rest)
{
    char text[1000];

    snprintf(text, sizeof text,
             "return { listen = '127.0.0.1:0', backends = { '127.0.0.1:1' }, %s }", rest);
    reading_begin(r, text);
    ck_assert_str_eq(r->complaints, "");
}

TEST(listeners_and_backends_are_all_that_is_needed)
{
    struct reading r;
    struct config defaults;

    begin(&r, "");
    config_init(&defaults);
    ck_assert_uint_eq(r.config.listen_count, 1);
    ck_assert_uint_eq(r.config.pools[0].backend_count, 1);
    ck_assert_int_eq(r.config.health.type, defaults.health.type);
    ck_assert_double_eq(r.config.timeouts.idle, defaults.timeouts.idle);
    ck_assert_uint_eq(r.config.limits.body, defaults.limits.body);
    ck_assert_uint_eq(r.config.retry.tries, defaults.retry.tries);
    ck_assert_int_eq(r.config.host, defaults.host);
    ck_assert(r.config.log_access);
    ck_assert(!r.config.pools[0].picks);
    config_fini(&defaults);
    reading_end(&r);
}

TEST(a_check_is_what_the_script_says)
{
    struct reading r;

    begin(&r, "health = { type = 'http', path = '/health?full', status = 204, every = 0.5,"
              "timeout = 0.25, rise = 4, fall = 5 }");
    ck_assert_int_eq(r.config.health.type, CHECK_HTTP);
    ck_assert_str_eq(r.config.health.path, "/health?full");
    ck_assert_uint_eq(r.config.health.status, 204);
    ck_assert_double_eq(r.config.health.every, 0.5);
    ck_assert_double_eq(r.config.health.timeout, 0.25);
    ck_assert_uint_eq(r.config.health.rise, 4);
    ck_assert_uint_eq(r.config.health.fall, 5);
    reading_end(&r);
}

TEST(a_check_has_a_path_if_it_needs_one)
{
    static const struct {
        const char *health;
        enum config_check type;
        const char *path;
    } cases[] = {
        { "false", CHECK_NONE, NULL },
        { "{}", CHECK_TCP, NULL },
        { "{ type = 'tcp' }", CHECK_TCP, NULL },
        { "{ type = 'http' }", CHECK_HTTP, "/" },
        { "{ path = '/up' }", CHECK_HTTP, "/up" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r;
        char rest[100];

        sprintf(rest, "health = %s", cases[i].health);
        begin(&r, rest);
        ck_assert_int_eq(r.config.health.type, cases[i].type);
        ck_assert_pstr_eq(r.config.health.path, cases[i].path);
        reading_end(&r);
    }
}

TEST(every_timeout_can_be_set)
{
    struct reading r;

    begin(&r,
          "timeouts = { idle = 1, head = 2, connect = 3.5, response = 4, stall = 5, drain = 0 }");
    ck_assert_double_eq(r.config.timeouts.idle, 1);
    ck_assert_double_eq(r.config.timeouts.head, 2);
    ck_assert_double_eq(r.config.timeouts.connect, 3.5);
    ck_assert_double_eq(r.config.timeouts.response, 4);
    ck_assert_double_eq(r.config.timeouts.stall, 5);
    ck_assert_double_eq(r.config.timeouts.drain, 0);
    reading_end(&r);
}

TEST(every_limit_can_be_set)
{
    struct reading r;

    begin(&r, "limits = { head = 4096, fields = 20, body = 10 << 30, connections = 7, call = 0.005,"
              "memory = 1 << 32 }");
    ck_assert_uint_eq(r.config.limits.head, 4096);
    ck_assert_uint_eq(r.config.limits.fields, 20);
    ck_assert_uint_eq(r.config.limits.body, 10ull << 30);
    ck_assert_uint_eq(r.config.limits.connections, 7);
    ck_assert_double_eq(r.config.limits.call, 0.005);
    ck_assert_uint_eq(r.config.limits.memory, 1ull << 32);
    reading_end(&r);
}

TEST(a_limit_that_is_not_set_stays_as_it_was)
{
    struct reading r;
    struct config defaults;

    config_init(&defaults);
    begin(&r, "limits = { body = 0 }");
    ck_assert_uint_eq(r.config.limits.body, 0);
    ck_assert_uint_eq(r.config.limits.head, defaults.limits.head);
    ck_assert_uint_eq(r.config.limits.fields, defaults.limits.fields);
    config_fini(&defaults);
    reading_end(&r);
}

TEST(the_rest_can_be_set_too)
{
    struct reading r;

    begin(&r, "retry = { tries = 10 }, host = 'backend', log = { access = false },"
              "pick = function() end");
    ck_assert_uint_eq(r.config.retry.tries, 10);
    ck_assert_int_eq(r.config.host, HOST_BACKEND);
    ck_assert(!r.config.log_access);
    ck_assert(r.config.pools[0].picks);
    reading_end(&r);

    begin(&r, "host = 'keep', log = { access = true }");
    ck_assert_int_eq(r.config.host, HOST_KEEP);
    ck_assert(r.config.log_access);
    reading_end(&r);
}

TEST(a_table_may_have_been_made_in_any_way)
{
    struct reading r;

    reading_begin(&r, "local t = setmetatable({}, { __index = function() error('asked') end })\n"
                      "t.listen = ':0'\n"
                      "t.backends = {}\n"
                      "for i = 1, 100 do t.backends[i] = '10.0.0.' .. i .. ':80' end\n"
                      "return t");
    ck_assert_str_eq(r.complaints, "");
    ck_assert_uint_eq(r.config.pools[0].backend_count, 100);
    ck_assert_str_eq(r.config.pools[0].backends[99].id, "10.0.0.100:80");
    reading_end(&r);
}

/* Reads a script with no more than MORE bytes beyond those that it has needed itself. Gives the
 * number of complaints. */
static unsigned read_with(size_t more)
{
    static const char text[] =
        "return { listen = { ':0' }, backends = { { '10.0.0.1:80', id = 'x' }, '[::1]:80' },\n"
        "health = { type = 'http', path = '/' }, limits = { head = 4096 } }";
    struct vm vm;
    struct config config;
    struct faults faults = { .count = 0 };
    unsigned count;

    script_begin(&vm);
    ck_assert_int_eq(script_run(&vm, text), OK);
    lua_gc(vm.L, LUA_GCCOLLECT);
    vm.most = vm.used + more;
    config_init(&config);
    lua_config_read(&vm, SPAN(text), &config, &faults);
    count = faults.count;
    config_fini(&config);
    fault_clear(&faults);
    lua_pop(vm.L, 1);
    script_end(&vm);
    return count;
}

TEST(memory_may_end_anywhere)
{
    size_t more = 0;

    while (read_with(more) > 0)
        more += 16;
    ck_assert_uint_lt(more, 100000);
}

SUITE(lua_config, listeners_and_backends_are_all_that_is_needed, a_check_is_what_the_script_says,
      a_check_has_a_path_if_it_needs_one, every_timeout_can_be_set, every_limit_can_be_set,
      a_limit_that_is_not_set_stays_as_it_was, the_rest_can_be_set_too,
      a_table_may_have_been_made_in_any_way, memory_may_end_anywhere);
