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
    ck_assert_uint_eq(config.retry.tries, 2);
    ck_assert_int_eq(config.host, HOST_KEEP);
    ck_assert(config.log_access);
    config_fini(&config);
}

TEST(a_new_config_has_no_listener_and_no_pool)
{
    struct config config;

    config_init(&config);
    ck_assert_uint_eq(config.listen_count, 0);
    ck_assert_uint_eq(config.pool_count, 0);
    ck_assert_ptr_null(config.pools);
    ck_assert_int_eq(config.request, HOOK_NONE);
    ck_assert_int_eq(config.response, HOOK_NONE);
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
    added = config_add_backend(config_add_pool(&config, "a"));
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
    struct config_pool *pool;

    config_init(&config);
    pool = config_add_pool(&config, "a");
    for (unsigned i = 0; i < 50; i++) {
        struct config_backend *added = config_add_backend(pool);

        added->weight = i + 1;
        added->id = mem_copy(SPAN("an id"));
        added->authority = mem_copy(SPAN("a:80"));
        added->host = mem_copy(SPAN("a"));
    }
    ck_assert_uint_eq(pool->backend_count, 50);
    for (unsigned i = 0; i < 50; i++)
        ck_assert_uint_eq(pool->backends[i].weight, i + 1);
    config_fini(&config);
}

TEST(a_new_pool_has_what_the_config_says_for_all_of_them)
{
    struct config config;
    const struct config_pool *pool;

    config_init(&config);
    config.health.path = mem_copy(SPAN("/healthz"));
    config.health.every = 7;
    config.timeouts.connect = 3;
    config.retry.tries = 5;
    pool = config_add_pool(&config, "api");
    ck_assert_str_eq(pool->name, "api");
    ck_assert(config_health_eq(&pool->health, &config.health));
    ck_assert_ptr_ne(pool->health.path, config.health.path);
    ck_assert_double_eq(pool->timeouts.connect, 3);
    ck_assert_uint_eq(pool->retry.tries, 5);
    ck_assert(!pool->picks);
    ck_assert_uint_eq(pool->backend_count, 0);
    config_fini(&config);
}

TEST(pools_keep_what_they_were_given_when_others_come)
{
    struct config config;

    config_init(&config);
    for (unsigned i = 0; i < 20; i++) {
        char name[] = { (char)('a' + i), '\0' };
        struct config_pool *pool = config_add_pool(&config, name);

        config_add_backend(pool)->weight = i + 1;
    }
    ck_assert_uint_eq(config.pool_count, 20);
    for (unsigned i = 0; i < 20; i++) {
        ck_assert_int_eq(config.pools[i].name[0], 'a' + (int)i);
        ck_assert_uint_eq(config.pools[i].backends[0].weight, i + 1);
    }
    config_fini(&config);
}

/* Is a check still the same when CHANGE has been made to its rules? */
static bool is_same_after(void (*change)(struct config_health *health))
{
    char path[] = "/healthz";
    char same[] = "/healthz";
    struct config_health a = config_health;
    struct config_health b;

    a.type = CHECK_HTTP;
    b = a;
    a.path = path;
    b.path = same;
    change(&b);
    return config_health_eq(&a, &b);
}

static void change_nothing(struct config_health *health)
{
    (void)health;
}

static void change_type(struct config_health *health)
{
    health->type = CHECK_TCP;
}

static void change_status(struct config_health *health)
{
    health->status = 204;
}

static void change_every(struct config_health *health)
{
    health->every++;
}

static void change_timeout(struct config_health *health)
{
    health->timeout++;
}

static void change_rise(struct config_health *health)
{
    health->rise++;
}

static void change_fall(struct config_health *health)
{
    health->fall++;
}

static void change_path(struct config_health *health)
{
    health->path[1] = 'H';
}

static void take_path_away(struct config_health *health)
{
    health->path = NULL;
}

TEST(two_checks_are_the_same_if_all_of_their_rules_are)
{
    ck_assert(is_same_after(change_nothing));
    ck_assert(!is_same_after(change_type));
    ck_assert(!is_same_after(change_status));
    ck_assert(!is_same_after(change_every));
    ck_assert(!is_same_after(change_timeout));
    ck_assert(!is_same_after(change_rise));
    ck_assert(!is_same_after(change_fall));
    ck_assert(!is_same_after(change_path));
    ck_assert(!is_same_after(take_path_away));
}

TEST(a_finished_config_owns_nothing_and_may_be_finished_again)
{
    struct config config;

    config_init(&config);
    config_add_listen(&config)->text = mem_copy(SPAN(":80"));
    config.health.path = mem_copy(SPAN("/healthz"));
    config_add_backend(config_add_pool(&config, "a"));
    config_fini(&config);
    ck_assert_ptr_null(config.listens);
    ck_assert_ptr_null(config.pools);
    ck_assert_ptr_null(config.health.path);
    config_fini(&config);
}

SUITE(config, a_new_config_has_all_defaults, a_new_config_has_no_listener_and_no_pool,
      the_default_head_fits_a_buffer, listeners_stay_in_the_order_in_which_they_were_added,
      a_new_backend_weighs_as_much_as_any_other,
      backends_keep_what_they_were_given_when_others_come,
      a_new_pool_has_what_the_config_says_for_all_of_them,
      pools_keep_what_they_were_given_when_others_come,
      two_checks_are_the_same_if_all_of_their_rules_are,
      a_finished_config_owns_nothing_and_may_be_finished_again);
