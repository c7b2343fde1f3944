/* A script and all that was made of it without touching the network. */
#include "app/load.h"

#include "app/places.h"
#include "base/mem.h"
#include "script/lua_config.h"
#include "script/lua_wait.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { SOURCE_MAX = 1 << 20 };

/* The text of the file at PATH, for the numbers of lines; to be freed. Empty if it cannot be read,
 * which running it has told already, or if there is no memory for that. */
static struct span read_source(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = mem_try_resize(NULL, SOURCE_MAX);
    size_t len = 0;

    if (file != NULL && text != NULL)
        len = fread(text, 1, SOURCE_MAX, file);
    if (file != NULL)
        fclose(file);
    return (struct span){ text, len };
}

/* Prints what Lua says of a script that did not run, without the traceback: the first line has file
 * and line. */
static void print_message(struct loaded *loaded, FILE *complaints)
{
    const char *message = lua_tostring(loaded->vm.L, -1);
    size_t len = strcspn(message, "\n");
    bool names_file =
        memmem(message, len, loaded->source->path, strlen(loaded->source->path)) != NULL ||
        strncmp(message, "...", 3) == 0; /* Lua shortens long paths at their front */

    if (!names_file)
        fprintf(complaints, "%s: ", loaded->source->path);
    fprintf(complaints, "%.*s\n", (int)len, message);
}

static enum err read_config(struct loaded *loaded, FILE *complaints)
{
    struct span source = read_source(loaded->source->path);
    struct faults faults = { .count = 0 };
    enum err err = OK;

    config_init(&loaded->config);
    lua_config_read(&loaded->vm, source, &loaded->config, &faults);
    if (faults.count > 0) {
        fault_print(&faults, complaints, loaded->source->path);
        config_fini(&loaded->config);
        err = ERR_SCRIPT;
    }
    fault_clear(&faults);
    mem_free((void *)source.at);
    loaded->vm.patience = loaded->config.limits.call;
    loaded->vm.most = loaded->config.limits.memory;
    return err;
}

enum err load_script(struct loaded *loaded, const struct source *source, FILE *complaints)
{
    char *library = places_find("lua");

    *loaded = (struct loaded){ .source = source };
    if (vm_open(&loaded->vm, VM_MEMORY, source->unsafe) != OK) {
        fprintf(complaints, "luaproxy: not enough memory for a Lua state\n");
        mem_free(library);
        return ERR_SCRIPT;
    }
    if (lua_wait_open(&loaded->vm) != OK || vm_set_path(&loaded->vm, source->path, library) != OK ||
        vm_run_file(&loaded->vm, source->path, source->args, source->arg_count) != OK) {
        print_message(loaded, complaints);
        goto fail;
    }
    if (read_config(loaded, complaints) != OK)
        goto fail;
    mem_free(library);
    return OK;

fail:
    mem_free(library);
    vm_close(&loaded->vm);
    return ERR_SCRIPT;
}

static void print_health(const struct config_health *health)
{
    switch (health->type) {
    case CHECK_NONE:
        printf("  health    none\n");
        return;
    case CHECK_TCP:
        printf("  health    tcp");
        break;
    case CHECK_HTTP:
        printf("  health    http %s", health->path);
        break;
    }
    if (health->status != 0)
        printf(", status %u", health->status);
    printf(", every %g s, timeout %g s, rise %u, fall %u\n", health->every, health->timeout,
           health->rise, health->fall);
}

static void print_outlier(const struct config_outlier *o)
{
    if (!o->watches) {
        printf("  outlier   none\n");
        return;
    }
    printf("  outlier   %u errors; rate %g, latency %g of %u in %g s; eject %g s, share %g, "
           "slow start %g s\n",
           o->errors, o->rate, o->latency, o->samples, o->every, o->eject, o->share, o->slow_start);
}

static void print_timeouts(const struct config_timeouts *t)
{
    printf("  timeouts  idle %g s, head %g s, connect %g s, response %g s, stall %g s, hook %g s, "
           "drain %g s\n",
           t->idle, t->head, t->connect, t->response, t->stall, t->hook, t->drain);
}

static void print_limits(const struct config_limits *limits)
{
    printf("  limits    head %zu bytes, %u fields, ", limits->head, limits->fields);
    if (limits->body == UINT64_MAX)
        printf("any body");
    else
        printf("body %" PRIu64 " bytes", limits->body);
    printf(", %u connections\n", limits->connections);
    printf(
        "  limits    line %zu bytes, field %zu bytes, body at %g bytes/s, response at %g bytes/s\n",
        limits->line, limits->field, limits->body_rate, limits->read_rate);
    if (limits->per_address < UINT_MAX)
        printf("  limits    %u connections of one address\n", limits->per_address);
    if (limits->requests < UINT_MAX)
        printf("  limits    %u requests on one connection\n", limits->requests);
    printf("  script    %g s a call, %zu bytes\n", limits->call, limits->memory);
}

/* Says who waits, if anybody ever has to. */
static void print_queue(const struct config_pool *pool)
{
    bool has_caps = pool->inflight < UINT_MAX;

    for (unsigned i = 0; i < pool->backend_count; i++)
        has_caps = has_caps || pool->backends[i].cap > 0;
    if (!has_caps)
        return;
    printf("  queue     ");
    if (pool->inflight < UINT_MAX)
        printf("%u in flight at each, ", pool->inflight);
    printf("%u pending, for %g s\n", pool->pending, pool->timeouts.queue);
}

static void print_retry(const struct config_retry *retry)
{
    printf("  retry     %u tries, on", retry->tries);
    printf("%s%s%s", retry->on_connect ? " connect" : "", retry->on_reset ? " reset" : "",
           retry->on_timeout ? " timeout" : "");
    for (unsigned i = 0; i < CONFIG_RETRY_STATUSES; i++)
        if (retry->on_status[i])
            printf(" %u", CONFIG_RETRY_FIRST + i);
    printf(", budget %g, backoff %g s, body %zu bytes\n", retry->budget, retry->backoff,
           retry->body);
}

static void print_pool(const struct config *config, const struct config_pool *pool)
{
    if (config->has_pools)
        printf("  pool      %s\n", pool->name);
    for (unsigned i = 0; i < pool->backend_count; i++) {
        const struct config_backend *b = &pool->backends[i];
        char at[ADDR_TEXT];

        addr_print(&b->at, at);
        printf("  backend   %s at %s, weight %u, tier %u", b->id, at, b->weight, b->tier);
        if (b->cap > 0)
            printf(", cap %u", b->cap);
        printf("%s\n", b->drain ? ", draining" : "");
    }
    print_queue(pool);
    printf("  pick      %s\n", pool->picks ? "script" : "round robin");
    print_health(&pool->health);
    print_retry(&pool->retry);
    print_outlier(&pool->outlier);
}

static void print_hook(const char *name, enum config_hook hook)
{
    switch (hook) {
    case HOOK_NONE:
        return;
    case HOOK_CALLED:
        printf("  %-9s script\n", name);
        return;
    case HOOK_WAITS:
        printf("  %-9s script, may wait\n", name);
        return;
    }
}

static void print_trust(const struct config *config)
{
    if (config->trusted_count == 0)
        return;
    printf("  trusted  ");
    for (unsigned i = 0; i < config->trusted_count; i++) {
        char at[ADDR_TEXT];

        addr_print_host(&config->trusted[i].base, at);
        printf(" %s/%u", at, config->trusted[i].bits);
    }
    printf("\n");
}

static void print_tunnels(const struct config_allow *allow, const struct config_timeouts *t)
{
    printf("  tunnels   ");
    if (allow->any_upgrade)
        printf("upgrade to anything, ");
    else if (allow->upgrade_count == 0)
        printf("no upgrade, ");
    for (unsigned i = 0; i < allow->upgrade_count && !allow->any_upgrade; i++)
        printf("%s%s, ", i == 0 ? "upgrade to " : "", allow->upgrades[i]);
    printf("%s%g s\n", allow->connect ? "CONNECT, " : "", t->tunnel);
}

void load_print(const struct loaded *loaded)
{
    const struct config *config = &loaded->config;

    printf("%s: ok\n", loaded->source->path);
    for (unsigned i = 0; i < config->listen_count; i++)
        printf("  listen    %s\n", config->listens[i].text);
    for (unsigned i = 0; i < config->pool_count; i++)
        print_pool(config, &config->pools[i]);
    if (config->has_pools)
        printf("  route     %s\n", config->routes ? "script" : "the only pool");
    print_hook("request", config->request);
    print_hook("response", config->response);
    if (config->tasks > 0)
        printf("  every     %u %s\n", config->tasks, config->tasks == 1 ? "task" : "tasks");
    printf("  host      %s\n", config->host == HOST_KEEP ? "keep" : "backend");
    print_trust(config);
    print_tunnels(&config->allow, &config->timeouts);
    print_timeouts(&config->timeouts);
    print_limits(&config->limits);
    printf("  log       %s\n", config->log_access ? "access" : "no access");
}

void load_undo(struct loaded *loaded)
{
    vm_close(&loaded->vm);
    config_fini(&loaded->config);
}
