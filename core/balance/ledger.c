/* The facts of all servers that any pool has. */
#include "balance/ledger.h"

#include "base/mem.h"

#include <string.h>

/* FNV-1a, which is good enough for names that a script has given. */
static struct list *slot_of(struct ledger *ledger, const char *id)
{
    uint32_t hash = 2166136261u;

    for (; *id != '\0'; id++)
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    return &ledger->slots[hash % LEDGER_SLOTS];
}

void ledger_init(struct ledger *ledger, void (*dropped)(void *owner, struct facts *facts),
                 void *owner)
{
    *ledger = (struct ledger){ .dropped = dropped, .owner = owner };
    for (unsigned i = 0; i < LEDGER_SLOTS; i++)
        list_init(&ledger->slots[i]);
}

void ledger_set_unreached(struct ledger *ledger,
                          void (*unreached)(void *owner, struct facts *facts))
{
    ledger->unreached = unreached;
}

void ledger_tell_unreached(struct ledger *ledger, struct facts *facts)
{
    if (ledger->unreached != NULL)
        ledger->unreached(ledger->owner, facts);
}

static struct facts *new_facts(const char *id, const struct addr *at, double now)
{
    struct facts *facts = mem_new(sizeof *facts);

    facts->id = mem_copy(span_of(id));
    facts->at = *at;
    facts->since = now;
    list_init(&facts->users);
    list_init(&facts->idle);
    return facts;
}

struct facts *ledger_hold(struct ledger *ledger, const char *id, const struct addr *at, double now)
{
    struct list *slot = slot_of(ledger, id);
    struct facts *facts;

    for (struct list *link = slot->next; link != slot; link = link->next) {
        facts = container_of(link, struct facts, link);
        if (strcmp(facts->id, id) == 0 && addr_eq(&facts->at, at)) {
            facts->held++;
            return facts;
        }
    }
    facts = new_facts(id, at, now);
    facts->held = 1;
    list_push(slot, &facts->link);
    ledger->count++;
    return facts;
}

void ledger_release(struct ledger *ledger, struct facts *facts)
{
    if (--facts->held > 0)
        return;
    if (ledger->dropped != NULL)
        ledger->dropped(ledger->owner, facts);
    list_remove(&facts->link);
    ledger->count--;
    mem_free(facts->id);
    mem_free(facts);
}
