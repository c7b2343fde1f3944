/* Waits for files to change: the script and the modules it has required. */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "base/list.h"

#include <ev.h>

struct watch {
    struct ev_loop *loop;
    struct list files;
    struct ev_timer calm; /* since the last change */
    void (*changed)(void *owner);
    void *owner;
};

/* Nothing is watched yet. CHANGED is called with OWNER when something has changed, and no more for
 * a moment: whoever writes a file may do so in several steps. */
void watch_init(struct watch *watch, struct ev_loop *loop, void (*changed)(void *owner),
                void *owner);

/* Watches the file at PATH, too, which is copied. */
void watch_add(struct watch *watch, const char *path);

/* Those that were not added since the last watch_prune are watched no more. Those that were go on
 * being watched all the while: no change of them is missed. */
void watch_prune(struct watch *watch);

/* Watches nothing any more. */
void watch_fini(struct watch *watch);

#endif
