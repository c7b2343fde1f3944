/* How many connections each address has. */
#include "exchange/census.h"

#include "base/mem.h"

#include <string.h>
#include <sys/random.h>

enum { SLOTS = 8192 };

/* One address; the next one with the same hash. */
struct census_entry {
    struct census_entry *next;
    uint64_t who;
    unsigned served;
    unsigned turned_away;
};

/* A number for the address AT: the first half of one of IPv6, and one of IPv4 as if it were such a
 * half, among those of multicast, from where nobody comes. */
static uint64_t number_of(const struct addr *at)
{
    const struct in6_addr *v6 = &at->v6.sin6_addr;
    unsigned char half[8] = { 0xff, 0xff, 0xff, 0xff };
    uint64_t number;

    if (at->any.sa_family == AF_INET)
        memcpy(half + 4, &at->v4.sin_addr, 4);
    else if (IN6_IS_ADDR_V4MAPPED(v6))
        memcpy(half + 4, v6->s6_addr + 12, 4);
    else
        memcpy(half, v6->s6_addr, sizeof half);
    memcpy(&number, half, sizeof number);
    return number;
}

static struct census_entry **slot_of(const struct census *census, uint64_t who)
{
    struct span bytes = { (const char *)&who, sizeof who };

    return &census->slots[hash_sip(bytes, census->key) % SLOTS];
}

/* Who WHO is, with all his connections. */
static struct census_entry *find(struct census *census, uint64_t who)
{
    struct census_entry **slot = slot_of(census, who);
    struct census_entry *entry = *slot;

    while (entry != NULL && entry->who != who)
        entry = entry->next;
    if (entry != NULL)
        return entry;
    entry = mem_new(sizeof *entry);
    *entry = (struct census_entry){ .next = *slot, .who = who };
    *slot = entry;
    return entry;
}

enum census_news census_enter(struct census *census, const struct addr *at, unsigned most,
                              struct census_place *place)
{
    struct census_entry *entry;

    if (census->slots == NULL) {
        census->slots = mem_new(SLOTS * sizeof *census->slots);
        getrandom(census->key, sizeof census->key, 0);
    }
    entry = find(census, number_of(at));
    if (entry->served >= most && entry->turned_away >= most)
        return CENSUS_FLOOD;
    *place = (struct census_place){ entry, entry->served >= most };
    if (place->turned_away)
        entry->turned_away++;
    else
        entry->served++;
    return place->turned_away ? CENSUS_FULL : CENSUS_FITS;
}

void census_leave(struct census *census, struct census_place *place)
{
    struct census_entry *entry = place->entry;
    struct census_entry **at;

    if (entry == NULL)
        return;
    place->entry = NULL;
    if (place->turned_away)
        entry->turned_away--;
    else
        entry->served--;
    if (entry->served + entry->turned_away > 0)
        return;
    at = slot_of(census, entry->who);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    mem_free(entry);
}

void census_fini(struct census *census)
{
    mem_free(census->slots);
    census->slots = NULL;
}
