/* A config of one pool with some backends, called "a", "b", "c" and so on, without the rest. */
#ifndef TESTS_BALANCE_BACKENDS_H
#define TESTS_BALANCE_BACKENDS_H

#include "base/mem.h"
#include "conf/config.h"

#include <arpa/inet.h>

/* Adds the pool NAME, with COUNT backends that are called as the letters from FIRST on. Whoever has
 * the same letter in two pools has the same address. */
static inline void add_pool(struct config *config, const char *name, char first, unsigned count)
{
    struct config_pool *pool = config_add_pool(config, name);

    for (unsigned i = 0; i < count; i++) {
        char id[] = { (char)(first + (char)i), '\0' };
        struct config_backend *b = config_add_backend(pool);

        b->at.v4.sin_family = AF_INET;
        b->at.v4.sin_port = htons((uint16_t)id[0]);
        b->id = mem_copy(span_of(id));
        b->authority = mem_copy(span_of(id));
        b->host = mem_copy(span_of(id));
    }
}

static inline struct config config_of(unsigned backend_count)
{
    struct config config;

    config_init(&config);
    add_pool(&config, CONFIG_POOL, 'a', backend_count);
    return config;
}

#endif
