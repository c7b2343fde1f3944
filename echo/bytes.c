/*
 * bytes: content that a test can predict, and a checksum it can compute.
 */
#include "bytes.h"

#include <string.h>

static const char period[] = "0123456789abcdef";

enum { PERIOD = sizeof period - 1 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * The first period is written byte by byte; then what is there already is copied behind itself,
 * twice as much each time up to a block that stays in the fastest cache. Every copy begins a whole
 * number of periods after its origin, so the pattern goes on.
 */
void bytes_fill(char *into, uint64_t offset, size_t n)
{
    const size_t block = 4096;
    size_t done = least(n, PERIOD);

    for (size_t i = 0; i < done; i++)
        into[i] = period[(offset + i) % PERIOD];

    while (done < n) {
        size_t some = least(least(done, block), n - done);

        memcpy(into + done, into, some);
        done += some;
    }
}

uint64_t bytes_sum(uint64_t sum, const char *data, size_t n)
{
    const uint64_t prime = UINT64_C(0x100000001b3);

    for (size_t i = 0; i < n; i++)
        sum = (sum ^ (unsigned char)data[i]) * prime;
    return sum;
}
