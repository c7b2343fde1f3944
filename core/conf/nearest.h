/* The word that was probably meant. */
#ifndef CONF_NEAREST_H
#define CONF_NEAREST_H

#include <stddef.h>

/* Which of the COUNT words is nearest to WORD, or NULL if none is near enough to be meant. */
const char *nearest_word(const char *word, const char *const *words, size_t count);

#endif
