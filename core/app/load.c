/* A script and all that was made of it without touching the network. */
#include "app/load.h"

#include "app/places.h"
#include "base/mem.h"
#include "script/lua_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SOURCE_MAX = 1 << 20 };

/* The text of the file at PATH, for the numbers of lines; to be freed. Empty if it cannot be read,
 * which running it has told already. */
static struct span read_source(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = mem_new(SOURCE_MAX);
    size_t len = 0;

    if (file != NULL) {
        len = fread(text, 1, SOURCE_MAX, file);
        fclose(file);
    }
    return (struct span){ text, len };
}

/* Prints what Lua says of a script that did not run, without the traceback: the first line has file
 * and line. */
static void print_message(struct loaded *loaded)
{
    const char *message = lua_tostring(loaded->vm.L, -1);
    size_t len = strcspn(message, "\n");
    bool names_file = memmem(message, len, loaded->path, strlen(loaded->path)) != NULL ||
                      strncmp(message, "...", 3) == 0; /* Lua shortens long paths at their front */

    if (!names_file)
        fprintf(stderr, "%s: ", loaded->path);
    fprintf(stderr, "%.*s\n", (int)len, message);
}

static enum err read_config(struct loaded *loaded)
{
    struct span source = read_source(loaded->path);
    struct faults faults = { .count = 0 };
    enum err err = OK;

    config_init(&loaded->config);
    lua_config_read(&loaded->vm, source, &loaded->config, &faults);
    if (faults.count > 0) {
        fault_print(&faults, stderr, loaded->path);
        config_fini(&loaded->config);
        err = ERR_SCRIPT;
    }
    fault_clear(&faults);
    mem_free((void *)source.at);
    loaded->vm.patience = loaded->config.limits.call;
    loaded->vm.most = loaded->config.limits.memory;
    return err;
}

enum err load_script(struct loaded *loaded, const char *path, char **args, int count, bool unsafe)
{
    char *library = places_find("lua");

    *loaded = (struct loaded){ .path = path };
    if (vm_open(&loaded->vm, VM_MEMORY, unsafe) != OK) {
        fprintf(stderr, "luaproxy: not enough memory for a Lua state\n");
        mem_free(library);
        return ERR_SCRIPT;
    }
    if (vm_set_path(&loaded->vm, path, library) != OK ||
        vm_run_file(&loaded->vm, path, args, count) != OK) {
        print_message(loaded);
        goto fail;
    }
    if (read_config(loaded) != OK)
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

static void print_timeouts(const struct config_timeouts *t)
{
    printf(
        "  timeouts  idle %g s, head %g s, connect %g s, response %g s, stall %g s, drain %g s\n",
        t->idle, t->head, t->connect, t->response, t->stall, t->drain);
}

static void print_limits(const struct config_limits *limits)
{
    printf("  limits    head %zu bytes, %u fields, ", limits->head, limits->fields);
    if (limits->body == UINT64_MAX)
        printf("any body");
    else
        printf("body %" PRIu64 " bytes", limits->body);
    printf(", %u connections\n", limits->connections);
    printf("  script    %g s a call, %zu bytes\n", limits->call, limits->memory);
}

void load_print(const struct loaded *loaded)
{
    const struct config *config = &loaded->config;

    printf("%s: ok\n", loaded->path);
    for (unsigned i = 0; i < config->listen_count; i++)
        printf("  listen    %s\n", config->listens[i].text);
    for (unsigned i = 0; i < config->backend_count; i++) {
        const struct config_backend *b = &config->backends[i];
        char at[ADDR_TEXT];

        addr_print(&b->at, at);
        printf("  backend   %s at %s, weight %u, tier %u\n", b->id, at, b->weight, b->tier);
    }
    printf("  pick      %s\n", config->picks ? "script" : "round robin");
    printf("  host      %s\n", config->host == HOST_KEEP ? "keep" : "backend");
    print_health(&config->health);
    print_timeouts(&config->timeouts);
    print_limits(&config->limits);
    printf("  retry     %u tries\n", config->tries);
    printf("  log       %s\n", config->log_access ? "access" : "no access");
}

void load_undo(struct loaded *loaded)
{
    config_fini(&loaded->config);
    vm_close(&loaded->vm);
}
