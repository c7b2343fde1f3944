/* Responses to requests of the proxy's own: what they come to does not depend on how many bytes
 * come at a time, and their bodies are never longer than allowed. */
#include "feed/fetch_response.h"

#include "cuts.h"

#include <assert.h>
#include <stdio.h>

enum { MOST = 40 };

/* What a response has come to. */
struct outcome {
    struct arena arena;
    struct fetch_response response;
    enum fetch_response_news news;
};

/* Takes BYTES, so many at a time as CUTS says, or all at once if that is NULL; then the end. */
static void take(struct outcome *outcome, struct span method, struct span bytes, struct cuts *cuts)
{
    struct buf_lender lender = { .idle = NULL };
    struct buf in;

    *outcome = (struct outcome){ .news = FETCH_RESPONSE_WAIT };
    buf_init(&in, &lender);
    fetch_response_init(&outcome->response, &outcome->arena, method, MOST);
    while (bytes.len > 0 && outcome->news == FETCH_RESPONSE_WAIT) {
        size_t room = buf_room(&in);
        size_t len = cuts == NULL ? bytes.len : 1 + cuts_next(cuts, bytes.len - 1);

        assert(room > 0);
        len = len < room ? len : room;
        buf_append(&in, (struct span){ bytes.at, len });
        bytes = span_skip(bytes, len);
        outcome->news = fetch_response_take(&outcome->response, &in, false);
    }
    if (outcome->news == FETCH_RESPONSE_WAIT)
        outcome->news = fetch_response_take(&outcome->response, &in, true);
    assert(outcome->news != FETCH_RESPONSE_WAIT);
    assert((outcome->news == FETCH_RESPONSE_BAD) == (outcome->response.why[0] != '\0'));
    assert(outcome->response.len <= MOST);
    buf_fini(&in);
    buf_lender_fini(&lender);
}

static void forget(struct outcome *outcome)
{
    fetch_response_fini(&outcome->response);
    arena_fini(&outcome->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span methods[] = { { "GET", 3 }, { "HEAD", 4 }, { "POST", 4 } };
    struct cuts cuts = cuts_of(data, size);
    struct span method = methods[cuts_next(&cuts, 2)];
    char *copy = cuts_copy(data, size);
    struct outcome whole;
    struct outcome cut;

    take(&whole, method, (struct span){ copy, size }, NULL);
    take(&cut, method, (struct span){ copy, size }, &cuts);
    assert(whole.news == cut.news);
    assert(strcmp(whole.response.why, cut.response.why) == 0);
    if (whole.news == FETCH_RESPONSE_DONE) {
        assert(whole.response.head.status == cut.response.head.status);
        assert(whole.response.head.count == cut.response.head.count);
        assert(span_eq((struct span){ whole.response.body, whole.response.len },
                       (struct span){ cut.response.body, cut.response.len }));
    }
    forget(&whole);
    forget(&cut);
    free(copy);
    return 0;
}
