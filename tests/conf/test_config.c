/* What the script asked for. */
#include "conf/config.h"

#include "base/buf.h"
#include "base/mem.h"
#include "support/test.h"

TEST(a_new_config_has_all_defaults)
{
    struct config config;

    config_init(&config);
    ck_assert_int_eq(config.health.type, CHECK_TCP);
    ck_assert_uint_eq(config.health.rise, 2);
    ck_assert_uint_eq(config.health.fall, 3);
    ck_assert(config.health.timeout < config.health.every);
    ck_assert(config.timeouts.idle > 0 && config.timeouts.head > 0 && config.timeouts.connect > 0);
    ck_assert(config.timeouts.response > 0 && config.timeouts.stall > 0);
    ck_assert(config.timeouts.drain > 0);
    ck_assert_uint_eq(config.limits.head, 32768);
    ck_assert_uint_eq(config.limits.fields, 100);
    ck_assert_uint_eq(config.limits.body, UINT64_MAX);
    ck_assert_uint_eq(config.limits.connections, 10000);
    ck_assert_double_eq(config.limits.call, 0.02);
    ck_assert_uint_eq(config.limits.memory, 64 << 20);
    ck_assert_uint_eq(config.tries, 2);
    ck_assert_int_eq(config.host, HOST_KEEP);
    ck_assert(config.log_access);
    config_fini(&config);
}

TEST(a_new_config_has_no_listener_and_no_backend)
{
    struct config config;

    config_init(&config);
    ck_assert_uint_eq(config.listen_count, 0);
    ck_assert_uint_eq(config.backend_count, 0);
    ck_assert_ptr_null(config.health.path);
    config_fini(&config);
}

TEST(the_default_head_fits_a_buffer)
{
    struct config config;

    config_init(&config);
    ck_assert_uint_le(config.limits.head, CONFIG_HEAD_MAX);
    ck_assert_uint_lt(CONFIG_HEAD_MAX, BUF_SIZE);
    config_fini(&config);
}

TEST(listeners_stay_in_the_order_in_which_they_were_added)
{
    static const char *const texts[] = { ":1", ":2", ":3", ":4", ":5" };
    struct config config;

    config_init(&config);
    for (int i = 0; i < 5; i++) {
        struct config_listen *added = config_add_listen(&config);

        ck_assert_ptr_null(added->text);
        added->text = mem_copy(span_of(texts[i]));
    }
    ck_assert_uint_eq(config.listen_count, 5);
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(config.listens[i].text, texts[i]);
    config_fini(&config);
}

TEST(a_new_backend_weighs_as_much_as_any_other)
{
    struct config config;
    struct config_backend *added;

    config_init(&config);
    added = config_add_backend(&config);
    ck_assert_uint_eq(added->weight, 1);
    ck_assert_uint_eq(added->tier, 1);
    ck_assert_ptr_null(added->id);
    ck_assert_ptr_null(added->authority);
    ck_assert_ptr_null(added->host);
    config_fini(&config);
}

TEST(backends_keep_what_they_were_given_when_others_come)
{
    struct config config;

    config_init(&config);
    for (unsigned i = 0; i < 50; i++) {
        struct config_backend *added = config_add_backend(&config);

        added->weight = i + 1;
        added->id = mem_copy(SPAN("an id"));
        added->authority = mem_copy(SPAN("a:80"));
        added->host = mem_copy(SPAN("a"));
    }
    ck_assert_uint_eq(config.backend_count, 50);
    for (unsigned i = 0; i < 50; i++)
        ck_assert_uint_eq(config.backends[i].weight, i + 1);
    config_fini(&config);
}

TEST(a_finished_config_owns_nothing_and_may_be_finished_again)
{
    struct config config;

    config_init(&config);
    config_add_listen(&config)->text = mem_copy(SPAN(":80"));
    config_add_backend(&config);
    config.health.path = mem_copy(SPAN("/healthz"));
    config_fini(&config);
    ck_assert_ptr_null(config.listens);
    ck_assert_ptr_null(config.backends);
    ck_assert_ptr_null(config.health.path);
    config_fini(&config);
}

SUITE(config, a_new_config_has_all_defaults, a_new_config_has_no_listener_and_no_backend,
      the_default_head_fits_a_buffer, listeners_stay_in_the_order_in_which_they_were_added,
      a_new_backend_weighs_as_much_as_any_other,
      backends_keep_what_they_were_given_when_others_come,
      a_finished_config_owns_nothing_and_may_be_finished_again);
