/* A config of some backends, called "a", "b", "c" and so on, without the rest. */
#ifndef TESTS_BALANCE_BACKENDS_H
#define TESTS_BALANCE_BACKENDS_H

#include "base/mem.h"
#include "conf/config.h"

static inline struct config config_of(unsigned backend_count)
{
    struct config config;

    config_init(&config);
    for (unsigned i = 0; i < backend_count; i++) {
        char id[] = { (char)('a' + i), '\0' };
        struct config_backend *b = config_add_backend(&config);

        b->id = mem_copy(span_of(id));
        b->authority = mem_copy(span_of(id));
        b->host = mem_copy(span_of(id));
    }
    return config;
}

#endif
