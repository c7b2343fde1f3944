/* Files that change, over real ones. */
#include "app/watch.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A folder with two files, and whoever watches them. */
struct desk {
    char folder[32];
    char script[64], module[64];
    struct ev_loop *loop;
    struct watch watch;
    unsigned changed;
};

static void on_changed(void *owner)
{
    struct desk *desk = owner;

    desk->changed++;
}

static void save(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void desk_begin(struct desk *desk)
{
    *desk = (struct desk){ .folder = "/tmp/watch-XXXXXX" };
    ck_assert_ptr_nonnull(mkdtemp(desk->folder));
    snprintf(desk->script, sizeof desk->script, "%s/script", desk->folder);
    snprintf(desk->module, sizeof desk->module, "%s/module", desk->folder);
    save(desk->script, "1");
    save(desk->module, "1");
    desk->loop = ev_loop_new(0);
    watch_init(&desk->watch, desk->loop, on_changed, desk);
}

static void desk_end(struct desk *desk)
{
    watch_fini(&desk->watch);
    ev_loop_destroy(desk->loop);
    unlink(desk->script);
    unlink(desk->module);
    rmdir(desk->folder);
}

static void await_change(struct desk *desk, unsigned count)
{
    while (desk->changed < count)
        ev_run(desk->loop, EVRUN_ONCE);
    ck_assert_uint_eq(desk->changed, count);
}

/* Somebody has seen that a file is not what it was, and waits for it to be complete. */
static void await_notice(struct desk *desk)
{
    while (!ev_is_active(&desk->watch.calm))
        ev_run(desk->loop, EVRUN_ONCE);
}

TEST(who_saves_a_file_in_several_steps_is_heard_once)
{
    struct desk desk;

    desk_begin(&desk);
    watch_add(&desk.watch, desk.script);
    watch_add(&desk.watch, desk.module);
    watch_prune(&desk.watch);
    save(desk.script, "22");
    await_notice(&desk);
    save(desk.module, "22");
    await_change(&desk, 1);
    desk_end(&desk);
}

TEST(what_has_changed_while_the_files_are_named_anew_is_not_missed)
{
    struct desk desk;

    desk_begin(&desk);
    watch_add(&desk.watch, desk.script);
    watch_prune(&desk.watch);
    save(desk.script, "22");
    await_notice(&desk);
    watch_add(&desk.watch, desk.script);
    watch_prune(&desk.watch);
    await_change(&desk, 1);
    save(desk.script, "333");
    watch_add(&desk.watch, desk.script);
    watch_prune(&desk.watch);
    await_change(&desk, 2);
    desk_end(&desk);
}

TEST(who_is_not_named_any_more_is_not_watched)
{
    struct desk desk;

    desk_begin(&desk);
    watch_add(&desk.watch, desk.script);
    watch_add(&desk.watch, desk.module);
    watch_prune(&desk.watch);
    watch_add(&desk.watch, desk.script);
    watch_prune(&desk.watch);
    ck_assert_ptr_eq(desk.watch.files.next, desk.watch.files.prev);
    save(desk.script, "22");
    await_change(&desk, 1);
    desk_end(&desk);
}

SUITE(watch, who_saves_a_file_in_several_steps_is_heard_once,
      what_has_changed_while_the_files_are_named_anew_is_not_missed,
      who_is_not_named_any_more_is_not_watched);
