/* The word that was probably meant: the fewest letters to add, drop or change (Levenshtein). */
#include "conf/nearest.h"

#include <string.h>

enum { WORD_MAX = 32 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned low = a < b ? a : b;

    return low < c ? low : c;
}

static unsigned distance(const char *a, const char *b)
{
    unsigned row[WORD_MAX + 1];
    size_t width = strlen(b);

    for (size_t j = 0; j <= width; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= width; j++) {
            unsigned change = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = least(change, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[width];
}

const char *nearest_word(const char *word, const char *const *words, size_t count)
{
    const char *best = NULL;
    unsigned lowest = (unsigned)strlen(word) / 3 + 2;

    for (size_t i = 0; i < count; i++) {
        unsigned d = strlen(words[i]) <= WORD_MAX ? distance(word, words[i]) : lowest;

        if (d < lowest) {
            lowest = d;
            best = words[i];
        }
    }
    return best;
}
