/* Maglev's lookup table. */
#include "vm/maglev.h"

#include <math.h>
#include <string.h>

enum { NOBODY = 0xffff };

/* A table on its way. */
struct maglev {
    struct maglev_sharer *sharers;
    struct maglev_round *rounds; /* the first at [0] */
    uint16_t *owners;
    uint32_t size;
    uint32_t left; /* slots that nobody has */
    double heaviest;
};

bool maglev_fits(int64_t size)
{
    if (size < 2 || size > MAGLEV_SIZE)
        return false;
    for (int64_t divisor = 2; divisor * divisor <= size; divisor++)
        if (size % divisor == 0)
            return false;
    return true;
}

/* Appends sharer I to those whose turn it is in ROUND. There are no more rounds than slots. */
static void put_down(struct maglev *m, double round, uint16_t i)
{
    struct maglev_round *r;

    if (round >= m->size)
        return;
    r = &m->rounds[(uint32_t)round];
    m->sharers[i].next = NOBODY;
    if (r->first == NOBODY)
        r->first = i;
    else
        m->sharers[r->last].next = i;
    r->last = i;
}

static void claim(struct maglev *m, uint16_t i)
{
    struct maglev_sharer *s = &m->sharers[i];

    while (m->owners[s->slot] != NOBODY) {
        s->slot += s->skip;
        if (s->slot >= m->size)
            s->slot -= m->size;
    }
    m->owners[s->slot] = i;
    s->claimed++;
    m->left--;
}

/* After ROUND: when it is the turn of sharer I again. */
static double next_round(const struct maglev *m, uint32_t round, uint16_t i)
{
    double pace = m->heaviest / m->sharers[i].weight;

    return fmax(round + 1, ceil(m->sharers[i].claimed * pace));
}

static void run_round(struct maglev *m, uint32_t round)
{
    uint16_t i = m->rounds[round].first;

    while (i != NOBODY && m->left > 0) {
        uint16_t next = m->sharers[i].next;

        claim(m, i);
        put_down(m, next_round(m, round, i), i);
        i = next;
    }
}

void maglev_fill(struct maglev_sharer *sharers, unsigned count, struct maglev_round *rounds,
                 uint16_t *owners, uint32_t size)
{
    struct maglev m = { sharers, rounds, owners, size, size, 0 };

    memset(owners, 0xff, size * sizeof *owners);
    memset(rounds, 0xff, size * sizeof *rounds);
    for (unsigned i = 0; i < count; i++) {
        sharers[i].claimed = 0;
        m.heaviest = fmax(m.heaviest, sharers[i].weight);
    }
    for (unsigned i = 0; i < count; i++)
        if (m.heaviest / sharers[i].weight < INFINITY)
            put_down(&m, 0, (uint16_t)i);
    for (uint32_t round = 0; m.left > 0; round++)
        run_round(&m, round);
}
