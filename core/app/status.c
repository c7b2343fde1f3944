/* How things are. */
#include "app/status.h"

#include "app/edition.h"
#include "base/log.h"

#include <inttypes.h>
#include <limits.h>

static void log_tripped(void *owner, const char *what, const char *pool)
{
    (void)owner;
    log_info("status: %s%s%s is tripped: it failed too often and is not called any more", what,
             pool != NULL ? " of pool " : "", pool != NULL ? pool : "");
}

/* How the backend with FACTS is, in a word or two, which TEXT has room for. */
static const char *state_of(const struct facts *facts, double now, char text[40])
{
    if (facts->health.down)
        return facts->health.gone ? "gone" : "down";
    if (!facts->outlier.out)
        return "up";
    snprintf(text, 40, "out for %.1f s", facts->outlier.until - now);
    return text;
}

static void log_backend(const struct pool *pool, const struct backend *b, double now)
{
    const struct facts *facts = b->facts;
    char state[40];
    char latency[40] = "unknown";
    char cap[24] = "";

    if (facts->ewma.known)
        snprintf(latency, sizeof latency, "%.4f s", ewma_read(&facts->ewma, now));
    if (b->cap < UINT_MAX)
        snprintf(cap, sizeof cap, ", cap %u", b->cap);
    log_info("status: pool %s, backend %s: %s%s, %u in flight%s, %u failed running, latency %s",
             pool->config->name, b->config->id, state_of(facts, now, state),
             b->drains ? ", draining" : "", facts->inflight, cap, facts->fails, latency);
}

static void log_pool(struct pool *pool, double now)
{
    pool_settle(pool, now);
    log_info("status: pool %s: %u of %u backends up%s, chosen by %s, %u requests wait",
             pool->config->name, pool->fit_count, pool->count, pool->panics ? ", in panic" : "",
             pool->config->picks ? "the script" : "round robin", pool->line.count);
    for (unsigned i = 0; i < pool->count; i++)
        log_backend(pool, &pool->backends[i], now);
}

void status_log(const struct reload *reload)
{
    const struct edition *edition = reload->current;
    const struct config *config = &edition->loaded->config;
    char counted[512];

    counters_print(reload->env->counters, counted, sizeof counted);
    log_info("status: %s, loaded %" PRIu64 " times, %u clients", reload->source->path,
             reload->count, reload->entrance->clients->count);
    log_info("status: %s", counted);
    lua_script_each_tripped(&edition->script, log_tripped, NULL);
    for (unsigned i = 0; i < config->pool_count; i++)
        log_pool(&edition->generation.pools[i], reload->env->clock->now);
    for (unsigned i = 0; i < reload->tallies.count; i++)
        log_info("status: counter %s: %" PRId64, reload->tallies.sorted[i]->name,
                 reload->tallies.sorted[i]->n);
}
