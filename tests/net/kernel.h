/* How the kernel takes what is written, and who comes: the `send`, `sendmsg`, `accept4`
 * and `connect` of kernel.c stand before those of the C library. */
#ifndef TESTS_NET_KERNEL_H
#define TESTS_NET_KERNEL_H

#include <stddef.h>

struct kernel {
    size_t takes;    /* so many bytes, then none until this is changed; SIZE_MAX: as ever */
    int error;       /* the next call that writes fails so, if not 0 */
    int turned_away; /* so does the next call that accepts */
    int no_way;      /* so do the next calls that connect, */
    unsigned dials;  /* so many of them */
};

extern struct kernel kernel;

#endif
