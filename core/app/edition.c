/* A generation as the app makes it. */
#include "app/edition.h"

#include "base/log.h"
#include "base/mem.h"
#include "vm/lua_core.h"

#include <string.h>
#include <sys/random.h>

static uint64_t make_seed(void)
{
    uint64_t seed = 0;

    while (seed == 0 && getrandom(&seed, sizeof seed, 0) >= 0)
        continue;
    return seed | 1;
}

struct edition *edition_new(struct loaded *loaded, const struct exchange_env *env,
                            struct ledger *ledger, struct fetcher *fetcher)
{
    struct edition *e = mem_new(sizeof *e);
    const struct config *config = &loaded->config;
    struct generation *g = &e->generation;

    e->loaded = loaded;
    list_init(&e->link);
    g->config = config;
    g->limits = (struct parse_limits){ .head = config->limits.head,
                                       .fields = config->limits.fields,
                                       .line = config->limits.line,
                                       .field = config->limits.field,
                                       .allow = &config->allow };
    parse_hasten(&g->limits);
    g->pools = mem_new(config->pool_count * sizeof *g->pools);
    for (unsigned i = 0; i < config->pool_count; i++) {
        pool_init(&g->pools[i], &config->pools[i], ledger, env->counters, env->clock->now);
        g->sends_proxy = g->sends_proxy || config->pools[i].send_proxy != PROXY_NONE;
        pool_set_usher(&g->pools[i], env->usher);
    }
    if (lua_script_init(&e->script, &loaded->vm, config, g->pools, env->deadlines, fetcher,
                        make_seed()) != OK) {
        log_error("cannot make what the script does: %s", lua_tostring(loaded->vm.L, -1));
        edition_free(e);
        return NULL;
    }
    lua_core_set_clock(loaded->vm.L, env->clock);
    g->router = lua_script_router(&e->script);
    g->hooks = lua_script_hooks(&e->script);
    return e;
}

/* The pool of EDITION that is called NAME, or NULL. */
static struct pool *find_pool(const struct edition *edition, const char *name)
{
    const struct config *config = &edition->loaded->config;

    for (unsigned i = 0; i < config->pool_count; i++)
        if (strcmp(config->pools[i].name, name) == 0)
            return &edition->generation.pools[i];
    return NULL;
}

void edition_follow(struct edition *old, const struct edition *new)
{
    for (unsigned i = 0; i < old->loaded->config.pool_count; i++) {
        struct pool *pool = &old->generation.pools[i];
        const struct pool *same = find_pool(new, pool->config->name);

        if (same != NULL)
            pool_follow(pool, same);
    }
}

void edition_free(struct edition *e)
{
    unsigned pool_count = e->loaded->config.pool_count;

    lua_script_fini(&e->script);
    /* With --unsafe, what the script has made may look at backends until its state is closed. */
    load_undo(e->loaded);
    for (unsigned i = 0; i < pool_count; i++)
        pool_fini(&e->generation.pools[i]);
    mem_free(e->generation.pools);
    mem_free(e->loaded);
    mem_free(e);
}
