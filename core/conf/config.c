/* What the script asked for. */
#include "conf/config.h"

#include "base/mem.h"

void config_init(struct config *config)
{
    *config = (struct config){
        .health = { .type = CHECK_TCP, .every = 2, .timeout = 1, .rise = 2, .fall = 3 },
        .timeouts = {
            .idle = 60,
            .head = 10,
            .connect = 2,
            .response = 30,
            .stall = 30,
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

struct config_backend *config_add_backend(struct config *config)
{
    size_t size = (config->backend_count + 1) * sizeof *config->backends;
    struct config_backend *added;

    config->backends = mem_resize(config->backends, size);
    added = &config->backends[config->backend_count++];
    *added = (struct config_backend){ .weight = 1, .tier = 1 };
    return added;
}

void config_fini(struct config *config)
{
    for (unsigned i = 0; i < config->listen_count; i++)
        mem_free(config->listens[i].text);
    for (unsigned i = 0; i < config->backend_count; i++) {
        mem_free(config->backends[i].id);
        mem_free(config->backends[i].authority);
        mem_free(config->backends[i].host);
    }
    mem_free(config->listens);
    mem_free(config->backends);
    mem_free(config->health.path);
    *config = (struct config){ .listens = NULL };
}
