/* How fast somebody is who is waited for: a bucket of credit, in seconds.
 *
 *     credit    most |--.                 .--.
 *                    |   \     .--.      /   |
 *                    |    \   /   \     /    +-- waited for in vain
 *                  0 |     '-'     '---'  <- late
 *
 * Credit runs out while he is waited for, and only then; each byte gives 1/rate seconds of it. So
 * who is faster than the rate on average never gets late, may have breaks, and is judged neither by
 * one of them nor by how long it takes to move a lot.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    double most;    /* seconds of credit that one begins with and can have */
    double credit;  /* at the moment `since` */
    double since;   /* when it was looked at last */
    uint64_t bytes; /* counted so far */
    bool waits;     /* he has been waited for since then */
};

/* How much credit one may have who may do nothing for STALL seconds: as many, but not more than
 * thirty. */
double pace_most(double stall);

/* At NOW the credit is MOST, no byte has come, and nobody is waited for. */
void pace_begin(struct pace *pace, double now, double most);

/* By NOW, BYTES have come in all; of what was counted before, nothing is counted again. Each is
 * worth 1/RATE seconds; RATE is more than 0. WAITS says whether he is waited for from now on. */
void pace_note(struct pace *pace, double now, uint64_t bytes, double rate, bool waits);

/* When his credit runs out, if nothing comes until then. INFINITY if he is not waited for. */
double pace_end(const struct pace *pace);

/* Is he waited for, and has no credit left as of the last note? A little is none: what has to be
 * asked of the system then is not asked all the time. */
bool pace_is_out(const struct pace *pace);

/* For one who has been waited for without a break until his credit was gone, MOST, and of whom
 * COUNT bytes are heard then: how many seconds he has from now on; 0 if he is out. A RATE of 0 asks
 * for some bytes only. */
double pace_grant(uint64_t count, double rate, double most);

#endif
