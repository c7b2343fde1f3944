/* How the kernel takes what is written: the `send` and `sendmsg` of kernel.c stand before those of
 * the C library. */
#ifndef TESTS_NET_KERNEL_H
#define TESTS_NET_KERNEL_H

#include <stddef.h>

struct kernel {
    size_t takes; /* so many bytes, then none until this is changed; SIZE_MAX: as ever */
    int error;    /* the next call fails so, if not 0 */
};

extern struct kernel kernel;

#endif
