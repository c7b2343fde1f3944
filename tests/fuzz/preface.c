/* PROXY headers. However the input is cut the same comes of it; and what is read is read again from
 * what is printed of it, in both versions. */
#include "http/preface.h"

#include "cuts.h"

#include <assert.h>

/* Reads a copy of the first LEN bytes of DATA that ends where its memory ends. */
static enum preface_news read_first(const uint8_t *data, size_t len, struct preface *preface,
                                    size_t *used, const char **why)
{
    char *copy = cuts_copy(data, len);
    enum preface_news news = preface_read(preface, (struct span){ copy, len }, used, why);

    free(copy);
    return news;
}

/* Reads DATA as it grows by pieces, until it is clear what it is. */
static enum preface_news read_growing(const uint8_t *data, size_t size, struct preface *preface,
                                      size_t *used, const char **why)
{
    struct cuts cuts = cuts_of(data, size);
    enum preface_news news = PREFACE_WAIT;
    size_t len = 0;

    while (news == PREFACE_WAIT && len < size) {
        len += 1 + cuts_next(&cuts, size - len - 1);
        news = read_first(data, len, preface, used, why);
    }
    return news;
}

/* Is what VERSION prints of PREFACE read as the same? */
static void check_printed(const struct preface *preface, enum config_proxy version)
{
    char text[PREFACE_ROOM];
    size_t len =
        preface_print(text, version, preface->is_local ? NULL : &preface->from, &preface->at);
    struct preface again;
    const char *why;
    size_t used;

    assert(len <= sizeof text);
    assert(read_first((uint8_t *)text, len, &again, &used, &why) == PREFACE_READ);
    assert(used == len && again.is_local == preface->is_local);
    if (preface->is_local)
        return;
    assert(addr_eq(&again.from, &preface->from) && addr_eq(&again.at, &preface->at));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct preface whole, grown;
    const char *why = NULL, *why_grown = NULL;
    size_t used = 0, used_grown = 0;
    enum preface_news news = read_first(data, size, &whole, &used, &why);

    assert(read_growing(data, size, &grown, &used_grown, &why_grown) == news);
    switch (news) {
    case PREFACE_WAIT:
        assert(size < PREFACE_MAX);
        break;
    case PREFACE_BAD:
        assert(why != NULL && strcmp(why, why_grown) == 0);
        break;
    case PREFACE_READ:
        assert(used == used_grown && used >= 15 && used <= size && used <= PREFACE_MAX);
        assert(whole.is_local || whole.from.any.sa_family == whole.at.any.sa_family);
        check_printed(&whole, PROXY_V1);
        check_printed(&whole, PROXY_V2);
        break;
    }
    return 0;
}
