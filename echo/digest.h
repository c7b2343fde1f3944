/*
 * digest: what is remembered of a request whose body has been taken.
 */
#ifndef ECHO_DIGEST_H
#define ECHO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "slice.h"

/* The most that is kept of a body for /report. */
#define DIGEST_BODY_MAX 65536

struct digest {
    uint64_t length;
    uint64_t sum; /* see bytes_sum; only with DIGEST_SUM */
    char *report; /* head and beginning of the body; only with DIGEST_REPORT */
    size_t report_len;
    size_t report_max;
    unsigned wanted;
};

enum { DIGEST_SUM = 1, DIGEST_REPORT = 2 };

/* Starts with the head of a request. WANTED says what to keep beside the length of its body. */
void digest_init(struct digest *d, struct slice head, unsigned wanted);
void digest_fini(struct digest *d);

/* Adds the next piece of the body. */
void digest_add(struct digest *d, struct slice piece);

#endif
