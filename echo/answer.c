/*
 * answer: what a request is to be answered with, as plain data.
 *
 * Path and query are served by recipe.c; here it is what the request itself has a say in, how much
 * the head promises, and the texts that are made only when the body of the request is known.
 */
#include "answer.h"

#include <inttypes.h>
#include <stdio.h>

#include "recipe.h"

static void set_text(struct answer *a, struct slice text)
{
    a->text = text;
    a->size = text.len;
    a->promised = text.len;
}

/* What the request itself has a say in. */
static void obey(struct answer *a, const struct request *r)
{
    bool no_body = slice_is(r->method, "HEAD") || answer_forbids_body(a->status);

    a->bodiless = no_body && !a->headless;
    a->hints &= r->minor == 1;
    if (a->bodiless && a->source == SOURCE_REQUEST)
        a->source = SOURCE_GREETING; /* so that the body is read as any other */
    if (a->source == SOURCE_REQUEST && r->chunked)
        a->framing = FRAMING_CHUNKED;

    if (a->framing == FRAMING_CHUNKED && r->minor == 0) {
        a->framing = FRAMING_CLOSE;
        a->after = a->after == AFTER_NEXT ? AFTER_CLOSE : a->after;
    }
    if (a->after == AFTER_NEXT && !r->keep_alive) {
        a->after = AFTER_CLOSE;
        a->says_close = true;
    }
    a->says_keep_alive = a->after == AFTER_NEXT && r->minor == 0;
}

static void set_sizes(struct answer *a, const struct request *r)
{
    if (a->source == SOURCE_TEXT)
        set_text(a, a->text);
    else if (a->source == SOURCE_REQUEST)
        a->promised = r->length;
    else if (a->halved)
        a->promised = a->size > 0 ? 2 * a->size : 1; /* even nothing is less than promised */
    else
        a->promised = a->size;
}

void answer_decide(struct answer *a, const struct request *r, const struct settings *s)
{
    recipe_follow(a, r->path, r->query);
    a->delay += s->delay;
    obey(a, r);
    set_sizes(a, r);
}

void answer_refuse(struct answer *a, int status, const char *why)
{
    *a = (struct answer){
        .status = status, .source = SOURCE_TEXT, .after = AFTER_CLOSE, .says_close = true
    };
    snprintf(a->note, sizeof a->note, "refused: %s\n", why);
    set_text(a, slice_of(a->note));
}

void answer_compose(struct answer *a, const struct settings *s, const struct counts *counts,
                    const struct digest *d)
{
    switch (a->source) {
    case SOURCE_GREETING:
        set_text(a, slice_of(s->greeting));
        break;
    case SOURCE_COUNTS:
        snprintf(a->note, sizeof a->note, "requests %" PRIu64 " connections %" PRIu64 "\n",
                 counts->requests, counts->connections);
        set_text(a, slice_of(a->note));
        break;
    case SOURCE_SUM:
        snprintf(a->note, sizeof a->note, "%" PRIu64 " %016" PRIx64 "\n", d->length, d->sum);
        set_text(a, slice_of(a->note));
        break;
    case SOURCE_REPORT:
        set_text(a, (struct slice){ d->report, d->report_len });
        break;
    case SOURCE_TEXT:
    case SOURCE_PATTERN:
    case SOURCE_REQUEST:
        break;
    }
}

unsigned answer_wants(const struct answer *a)
{
    if (a->source == SOURCE_SUM)
        return DIGEST_SUM;
    return a->source == SOURCE_REPORT ? DIGEST_REPORT : 0;
}

bool answer_forbids_body(int status)
{
    return status < 200 || status == 204 || status == 304;
}
