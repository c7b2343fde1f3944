/*
 * digest: what is remembered of a request whose body has been taken.
 */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* Appends as much of PIECE as there is room for. */
static void keep(struct digest *d, struct slice piece)
{
    size_t room = d->report_max - d->report_len;
    size_t n = piece.len < room ? piece.len : room;

    memcpy(d->report + d->report_len, piece.at, n);
    d->report_len += n;
}

void digest_init(struct digest *d, struct slice head, unsigned wanted)
{
    *d = (struct digest){ .sum = BYTES_SUM_START, .wanted = wanted };

    if (!(wanted & DIGEST_REPORT))
        return;
    d->report_max = head.len + DIGEST_BODY_MAX;
    d->report = malloc(d->report_max);
    if (d->report == NULL)
        abort();
    keep(d, head);
}

void digest_fini(struct digest *d)
{
    free(d->report);
    d->report = NULL;
}

void digest_add(struct digest *d, struct slice piece)
{
    d->length += piece.len;
    if (d->wanted & DIGEST_SUM)
        d->sum = bytes_sum(d->sum, piece.at, piece.len);
    if (d->wanted & DIGEST_REPORT)
        keep(d, piece);
}
