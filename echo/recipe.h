/*
 * recipe: what a path and its query ask for.
 */
#ifndef ECHO_RECIPE_H
#define ECHO_RECIPE_H

#include <stdio.h>

#include "answer.h"
#include "slice.h"

/*
 * Makes A what PATH and QUERY ask for, or a 400 that says what cannot be understood. What depends
 * on the rest of the request, promised sizes for instance, is still to be set.
 */
void recipe_follow(struct answer *a, struct slice path, struct slice query);

/* Prints every path that is known and every parameter, for --help. */
void recipe_print_help(FILE *to);

#endif
