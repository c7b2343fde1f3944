/* What a request needs, lent to a client while it lasts. */
#include "exchange/spares.h"

/* So many are kept. */
enum { SPARE_MAX = 256 };

static void request_free(struct request *request)
{
    arena_fini(&request->exchange.arena);
    mem_free(request);
}

void spares_init(struct spares *spares)
{
    list_init(&spares->list);
    spares->count = 0;
}

void spares_fini(struct spares *spares)
{
    while (spares->count > 0)
        request_free(spares_take(spares));
}

struct request *spares_take(struct spares *spares)
{
    struct list *spare = spares->list.next;

    if (spares->count == 0)
        return mem_new(sizeof(struct request));
    list_remove(spare);
    spares->count--;
    return container_of(spare, struct request, link);
}

void spares_give(struct spares *spares, struct request *request)
{
    if (spares->count == SPARE_MAX) {
        request_free(request);
        return;
    }
    list_push(&spares->list, &request->link);
    spares->count++;
}
