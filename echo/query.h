/*
 * query: the parameters behind the question mark, name=value&name=value.
 */
#ifndef ECHO_QUERY_H
#define ECHO_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

struct query_pair {
    struct slice name;
    struct slice value; /* empty if there is no '=' */
};

/* Cuts the next pair off *QUERY. False when there is none left. */
bool query_next(struct slice *query, struct query_pair *pair);

/*
 * Writes S to INTO, with every %XX as the byte it stands for, and says how many bytes that makes.
 * INTO has room for S.len bytes. A '%' that two hexadecimal digits do not follow stays what it is.
 */
size_t query_decode(struct slice s, char *into);

#endif
