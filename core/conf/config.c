/* What the script asked for. */
#include "conf/config.h"

#include "base/mem.h"

#include <limits.h>
#include <string.h>

const struct config_health config_health = {
    .type = CHECK_TCP, .every = 2, .timeout = 1, .rise = 2, .fall = 3
};

const struct config_outlier config_outlier = {
    .watches = true,
    .errors = 5,
    .rate = 0.5,
    .latency = 5,
    .samples = 20,
    .every = 5,
    .eject = 10,
    .share = 0.5,
    .slow_start = 10,
};

bool config_health_eq(const struct config_health *a, const struct config_health *b)
{
    bool has_path = a->path != NULL && b->path != NULL;

    return a->type == b->type && a->status == b->status && a->every == b->every &&
           a->timeout == b->timeout && a->rise == b->rise && a->fall == b->fall &&
           (has_path ? strcmp(a->path, b->path) == 0 : a->path == b->path);
}

void config_init(struct config *config)
{
    *config = (struct config){
        .health = config_health,
        .timeouts = {
            .idle = 60,
            .head = 10,
            .connect = 2,
            .response = 30,
            .stall = 30,
            .hook = 10,
            .queue = 5,
            .tunnel = 3600,
            .drain = 30,
        },
        .limits = { .line = 16384,
                    .field = 16384,
                    .head = 32768,
                    .fields = 100,
                    .body = UINT64_MAX,
                    .connections = 10000,
                    .per_address = UINT_MAX,
                    .requests = UINT_MAX,
                    .body_rate = 100,
                    .read_rate = 100,
                    .call = 0.02,
                    .memory = 64 << 20 },
        .retry = { .tries = 2,
                   .on_connect = true,
                   .on_reset = true,
                   .on_timeout = true,
                   .budget = 0.2,
                   .body = 65536 },
        .outlier = config_outlier,
        .inflight = UINT_MAX,
        .pending = 1000,
        .host = HOST_KEEP,
        .log_access = true,
    };
    config_add_upgrade(config, SPAN("websocket"));
}

struct config_listen *config_add_listen(struct config *config)
{
    size_t size = (config->listen_count + 1) * sizeof *config->listens;
    struct config_listen *added;

    config->listens = mem_resize(config->listens, size);
    added = &config->listens[config->listen_count++];
    *added = (struct config_listen){ .text = NULL };
    return added;
}

struct config_pool *config_add_pool(struct config *config, const char *name)
{
    size_t size = (config->pool_count + 1) * sizeof *config->pools;
    struct config_pool *added;

    config->pools = mem_resize(config->pools, size);
    added = &config->pools[config->pool_count++];
    *added = (struct config_pool){
        .name = mem_copy(span_of(name)),
        .health = config->health,
        .timeouts = config->timeouts,
        .retry = config->retry,
        .outlier = config->outlier,
        .send_proxy = config->send_proxy,
        .inflight = config->inflight,
        .pending = config->pending,
    };
    if (config->health.path != NULL)
        added->health.path = mem_copy(span_of(config->health.path));
    return added;
}

struct config_backend *config_add_backend(struct config_pool *pool)
{
    size_t size = (pool->backend_count + 1) * sizeof *pool->backends;
    struct config_backend *added;

    pool->backends = mem_resize(pool->backends, size);
    added = &pool->backends[pool->backend_count++];
    *added = (struct config_backend){ .weight = 1, .tier = 1 };
    return added;
}

void config_add_upgrade(struct config *config, struct span name)
{
    struct config_allow *allow = &config->allow;
    size_t size = (allow->upgrade_count + 1) * sizeof *allow->upgrades;

    allow->upgrades = mem_resize(allow->upgrades, size);
    allow->upgrades[allow->upgrade_count++] = mem_copy(name);
}

void config_add_trusted(struct config *config, const struct net *net)
{
    size_t size = (config->trusted_count + 1) * sizeof *config->trusted;

    config->trusted = mem_resize(config->trusted, size);
    config->trusted[config->trusted_count++] = *net;
}

bool config_trusts(const struct config *config, const struct addr *at)
{
    for (unsigned i = 0; i < config->trusted_count; i++)
        if (net_has(&config->trusted[i], at))
            return true;
    return false;
}

static void free_pool(struct config_pool *pool)
{
    for (unsigned i = 0; i < pool->backend_count; i++) {
        mem_free(pool->backends[i].id);
        mem_free(pool->backends[i].authority);
        mem_free(pool->backends[i].host);
    }
    mem_free(pool->backends);
    mem_free(pool->health.path);
    mem_free(pool->name);
}

void config_fini(struct config *config)
{
    for (unsigned i = 0; i < config->listen_count; i++)
        mem_free(config->listens[i].text);
    for (unsigned i = 0; i < config->pool_count; i++)
        free_pool(&config->pools[i]);
    mem_free(config->listens);
    mem_free(config->pools);
    mem_free(config->health.path);
    for (unsigned i = 0; i < config->allow.upgrade_count; i++)
        mem_free(config->allow.upgrades[i]);
    mem_free(config->allow.upgrades);
    mem_free(config->trusted);
    *config = (struct config){ .listens = NULL };
}
