/* Waits for files to change. */
#include "app/watch.h"

#include "base/mem.h"

#include <string.h>

/* Seconds from one look at a file to the next where the system does not tell of changes, and
 * without a change until it counts as complete. */
static const double LOOK_EVERY = 0.25, CALM = 0.1;

struct watched {
    struct list link;
    struct ev_stat stat;
    struct watch *watch;
    char *path;
    bool wanted; /* it was added since the last watch_prune */
};

static void on_calm(struct ev_loop *loop, struct ev_timer *timer, int revents)
{
    struct watch *watch = container_of(timer, struct watch, calm);

    (void)loop;
    (void)revents;
    watch->changed(watch->owner);
}

static void on_stat(struct ev_loop *loop, struct ev_stat *stat, int revents)
{
    struct watched *file = container_of(stat, struct watched, stat);

    (void)revents;
    /* Somebody who replaces a file may take it away first. */
    if (stat->attr.st_nlink == 0)
        return;
    ev_timer_stop(loop, &file->watch->calm);
    ev_timer_set(&file->watch->calm, CALM, 0);
    ev_timer_start(loop, &file->watch->calm);
}

void watch_init(struct watch *watch, struct ev_loop *loop, void (*changed)(void *owner),
                void *owner)
{
    *watch = (struct watch){ .loop = loop, .changed = changed, .owner = owner };
    list_init(&watch->files);
    ev_init(&watch->calm, on_calm);
}

static struct watched *find(struct watch *watch, const char *path)
{
    for (struct list *link = watch->files.next; link != &watch->files; link = link->next) {
        struct watched *file = container_of(link, struct watched, link);

        if (strcmp(file->path, path) == 0)
            return file;
    }
    return NULL;
}

static struct watched *new_file(struct watch *watch, const char *path)
{
    struct watched *file = mem_new(sizeof *file);

    file->watch = watch;
    file->path = mem_copy(span_of(path));
    list_append(&watch->files, &file->link);
    ev_stat_init(&file->stat, on_stat, file->path, LOOK_EVERY);
    ev_stat_start(watch->loop, &file->stat);
    return file;
}

static void free_file(struct watched *file)
{
    ev_stat_stop(file->watch->loop, &file->stat);
    list_remove(&file->link);
    mem_free(file->path);
    mem_free(file);
}

void watch_add(struct watch *watch, const char *path)
{
    struct watched *file = find(watch, path);

    if (file == NULL)
        file = new_file(watch, path);
    file->wanted = true;
}

void watch_prune(struct watch *watch)
{
    struct list *next;

    for (struct list *link = watch->files.next; link != &watch->files; link = next) {
        struct watched *file = container_of(link, struct watched, link);

        next = link->next;
        if (file->wanted)
            file->wanted = false;
        else
            free_file(file);
    }
}

void watch_fini(struct watch *watch)
{
    while (!list_is_empty(&watch->files))
        free_file(container_of(watch->files.next, struct watched, link));
    ev_timer_stop(watch->loop, &watch->calm);
}
