/* The response to a request of the proxy's own, collected from bytes as they come. */
#ifndef FEED_FETCH_RESPONSE_H
#define FEED_FETCH_RESPONSE_H

#include "base/buf.h"
#include "http/framing.h"
#include "http/parse.h"

/* Embed it. */
struct fetch_response {
    struct head request; /* as far as it says what the response means */
    struct arena *arena;
    struct head head; /* once it has come */
    bool has_head;
    unsigned interim; /* heads that came before it */
    struct parse parse;
    struct framing framing;
    char *body;
    size_t len;  /* of the body so far */
    size_t room; /* for it, without growing */
    size_t most;
    char why[96]; /* it is not to be used */
};

enum fetch_response_news {
    FETCH_RESPONSE_WAIT, /* more bytes are needed */
    FETCH_RESPONSE_DONE, /* it is complete */
    FETCH_RESPONSE_BAD,  /* it is not to be used: response->why says why */
};

/* Waits for the response to a request with METHOD. Its texts are kept in ARENA, which must outlive
 * it and hold METHOD as well; its body may have MOST bytes. */
void fetch_response_init(struct fetch_response *response, struct arena *arena, struct span method,
                         size_t most);

/* Frees the body. */
void fetch_response_fini(struct fetch_response *response);

/* Takes from IN what has come; nothing more will if it is at its END. */
enum fetch_response_news fetch_response_take(struct fetch_response *response, struct buf *in,
                                             bool end);

#endif
