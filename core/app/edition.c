/* A generation as the app makes it. */
#include "app/edition.h"

#include "base/log.h"
#include "base/mem.h"
#include "vm/lua_core.h"

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
    g->limits = (struct parse_limits){ config->limits.head, config->limits.fields, &config->allow };
    g->pools = mem_new(config->pool_count * sizeof *g->pools);
    for (unsigned i = 0; i < config->pool_count; i++) {
        pool_init(&g->pools[i], &config->pools[i], ledger, env->counters, env->clock->now);
        g->sends_proxy = g->sends_proxy || config->pools[i].send_proxy != PROXY_NONE;
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
