/*
 * bytes: content that a test can predict, and a checksum it can compute.
 */
#ifndef ECHO_BYTES_H
#define ECHO_BYTES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Writes the N bytes of the pattern that begin at OFFSET to INTO.
 * Byte i of the pattern is "0123456789abcdef"[i % 16].
 */
void bytes_fill(char *into, uint64_t offset, size_t n);

/* The checksum of nothing: the offset basis of FNV-1a with 64 bits. */
#define BYTES_SUM_START UINT64_C(0xcbf29ce484222325)

/* The checksum SUM, continued over the N bytes at DATA. */
uint64_t bytes_sum(uint64_t sum, const char *data, size_t n);

#endif
