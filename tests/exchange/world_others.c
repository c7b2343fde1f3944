/* The requests of others in a world. */
#include "world_others.h"

#include "balance/facts.h"

/* The backend number I of the world, or NULL. */
static struct backend *find_backend(struct world *w, unsigned i)
{
    for (int p = 0; p < 2; p++)
        for (unsigned k = 0; k < w->pools[p].count; k++)
            if (w->pools[p].backends[k].config->id[0] == (char)('a' + i))
                return &w->pools[p].backends[k];
    return NULL;
}

static void lease(struct world *w, struct backend *b)
{
    w->busy[b->config->id[0] - 'a']++;
    facts_lease(b);
}

static void on_due(struct usher *usher)
{
    container_of(usher, struct world, usher)->due = true;
}

/* Another one is called: he takes the first who has room. */
static void on_call(struct waiter *waiter)
{
    struct world *w = container_of(waiter, struct world_other, waiter)->world;
    struct backend *b = w->pools[0].up[0];

    must(w->pools[0].up_count > 0, "somebody is called without room for him");
    strcat(w->served, b->config->id);
    lease(w, b);
}

/* COUNT of the others, from the number FIRST on, wait. */
static void queue(struct world *w, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        struct world_other *other = &w->others[i];

        must(i < WORLD_OTHERS, "there are too many others for these tests");
        other->world = w;
        other->waiter.call = on_call;
        usher_queue(&w->pools[0].line, &other->waiter);
    }
}

void world_others_init(struct world *w)
{
    usher_init(&w->usher, on_due);
}

void world_others_begin(struct world *w)
{
    for (unsigned i = 0; i < WORLD_BACKENDS && w->backends[i].says != NULL; i++)
        for (unsigned n = 0; n < w->backends[i].busy; n++)
            lease(w, find_backend(w, i));
    queue(w, 0, w->queued);
}

/* Does one of the requests at the backend number I end in this turn? Says whether any will ever. */
static bool end_some(struct world *w, unsigned i)
{
    unsigned frees = w->backends[i].frees;

    if (frees == 0 || w->busy[i] == 0)
        return false;
    if (w->turns % frees == 0) {
        w->busy[i]--;
        facts_release(find_backend(w, i));
    }
    return true;
}

bool world_others_turn(struct world *w)
{
    bool any = w->due;

    if (w->behind > 0 && w->tried_count > 0) {
        queue(w, w->queued, w->behind);
        w->queued += w->behind;
        w->behind = 0;
    }
    for (unsigned i = 0; i < WORLD_BACKENDS; i++)
        if (end_some(w, i))
            any = true;
    if (w->due) {
        w->due = false;
        w->ushers = true;
        usher_work(&w->usher);
        w->ushers = false;
    }
    return any;
}

void world_others_end(struct world *w)
{
    for (unsigned i = 0; i < w->queued; i++)
        usher_leave(&w->others[i].waiter);
    for (unsigned i = 0; i < WORLD_BACKENDS; i++)
        for (; w->busy[i] > 0; w->busy[i]--)
            facts_release(find_backend(w, i));
    must(list_is_empty(&w->usher.lines), "somebody still waits");
}
