/* To be done in this turn of the loop, but not within the present call.
 *
 * An event that is fed comes when the present callback has returned. The watcher is started as
 * well: with it the loop does not sleep, if there was no callback or if something is left.
 */
#include "net/soon.h"

/* Calls those who are there now, not those who come meanwhile: a turn ends. */
static void on_turn(struct ev_loop *loop, struct ev_idle *w, int revents)
{
    struct soon *soon = container_of(w, struct soon, turn);
    struct list now;

    (void)loop;
    (void)revents;
    list_init(&now);
    list_move(&now, &soon->later);
    soon->works = true;
    while (!list_is_empty(&now)) {
        struct later *later = container_of(now.next, struct later, link);

        list_remove(&later->link);
        later->call(later);
    }
    soon->works = false;
    if (list_is_empty(&soon->later))
        ev_idle_stop(soon->loop, &soon->turn);
}

void soon_init(struct soon *soon, struct ev_loop *loop)
{
    *soon = (struct soon){ .loop = loop };
    list_init(&soon->later);
    ev_idle_init(&soon->turn, on_turn);
    /* Other events, of which there may be some in every turn, would keep it from its own. */
    ev_set_priority(&soon->turn, EV_MAXPRI);
}

void soon_fini(struct soon *soon)
{
    while (!list_is_empty(&soon->later))
        list_remove(soon->later.next);
    ev_idle_stop(soon->loop, &soon->turn);
}

void soon_later_init(struct later *later, void (*call)(struct later *later))
{
    *later = (struct later){ .call = call };
    list_init(&later->link);
}

void soon_call(struct soon *soon, struct later *later)
{
    if (!list_is_empty(&later->link))
        return;
    list_append(&soon->later, &later->link);
    ev_idle_start(soon->loop, &soon->turn);
    if (!soon->works)
        ev_feed_event(soon->loop, &soon->turn, EV_IDLE);
}

void soon_cancel(struct later *later)
{
    list_remove(&later->link);
}
