/* Kept-open backend connections.
 *
 *   facts->idle  --> e5 --> e2
 *   facts->idle  --> e4 --> e3 --> e1
 *   by_age       --> e5 --> e4 --> e3 --> e2 --> e1      <- deadline looks at this end
 */
#include "exchange/idle.h"

#include "base/mem.h"

struct idle_entry {
    struct list in_backend;
    struct list in_age;
    struct idle *idle;
    struct stream *stream;
    double since;
};

/* Takes the connection out, and puts the entry by. */
static struct stream *take_out(struct idle_entry *entry)
{
    struct stream *stream = entry->stream;

    list_remove(&entry->in_backend);
    list_remove(&entry->in_age);
    list_push(&entry->idle->spare, &entry->in_age);
    entry->idle->count--;
    entry->stream = NULL;
    return stream;
}

static void drop(struct idle_entry *entry)
{
    struct stream *stream = take_out(entry);

    stream_close(stream);
    mem_free(stream);
}

/* Something has happened on a kept-open connection: whatever it was, it cannot be used again. */
static void on_wake(void *owner)
{
    drop(owner);
}

static struct idle_entry *oldest(struct idle *idle)
{
    return container_of(idle->by_age.prev, struct idle_entry, in_age);
}

static void on_late(struct deadline *deadline)
{
    struct idle *idle = container_of(deadline, struct idle, deadline);
    double now = idle->deadlines->clock->now;

    while (idle->count > 0 && oldest(idle)->since + idle->longest <= now)
        drop(oldest(idle));
    if (idle->count > 0)
        deadline_set(idle->deadlines, deadline, oldest(idle)->since + idle->longest);
}

void idle_init(struct idle *idle, double longest, struct deadlines *deadlines)
{
    *idle = (struct idle){
        .most = IDLE_MOST,
        .longest = longest,
        .deadlines = deadlines,
    };
    list_init(&idle->by_age);
    list_init(&idle->spare);
    deadline_init(&idle->deadline, on_late);
}

void idle_fini(struct idle *idle)
{
    while (idle->count > 0)
        drop(oldest(idle));
    while (!list_is_empty(&idle->spare)) {
        struct idle_entry *entry = container_of(idle->spare.next, struct idle_entry, in_age);

        list_remove(&entry->in_age);
        mem_free(entry);
    }
    deadline_fini(&idle->deadline);
}

static struct idle_entry *spare_entry(struct idle *idle)
{
    struct idle_entry *entry;

    if (idle->count >= idle->most)
        drop(oldest(idle));
    if (list_is_empty(&idle->spare)) {
        entry = mem_new(sizeof *entry);
        entry->idle = idle;
        return entry;
    }
    entry = container_of(idle->spare.next, struct idle_entry, in_age);
    list_remove(&entry->in_age);
    return entry;
}

void idle_put(struct idle *idle, struct facts *facts, struct stream **stream)
{
    struct idle_entry *entry = spare_entry(idle);

    entry->stream = *stream;
    entry->since = idle->deadlines->clock->now;
    *stream = NULL;
    list_push(&facts->idle, &entry->in_backend);
    list_push(&idle->by_age, &entry->in_age);
    if (idle->count++ == 0)
        deadline_set(idle->deadlines, &idle->deadline, entry->since + idle->longest);
    stream_set_owner(entry->stream, on_wake, entry);
    stream_arm(entry->stream, true);
}

static struct idle_entry *newest_of(const struct facts *facts)
{
    return container_of(facts->idle.next, struct idle_entry, in_backend);
}

/* Has the backend said something that nobody has asked for, or closed the connection? */
static bool is_stale(const struct idle_entry *entry, bool careful)
{
    bool is_new = entry->since >= entry->idle->deadlines->clock->now;

    return stream_is_pending(entry->stream) ||
           ((careful || is_new) && stream_has_news(entry->stream));
}

struct stream *idle_get(struct facts *facts, bool careful)
{
    while (!list_is_empty(&facts->idle)) {
        struct idle_entry *entry = newest_of(facts);

        if (!is_stale(entry, careful))
            return take_out(entry);
        drop(entry);
    }
    return NULL;
}

void idle_forget(struct facts *facts)
{
    while (!list_is_empty(&facts->idle))
        drop(newest_of(facts));
}

bool idle_drop(struct idle *idle)
{
    if (idle->count == 0)
        return false;
    drop(oldest(idle));
    return true;
}

bool idle_drop_of(struct facts *facts)
{
    struct stream *stream;

    if (list_is_empty(&facts->idle))
        return false;
    stream = take_out(newest_of(facts));
    stream_abort(stream);
    mem_free(stream);
    return true;
}
