/*
 * counts: what this process has served.
 */
#ifndef ECHO_COUNTS_H
#define ECHO_COUNTS_H

#include <stdint.h>

struct counts {
    uint64_t requests;    /* heads that were complete and well-formed */
    uint64_t connections; /* accepted */
};

#endif
