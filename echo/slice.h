/*
 * slice: some bytes that belong to somebody else, and the numbers written in them.
 */
#ifndef ECHO_SLICE_H
#define ECHO_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The LEN bytes at AT. Not terminated, never freed, valid as long as its owner says. */
struct slice {
    const char *at;
    size_t len;
};

/* The slice of all of TEXT, without its end mark. */
struct slice slice_of(const char *text);

/* Is S exactly TEXT? The second form takes capital and small letters for the same. */
bool slice_is(struct slice s, const char *text);
bool slice_is_word(struct slice s, const char *text);

/* S without the blanks and tabs around it. */
struct slice slice_trim(struct slice s);

/*
 * Cuts the piece up to the next SEPARATOR off *REST and puts it into *PIECE. The separator goes
 * away with it. False when nothing is left, so that a loop over it sees every piece.
 */
bool slice_cut(struct slice *rest, char separator, struct slice *piece);

/* What C is worth as a hexadecimal digit, or -1. */
int slice_hex(char c);

/* Each is false, and leaves *VALUE alone, unless all of S is such a number. */
bool slice_number(struct slice s, uint64_t *value); /* 1234, at most 18 digits */
bool slice_size(struct slice s, uint64_t *value);   /* 20, 64k, 3m, 20g; at most 1024g */
bool slice_seconds(struct slice s, double *value);  /* 2, 0.25; at most a day */

#endif
