/* Which script serves. */
#include "app/reload.h"

#include "app/edition.h"
#include "base/log.h"
#include "base/mem.h"
#include "vm/lua_counter.h"
#include "script/lua_handover.h"

#include <stdlib.h>
#include <string.h>

void reload_init(struct reload *reload, const struct source *source, struct exchange_env *env,
                 struct ledger *ledger, struct probes *probes, struct entrance *entrance,
                 struct fetcher *fetcher)
{
    *reload = (struct reload){
        .source = source,
        .env = env,
        .ledger = ledger,
        .probes = probes,
        .entrance = entrance,
        .fetcher = fetcher,
    };
    list_init(&reload->old);
}

/* What is pending is not wanted any more. Checks go by the rules of the current one again. */
static void discard(struct reload *reload)
{
    struct edition *pending = reload->pending;
    struct edition *current = reload->current;

    if (pending == NULL)
        return;
    reload->pending = NULL;
    entrance_discard(reload->entrance);
    probes_watch(reload->probes, current->generation.pools, current->loaded->config.pool_count);
    probes_prune(reload->probes);
    edition_free(pending);
}

/* EDITION serves from the next request on. */
static void adopt(struct reload *reload, struct edition *edition)
{
    reload->current = edition;
    reload->pending = NULL;
    reload->count++;
    lua_counter_set_tallies(edition->loaded->vm.L, &reload->tallies);
    reload->env->generation = &edition->generation;
    entrance_adopt(reload->entrance, &edition->loaded->config);
}

enum err reload_prepare(struct reload *reload, struct loaded *loaded)
{
    struct edition *edition;

    discard(reload);
    if (entrance_prepare(reload->entrance, &loaded->config) != OK) {
        load_undo(loaded);
        mem_free(loaded);
        return ERR_SYSTEM;
    }
    edition = edition_new(loaded, reload->env, reload->ledger, reload->fetcher);
    if (edition == NULL) {
        entrance_discard(reload->entrance);
        return ERR_SCRIPT;
    }
    if (reload->current == NULL)
        adopt(reload, edition);
    else
        reload->pending = edition;
    probes_watch(reload->probes, edition->generation.pools, loaded->config.pool_count);
    return OK;
}

/* Logs each line of TEXT. Says whether there was one. */
static bool log_lines(char *text)
{
    char *rest = NULL;
    char *first = strtok_r(text, "\n", &rest);

    for (char *line = first; line != NULL; line = strtok_r(NULL, "\n", &rest))
        log_error("not loaded, nothing changes: %s", line);
    return first != NULL;
}

void reload_start(struct reload *reload)
{
    struct loaded *loaded = mem_new(sizeof *loaded);
    char *text = NULL;
    size_t size;
    FILE *complaints = open_memstream(&text, &size);
    enum err err = ERR_SYSTEM;
    bool told = false;

    if (complaints != NULL) {
        err = load_script(loaded, reload->source, complaints);
        fclose(complaints);
        told = text != NULL && log_lines(text);
        free(text);
    }
    if (err == OK)
        err = reload_prepare(reload, loaded);
    else
        mem_free(loaded);
    if (err != OK && !told)
        log_error("not loaded, nothing changes%s", complaints == NULL ? ": out of memory" : "");
}

/* Those who began with an older generation keep to the caps that hold now. */
static void have_old_ones_follow(struct reload *reload)
{
    for (struct list *link = reload->old.next; link != &reload->old; link = link->next)
        edition_follow(container_of(link, struct edition, link), reload->current);
}

void reload_on_ready(struct reload *reload)
{
    struct edition *edition = reload->pending;

    if (edition != NULL) {
        lua_handover(&reload->current->script, &edition->script);
        lua_script_stop(&reload->current->script);
        list_append(&reload->old, &reload->current->link);
        adopt(reload, edition);
        have_old_ones_follow(reload);
        probes_prune(reload->probes);
        log_info("loaded %s anew", reload->source->path);
    }
    lua_script_start(&reload->current->script);
}

void reload_rest(struct reload *reload)
{
    struct list *next;

    vm_rest(&reload->current->loaded->vm);
    for (struct list *link = reload->old.next; link != &reload->old; link = next) {
        struct edition *edition = container_of(link, struct edition, link);

        next = link->next;
        if (edition->generation.held > 0) {
            vm_rest(&edition->loaded->vm);
            continue;
        }
        list_remove(&edition->link);
        edition_free(edition);
    }
}

void reload_collect(struct reload *reload)
{
    vm_collect(&reload->current->loaded->vm);
    for (struct list *link = reload->old.next; link != &reload->old; link = link->next)
        vm_collect(&container_of(link, struct edition, link)->loaded->vm);
}

const struct config *reload_config(const struct reload *reload)
{
    return &reload->current->loaded->config;
}

void reload_fini(struct reload *reload)
{
    while (!list_is_empty(&reload->old)) {
        struct edition *edition = container_of(reload->old.next, struct edition, link);

        list_remove(&edition->link);
        edition_free(edition);
    }
    if (reload->pending != NULL)
        edition_free(reload->pending);
    if (reload->current != NULL)
        edition_free(reload->current);
    tallies_fini(&reload->tallies);
}
