/* Numbers that are named while the program runs. */
#include "base/tallies.h"

#include "base/mem.h"

#include <string.h>

/* Where NAME is, or belongs if it is not there. */
static unsigned place_of(const struct tallies *tallies, const char *name)
{
    unsigned low = 0;
    unsigned high = tallies->count;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (strcmp(tallies->sorted[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Makes room at PLACE for one more. */
static void move_up(struct tallies *tallies, unsigned place)
{
    struct tally **sorted =
        mem_resize(tallies->sorted, (tallies->count + 1) * sizeof(struct tally *));

    memmove(sorted + place + 1, sorted + place, (tallies->count - place) * sizeof *sorted);
    tallies->sorted = sorted;
    tallies->count++;
}

struct tally *tallies_get(struct tallies *tallies, struct span name)
{
    char text[TALLY_NAME_MAX + 1] = "";
    struct tally *tally;
    unsigned place;

    memcpy(text, name.at, name.len);
    place = place_of(tallies, text);
    if (place < tallies->count && strcmp(tallies->sorted[place]->name, text) == 0)
        return tallies->sorted[place];
    if (tallies->count == TALLIES_MAX)
        return NULL;
    tally = mem_new(sizeof *tally);
    memcpy(tally->name, text, sizeof text);
    move_up(tallies, place);
    tallies->sorted[place] = tally;
    return tally;
}

void tallies_add(struct tally *tally, int64_t n)
{
    /* Without sign it may wrap. */
    tally->n = (int64_t)((uint64_t)tally->n + (uint64_t)n);
}

void tallies_fini(struct tallies *tallies)
{
    for (unsigned i = 0; i < tallies->count; i++)
        mem_free(tallies->sorted[i]);
    mem_free(tallies->sorted);
    *tallies = (struct tallies){ .count = 0 };
}
