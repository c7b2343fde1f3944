/* How many connections each address has, and whether it may have one more.
 *
 * What counts as one address is one of IPv4, or a network of IPv6 with 64 bits: whoever has one of
 * those has them all. Only addresses with connections are known, so there are no more of them than
 * connections.
 */
#ifndef EXCHANGE_CENSUS_H
#define EXCHANGE_CENSUS_H

#include "base/addr.h"
#include "base/hash.h"

struct census_entry;

/* Embed it, zeroed. It has no memory until somebody is counted. */
struct census {
    struct census_entry **slots;
    char key[HASH_KEY];
};

/* What one connection counts as. Embed it, zeroed: then it is not counted. */
struct census_place {
    struct census_entry *entry;
    bool turned_away;
};

enum census_news {
    CENSUS_FITS,  /* it is one of those that its address may have */
    CENSUS_FULL,  /* it is to be turned away, for which there is time */
    CENSUS_FLOOD, /* the same, but so many of its address are being turned away that it is not
                     counted: there must be no trouble with it */
};

/* Counts a connection from AT, whose address may have MOST, and as many that are being turned away,
 * at PLACE. */
enum census_news census_enter(struct census *census, const struct addr *at, unsigned most,
                              struct census_place *place);

/* It has gone. */
void census_leave(struct census *census, struct census_place *place);

/* All have gone. */
void census_fini(struct census *census);

#endif
