/* One moment after which somebody is late.
 *
 * A ring of slots, one a tick. A deadline sits in the slot of its moment, or in the last one that
 * the ring reaches; it may sit earlier than its moment, never later.
 *
 *        looked                      looked + SLOTS - 1
 *          v                             v
 *   [ . ][ . ][   ][ d ][   ][ d d ] ... [ d ]
 */
#include "net/deadline.h"

#include <math.h>

/* If the loop has not turned for so many ticks, it has as many to look at what has come meanwhile
 * before anybody is called late: a turn shows but some of it. */
enum { STALLED = 4 };

static uint64_t tick_of(double at)
{
    return (uint64_t)ceil(at / DEADLINE_GRAIN);
}

static struct list *slot_of(struct deadlines *deadlines, uint64_t tick)
{
    return &deadlines->slots[tick % DEADLINE_SLOTS];
}

static void set_timer(struct deadlines *deadlines, uint64_t tick)
{
    double in = (double)tick * DEADLINE_GRAIN - deadlines->clock->now;

    ev_timer_stop(deadlines->loop, &deadlines->timer);
    ev_timer_set(&deadlines->timer, in > 0 ? in : 0, 0);
    ev_timer_start(deadlines->loop, &deadlines->timer);
    deadlines->next = tick;
}

/* Puts a deadline that is on no slot where it belongs. */
static void place(struct deadlines *deadlines, struct deadline *deadline)
{
    uint64_t tick = tick_of(deadline->at);

    if (tick <= deadlines->looked)
        tick = deadlines->looked + 1;
    if (tick > deadlines->looked + DEADLINE_SLOTS - 1)
        tick = deadlines->looked + DEADLINE_SLOTS - 1;
    deadline->tick = tick;
    deadline->behind = (double)(tick - 1) * DEADLINE_GRAIN;
    list_append(slot_of(deadlines, tick), &deadline->link);
    if (tick < deadlines->next)
        set_timer(deadlines, tick);
}

/* Looks at all deadlines of one slot. What is late may do anything, even end other deadlines. */
static void look(struct deadlines *deadlines, uint64_t tick)
{
    struct list due;

    list_init(&due);
    list_move(&due, slot_of(deadlines, tick));
    while (!list_is_empty(&due)) {
        struct deadline *deadline = container_of(due.next, struct deadline, link);

        list_remove(&deadline->link);
        deadline->tick = UINT64_MAX;
        deadline->behind = INFINITY;
        if (deadline->at <= deadlines->clock->now)
            deadline->late(deadline);
        else if (deadline->at < INFINITY)
            place(deadlines, deadline);
    }
}

static void set_next_timer(struct deadlines *deadlines)
{
    deadlines->next = UINT64_MAX;
    for (uint64_t tick = deadlines->looked + 1; tick < deadlines->looked + DEADLINE_SLOTS; tick++) {
        if (!list_is_empty(slot_of(deadlines, tick))) {
            set_timer(deadlines, tick);
            return;
        }
    }
}

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct deadlines *deadlines = container_of(w, struct deadlines, timer);
    uint64_t now = (uint64_t)(deadlines->clock->now / DEADLINE_GRAIN);
    bool stalled = !deadlines->hesitates && now > deadlines->next + STALLED;

    (void)loop;
    (void)revents;
    deadlines->hesitates = stalled;
    if (stalled) {
        set_timer(deadlines, now + STALLED);
        return;
    }
    if (now > deadlines->looked + DEADLINE_SLOTS)
        deadlines->looked = now - DEADLINE_SLOTS;
    while (deadlines->looked < now) {
        deadlines->looked++;
        look(deadlines, deadlines->looked);
    }
    set_next_timer(deadlines);
}

void deadlines_init(struct deadlines *deadlines, struct ev_loop *loop, const struct clock *clock)
{
    *deadlines = (struct deadlines){ .loop = loop, .clock = clock, .next = UINT64_MAX };
    deadlines->looked = (uint64_t)(clock->now / DEADLINE_GRAIN);
    ev_init(&deadlines->timer, on_timer);
    /* What has come in the same turn has come in time. */
    ev_set_priority(&deadlines->timer, EV_MINPRI);
    for (int i = 0; i < DEADLINE_SLOTS; i++)
        list_init(&deadlines->slots[i]);
}

void deadlines_fini(struct deadlines *deadlines)
{
    ev_timer_stop(deadlines->loop, &deadlines->timer);
}

void deadline_init(struct deadline *deadline, void (*late)(struct deadline *deadline))
{
    *deadline = (struct deadline){
        .at = INFINITY,
        .behind = INFINITY,
        .tick = UINT64_MAX,
        .late = late,
    };
    list_init(&deadline->link);
}

void deadline_set(struct deadlines *deadlines, struct deadline *deadline, double at)
{
    deadline->at = at;
    if (at > deadline->behind)
        return;
    list_remove(&deadline->link);
    place(deadlines, deadline);
}

void deadline_clear(struct deadline *deadline)
{
    deadline->at = INFINITY;
}

void deadline_fini(struct deadline *deadline)
{
    list_remove(&deadline->link);
    deadline->tick = UINT64_MAX;
    deadline->behind = INFINITY;
}
