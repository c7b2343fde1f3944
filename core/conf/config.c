/* What the script asked for. */
#include "conf/config.h"

#include "base/mem.h"

#include <string.h>

const struct config_health config_health = {
    .type = CHECK_TCP, .every = 2, .timeout = 1, .rise = 2, .fall = 3
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
            .drain = 30,
        },
        .limits = { .head = 32768,
                    .fields = 100,
                    .body = UINT64_MAX,
                    .connections = 10000,
                    .call = 0.02,
                    .memory = 64 << 20 },
        .tries = 2,
        .host = HOST_KEEP,
        .log_access = true,
    };
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
        .tries = config->tries,
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
    *config = (struct config){ .listens = NULL };
}
