/* The response to a request of the proxy's own.
 *
 *   head of an interim response ... --> head --> pieces of the body ... --> DONE
 */
#include "feed/fetch_response.h"

#include <stdio.h>

enum { ROOM_LEAST = 4096, INTERIM_MAX = 16 };

static const struct parse_limits limits = { .head = 32768, .fields = 100 };

void fetch_response_init(struct fetch_response *response, struct arena *arena, struct span method,
                         size_t most)
{
    *response = (struct fetch_response){
        .request = { .method = method },
        .arena = arena,
        .most = most,
    };
    parse_begin(&response->parse);
}

void fetch_response_fini(struct fetch_response *response)
{
    mem_free(response->body);
    response->body = NULL;
}

static enum fetch_response_news refuse(struct fetch_response *response, const char *why)
{
    snprintf(response->why, sizeof response->why, "%s", why);
    return FETCH_RESPONSE_BAD;
}

static enum fetch_response_news refuse_body(struct fetch_response *response)
{
    snprintf(response->why, sizeof response->why,
             "the body of the response is longer than %zu bytes", response->most);
    return FETCH_RESPONSE_BAD;
}

/* What it means that nothing more comes. */
static enum fetch_response_news meet_end(struct fetch_response *response)
{
    if (!response->has_head)
        return refuse(response, "connection closed without a response");
    if (response->head.body == BODY_UNTIL_CLOSE)
        return FETCH_RESPONSE_DONE;
    return refuse(response, "connection closed within the response");
}

/* Has room for NEEDED bytes. False if there is no memory to spare for them. */
static bool grow(struct fetch_response *response, size_t needed)
{
    size_t room = needed < ROOM_LEAST ? ROOM_LEAST : 2 * needed;
    char *body = mem_try_resize(response->body, room);

    if (body == NULL)
        return false;
    response->body = body;
    response->room = room;
    return true;
}

static bool add(struct fetch_response *response, struct span piece)
{
    size_t needed = response->len + piece.len;

    if (needed > response->room && !grow(response, needed))
        return false;
    memcpy(response->body + response->len, piece.at, piece.len);
    response->len = needed;
    return true;
}

/* Takes a whole head. */
static enum fetch_response_news take_head(struct fetch_response *response, struct buf *in)
{
    struct head *head = &response->head;
    struct span bytes = { buf_span(in).at, response->parse.seen };
    enum err err = parse_response(head, response->arena, bytes, &response->request);

    if (err != OK)
        return refuse(response, "malformed response");
    buf_take(in, bytes.len);
    parse_begin(&response->parse);
    response->has_head = !head_is_interim(head);
    if (!response->has_head && ++response->interim > INTERIM_MAX)
        return refuse(response, "too many interim responses");
    framing_begin(&response->framing, head);
    if (head->body == BODY_LENGTH && head->length > response->most)
        return refuse_body(response);
    return FETCH_RESPONSE_WAIT;
}

static enum fetch_response_news take_heads(struct fetch_response *response, struct buf *in)
{
    enum fetch_response_news news = FETCH_RESPONSE_WAIT;
    enum err verdict;

    while (news == FETCH_RESPONSE_WAIT && !response->has_head) {
        switch (parse_scan(&response->parse, buf_span(in), &limits, &verdict)) {
        case PARSE_WAIT:
            return FETCH_RESPONSE_WAIT;
        case PARSE_BAD:
            return refuse(response, verdict == ERR_HEAD_LARGE
                                        ? "the head of the response is too large"
                                        : "malformed response");
        case PARSE_HEAD:
            news = take_head(response, in);
            break;
        }
    }
    return news;
}

static enum fetch_response_news take_body(struct fetch_response *response, struct buf *in)
{
    for (;;) {
        struct span rest = buf_span(in);
        size_t len = rest.len;
        struct span piece = { NULL, 0 };
        enum framing_news news = framing_read(&response->framing, &rest, len, &piece);

        if (news == FRAMING_DATA) {
            if (piece.len > response->most - response->len)
                return refuse_body(response);
            if (!add(response, piece))
                return refuse(response, "there is no memory for the response");
        }
        buf_take(in, len - rest.len);
        switch (news) {
        case FRAMING_WAIT:
            return FETCH_RESPONSE_WAIT;
        case FRAMING_DATA:
            break;
        case FRAMING_END:
            return FETCH_RESPONSE_DONE;
        case FRAMING_BAD:
            return refuse(response, "malformed response");
        }
    }
}

enum fetch_response_news fetch_response_take(struct fetch_response *response, struct buf *in,
                                             bool end)
{
    enum fetch_response_news news = take_heads(response, in);

    if (news == FETCH_RESPONSE_WAIT && response->has_head)
        news = take_body(response, in);
    if (news == FETCH_RESPONSE_WAIT && end)
        return meet_end(response);
    return news;
}
