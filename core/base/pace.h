/* How fast somebody is who is waited for: a bucket of credit, in seconds.
 *
 *     credit      30 |--.                 .--.
 *                    |   \     .--.      /   |
 *                    |    \   /   \     /    +-- waited for in vain
 *                  0 |     '-'     '---'  <- late
 *
 * Credit runs out while he is waited for, and only then; each byte gives 1/rate seconds of it. So
 * who is faster than the rate on average never gets late, may have long breaks, and is judged
 * neither by one of them nor by how long it takes to move a lot.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds of credit that one begins with and can have at most, and below which one has none: what
 * has to be asked of the system is not asked all the time. */
#define PACE_MOST  30.0
#define PACE_LEAST 1.0

struct pace {
    double credit;  /* at the moment `since` */
    double since;   /* when it was looked at last */
    uint64_t bytes; /* counted so far */
    bool waits;     /* he has been waited for since then */
};

/* Full credit at NOW, no bytes, and nobody is waited for. */
void pace_begin(struct pace *pace, double now);

/* By NOW, BYTES have come in all; of what was counted before, nothing is counted again. Each is
 * worth 1/RATE seconds; RATE is more than 0. WAITS says whether he is waited for from now on. */
void pace_note(struct pace *pace, double now, uint64_t bytes, double rate, bool waits);

/* When his credit runs out, if nothing comes until then. INFINITY if he is not waited for. */
double pace_end(const struct pace *pace);

/* Is he waited for, and has no credit left as of the last note? */
bool pace_is_out(const struct pace *pace);

/* The same without a note, for one who is waited for without a break. So many seconds he has at
 * first, who may do nothing for SECONDS; with a RATE of 0, all of them. */
double pace_patience(double rate, double seconds);

/* When they are over COUNT bytes are heard of him: so many seconds he has then, MOST at most; 0:
 * none. A RATE of 0 asks for some bytes only. */
double pace_grant(uint64_t count, double rate, double most);

#endif
