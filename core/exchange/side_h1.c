/* HTTP/1 as a side.
 *
 *   reading:  HEAD --(1xx)--> HEAD --> BODY --> DONE
 *                                 \-------------^ |
 *                                         ^-------+ a client whose request has led to a tunnel
 */
#include "exchange/side_h1.h"

#include "base/list.h"
#include "http/print.h"

#include <string.h>

enum { INTERIMS_MAX = 16 };

/* Of a body at least so much must be left for it to be worth a pipe, and so much goes through it at
 * a time. */
enum { PIPED_LEAST = 128 * 1024, PIPED_MOST = 1024 * 1024 };

/* Nobody knows how much a tunnel has to give. What comes faster than it can be read goes through
 * pipes, until there is less than this of it. */
enum { PIPED_LITTLE = 16 * 1024 };

/* So much is read of a response whose head has not come: what is read of a large body together with
 * it is copied. */
enum { HEAD_MOST = 24 * 1024 };

/* Bytes that the frame of a chunk and the end of a body add at most. */
enum { FRAME_MAX = PRINT_CHUNK_MAX + 8 };

/* Nobody looks at the last part any more. */
static void let_go(struct side_h1 *h1)
{
    if (h1->lent > 0)
        buf_take(&h1->stream->in, h1->lent);
    h1->lent = 0;
}

static enum side_news gone(struct side_h1 *h1, enum err err, const char *why)
{
    h1->side.err = err;
    h1->side.why = why;
    return SIDE_GONE;
}

/* Nothing was there: will there be more? */
static enum side_news wait_or_gone(struct side_h1 *h1)
{
    struct stream *s = h1->stream;

    if (s->err != OK)
        return gone(h1, s->err, NULL);
    return s->eof ? gone(h1, ERR_CLOSED, NULL) : SIDE_WAIT;
}

static enum err parse_head(struct side_h1 *h1, struct head *head, struct span bytes)
{
    if (h1->request == NULL)
        return parse_request(head, h1->arena, bytes, h1->limits->allow);
    return parse_response(head, h1->arena, bytes, h1->request);
}

/* A 1xx is not the end of waiting for a head. */
static enum side_news take_interim(struct side_h1 *h1)
{
    if (++h1->interims > INTERIMS_MAX)
        return gone(h1, ERR_MALFORMED, "too many 1xx");
    parse_begin(&h1->parse);
    return SIDE_PART;
}

/* Whatever is read or written from now on is passed on as it is. */
static void begin_tunnel(struct side_h1 *h1)
{
    h1->framing.body = BODY_TUNNEL;
    h1->reading = READING_BODY;
    h1->writing = BODY_TUNNEL;
    h1->side.takes_pipes = true;
}

/* Whoever has begun like this expects no body, even if what he says comes to nothing. */
static bool is_for_head(const struct side_h1 *h1, struct span bytes)
{
    return h1->request == NULL && bytes.len >= 5 && memcmp(bytes.at, "HEAD ", 5) == 0;
}

static enum side_news take_head(struct side_h1 *h1, struct span bytes, struct part *part)
{
    struct head *head = arena_take(h1->arena, sizeof *head);
    enum err err = parse_head(h1, head, (struct span){ bytes.at, h1->parse.seen });
    bool empty;

    if (err != OK)
        h1->side.for_head = is_for_head(h1, bytes);
    buf_take(&h1->stream->in, h1->parse.seen);
    h1->stream->most = 0;
    if (err != OK)
        return gone(h1, err, head->why);
    if (h1->request == NULL)
        h1->minor = head->minor;

    *part = (struct part){ .kind = PART_HEAD, .head = head };
    if (h1->request != NULL && head_is_interim(head))
        return take_interim(h1);
    empty = head->body == BODY_NONE || (head->body == BODY_LENGTH && head->length == 0);
    h1->reading = empty ? READING_DONE : READING_BODY;
    h1->stream->rank = empty ? STREAM_HEAD : STREAM_BODY;
    framing_begin(&h1->framing, head);
    if (head->body == BODY_TUNNEL)
        begin_tunnel(h1);
    part->last = empty;
    return SIDE_PART;
}

/* There is no head in BYTES: not yet, if VERDICT is OK, or never. If the start line is bad, that is
 * why, whatever comes behind it and when. */
static enum side_news miss_head(struct side_h1 *h1, struct span bytes, enum err verdict)
{
    enum err of_start = parse_start(&h1->parse, bytes, h1->request == NULL);

    h1->side.for_head = is_for_head(h1, bytes);
    if (of_start != OK)
        verdict = of_start;
    return verdict == OK ? wait_or_gone(h1) : gone(h1, verdict, h1->parse.why);
}

static enum side_news read_head(struct side_h1 *h1, struct part *part)
{
    struct span bytes = buf_span(&h1->stream->in);
    enum err verdict = OK;

    h1->side.begun = h1->side.begun || bytes.len > 0;
    if (parse_scan(&h1->parse, bytes, h1->limits, &verdict) != PARSE_HEAD)
        return miss_head(h1, bytes, verdict);
    return take_head(h1, bytes, part);
}

/* The connection gives no more bytes at the moment. Perhaps that is how the body ends. */
static enum side_news end_or_wait(struct side_h1 *h1, struct part *part)
{
    bool may_end = h1->framing.body == BODY_UNTIL_CLOSE || h1->framing.body == BODY_TUNNEL;

    let_go(h1);
    if (!may_end || !h1->stream->eof || h1->stream->err != OK)
        return wait_or_gone(h1);
    part->last = true;
    h1->reading = READING_DONE;
    return SIDE_PART;
}

/* Is so much left of the body, as far as is known, that it is worth a pipe? */
static bool is_much(const struct side_h1 *h1)
{
    if (h1->framing.body == BODY_TUNNEL)
        return h1->stream->unread || h1->stream->more;
    return h1->framing.body == BODY_LENGTH &&
           (h1->stream->unread || h1->framing.left >= PIPED_LEAST);
}

/* Can the next bytes of the body go past us, from the kernel to the kernel? */
static bool is_piped(const struct side_h1 *h1)
{
    return h1->side.gives_pipes && h1->pipes != NULL && buf_len(&h1->stream->in) == 0 &&
           is_much(h1);
}

/* There is no pipe: from now on bytes are copied. */
static enum side_news do_without_pipes(struct side_h1 *h1)
{
    h1->pipes = NULL;
    stream_leave(h1->stream, false);
    return SIDE_WAIT;
}

/* SIZE bytes were left to go through a pipe. */
static void note_piped(struct side_h1 *h1, size_t size, struct part *part)
{
    bool is_tunnel = h1->framing.body == BODY_TUNNEL;

    if (!is_tunnel) {
        h1->framing.left -= size;
        part->last = h1->framing.left == 0;
    }
    if (part->last)
        h1->reading = READING_DONE;
    if (part->last || (is_tunnel && size < PIPED_LITTLE))
        stream_leave(h1->stream, false);
}

static enum side_news read_piped(struct side_h1 *h1, struct part *part)
{
    struct stream *s = h1->stream;
    bool is_bounded = h1->framing.body == BODY_LENGTH && h1->framing.left < PIPED_MOST;
    size_t most = is_bounded ? (size_t)h1->framing.left : PIPED_MOST;

    *part = (struct part){ .kind = PART_BODY };
    stream_leave(s, true);
    if (!s->ready)
        return end_or_wait(h1, part);
    part->pipe = pipe_borrow(h1->pipes);
    if (part->pipe == NULL)
        return do_without_pipes(h1);
    part->body.len = stream_fetch(s, part->pipe, most);
    if (part->body.len == 0) {
        pipe_give_back(&part->pipe);
        return end_or_wait(h1, part);
    }
    note_piped(h1, part->body.len, part);
    return SIDE_PART;
}

static enum side_news read_copied(struct side_h1 *h1, size_t max, struct part *part)
{
    struct span all = buf_span(&h1->stream->in);
    struct span rest = all;
    enum framing_news news;

    *part = (struct part){ .kind = PART_BODY };
    news = framing_read(&h1->framing, &rest, max, &part->body);
    h1->lent = all.len - rest.len;
    switch (news) {
    case FRAMING_WAIT:
        return end_or_wait(h1, part);
    case FRAMING_BAD:
        return gone(h1, ERR_MALFORMED, "bad chunk");
    case FRAMING_DATA:
        part->last = h1->framing.body == BODY_LENGTH && h1->framing.left == 0;
        break;
    case FRAMING_END:
        part->last = true;
        break;
    }
    if (part->last)
        h1->reading = READING_DONE;
    return SIDE_PART;
}

static enum side_news h1_read(struct side *side, size_t max, struct part *part)
{
    struct side_h1 *h1 = container_of(side, struct side_h1, side);

    let_go(h1);
    switch (h1->reading) {
    case READING_HEAD:
        return read_head(h1, part);
    case READING_BODY:
        return is_piped(h1) ? read_piped(h1, part) : read_copied(h1, max, part);
    case READING_DONE:
        break;
    }
    return SIDE_WAIT;
}

static size_t h1_room(struct side *side)
{
    struct side_h1 *h1 = container_of(side, struct side_h1, side);
    size_t room;

    /* A head goes into an empty buffer, where any head fits. */
    if (!h1->wrote_head || h1->wrote_all) {
        stream_flush(h1->stream);
        return stream_unsent(h1->stream) == 0 ? BUF_SIZE : 0;
    }
    room = stream_room(h1->stream);
    return room > FRAME_MAX ? room - FRAME_MAX : 0;
}

static void write_head(struct side_h1 *h1, const struct head *head)
{
    if (h1->request != NULL) {
        h1->wrote_head = true;
        h1->writing = head->body;
        print_request(&h1->stream->out, head);
    } else {
        if (head_is_interim(head) && h1->minor == 0)
            return;
        h1->wrote_head = !head_is_interim(head);
        h1->writing = print_framing(head->body, h1->minor);
        if (h1->writing == BODY_UNTIL_CLOSE)
            h1->side.keep = false;
        print_response(&h1->stream->out, head, h1->minor, h1->side.keep, h1->writing);
        if (h1->writing == BODY_TUNNEL)
            begin_tunnel(h1);
    }
}

/* Ends a chunked body: behind its last piece, or behind the head if one without pieces is sent
 * again. */
static void write_end(struct side_h1 *h1)
{
    struct span end = PRINT_LAST_CHUNK;

    stream_write(h1->stream, &end, 1);
}

static void write_body(struct side_h1 *h1, const struct part *part)
{
    struct pipe *pipe = part->pipe;
    char size[PRINT_CHUNK_MAX];

    if (pipe != NULL) {
        stream_write_pipe(h1->stream, &pipe);
        return;
    }
    if (part->body.len == 0)
        return;
    if (h1->writing == BODY_CHUNKED) {
        struct span pieces[] = { print_chunk_size(size, part->body.len), part->body,
                                 PRINT_CHUNK_END };

        stream_write(h1->stream, pieces, 3);
    } else {
        stream_write(h1->stream, &part->body, 1);
    }
}

static void h1_write(struct side *side, const struct part *part)
{
    struct side_h1 *h1 = container_of(side, struct side_h1, side);

    switch (part->kind) {
    case PART_HEAD:
        write_head(h1, part->head);
        side->takes_pipes =
            h1->wrote_head && (h1->writing == BODY_LENGTH || h1->writing == BODY_TUNNEL);
        break;
    case PART_BODY:
        write_body(h1, part);
        break;
    }
    if (!part->last)
        return;
    if (h1->writing == BODY_CHUNKED)
        write_end(h1);
    if (h1->writing == BODY_TUNNEL) {
        h1->wrote_all = true;
        stream_finish(h1->stream);
    }
}

static void h1_arm(struct side *side)
{
    struct side_h1 *h1 = container_of(side, struct side_h1, side);

    let_go(h1);
    stream_arm(h1->stream, true);
}

static bool h1_is_gone(const struct side *side)
{
    const struct side_h1 *h1 = container_of(side, struct side_h1, side);

    return h1->stream->broken || h1->stream->err != OK;
}

static uint64_t h1_heard(struct side *side)
{
    return stream_heard(container_of(side, struct side_h1, side)->stream);
}

static void init(struct side_h1 *h1, struct stream *stream, struct arena *arena,
                 const struct parse_limits *limits, const struct head *request)
{
    static const struct side_ops ops = { h1_read, h1_room, h1_write, h1_arm, h1_is_gone, h1_heard };

    *h1 = (struct side_h1){
        .side = { .ops = &ops },
        .stream = stream,
        .arena = arena,
        .limits = limits,
        .request = request,
    };
    parse_begin(&h1->parse);
}

void side_h1_init_client(struct side_h1 *h1, struct stream *stream, struct arena *arena,
                         const struct parse_limits *limits)
{
    init(h1, stream, arena, limits, NULL);
}

void side_h1_init_backend(struct side_h1 *h1, struct stream *stream, struct arena *arena,
                          const struct parse_limits *limits, const struct head *request)
{
    init(h1, stream, arena, limits, request);
    stream->most = HEAD_MOST;
    stream->rank = STREAM_HEAD;
}

bool side_h1_must_abort(const struct side_h1 *h1)
{
    if (h1->writing == BODY_TUNNEL)
        return h1->side.incomplete || stream_unsent(h1->stream) > 0;
    return h1->writing == BODY_UNTIL_CLOSE;
}

void side_h1_fini(struct side_h1 *h1)
{
    let_go(h1);
    stream_leave(h1->stream, false);
    h1->stream->most = 0;
    h1->stream->rank = STREAM_HEAD;
}
