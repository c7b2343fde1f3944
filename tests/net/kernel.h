/* How the kernel takes what is written, and who comes: the `send`, `sendmsg` and `accept4` of
 * kernel.c stand before those of the C library. */
#ifndef TESTS_NET_KERNEL_H
#define TESTS_NET_KERNEL_H

#include <stddef.h>

struct kernel {
    size_t takes;    /* so many bytes, then none until this is changed; SIZE_MAX: as ever */
    int error;       /* the next call that writes fails so, if not 0 */
    int turned_away; /* so does the next call that accepts */
};

extern struct kernel kernel;

#endif
