/* Attempts over the network. */
#include "exchange/reach.h"

#include "base/list.h"
#include "base/mem.h"
#include "http/preface.h"
#include "net/dial.h"

static struct reach *reach_of(const struct attempt *a)
{
    return container_of(a->by, struct reach, attempts);
}

/* A kept-open connection for A, or NULL. What could not be repeated, or not once its body is under
 * way, is trusted to none that is dead already. */
static struct stream *take_kept(struct attempt *a)
{
    bool once = !head_is_idempotent(a->request) || a->request->body != BODY_NONE;

    return idle_get(a->backend->facts, once);
}

static struct stream *take_new(struct attempt *a)
{
    struct reach *reach = reach_of(a);
    struct stream *stream;
    bool connecting;
    int fd;

    do
        a->err = dial(&a->backend->facts->at, &fd, &connecting);
    while ((a->err == ERR_EXHAUSTED && idle_drop(reach->idle)) ||
           (a->err == ERR_PORTS && idle_drop_of(a->backend->facts)));
    if (a->err != OK)
        return NULL;
    stream = mem_new(sizeof *stream);
    stream_open(stream, reach->loop, reach->lender, fd, connecting);
    return stream;
}

/* The connection begins with a header that says for whom it speaks. */
static void write_preface(struct attempt *a)
{
    char text[PREFACE_ROOM];
    struct span header = { text, preface_print(text, a->send_proxy, a->client, a->at) };

    stream_write(a->stream, &header, 1);
}

static void reach_start(struct attempt *a, bool fresh)
{
    struct reach *reach = reach_of(a);

    a->err = OK;
    a->side = NULL;
    /* What is kept may speak for somebody else. */
    a->stream = fresh || a->send_proxy != PROXY_NONE ? NULL : take_kept(a);
    a->reused = a->stream != NULL;
    if (a->stream == NULL)
        a->stream = take_new(a);
    if (a->stream == NULL)
        return;

    if (a->send_proxy != PROXY_NONE)
        write_preface(a);
    a->sent_before = a->stream->sent + stream_unsent(a->stream);
    stream_set_owner(a->stream, a->wake, a->owner);
    if (a->stream->connecting)
        stream_arm(a->stream, false);
    side_h1_init_backend(&a->h1, a->stream, a->arena, a->limits, a->request);
    a->h1.pipes = reach->pipes;
}

static enum attempt_news reach_poll(struct attempt *a)
{
    if (a->stream == NULL)
        return ATTEMPT_FAILED;
    if (a->stream->connecting)
        return ATTEMPT_WAIT;
    if (a->stream->err != OK) {
        a->err = a->stream->err;
        return ATTEMPT_FAILED;
    }
    /* A PROXY header goes first, and by itself: the head of a request needs an empty buffer. */
    if (stream_unsent(a->stream) > 0)
        stream_flush(a->stream);
    if (stream_unsent(a->stream) > 0) {
        stream_arm(a->stream, false);
        return ATTEMPT_WAIT;
    }
    a->side = &a->h1.side;
    return ATTEMPT_OPEN;
}

static bool reach_has_sent(const struct attempt *a)
{
    return a->stream != NULL && a->stream->sent > a->sent_before;
}

/* Is nothing left, on either way, that could be mistaken for a part of the next exchange? */
static bool is_clean(const struct stream *s)
{
    return buf_len(&s->in) == 0 && stream_unsent(s) == 0 && s->err == OK && !s->eof && !s->broken &&
           !(s->more && stream_has_news(s));
}

/* The backend must see that something of what was to come through a tunnel is missing. */
static void abort_stream(struct attempt *a)
{
    stream_flush(a->stream);
    stream_abort(a->stream);
    mem_free(a->stream);
    a->stream = NULL;
}

static void reach_end(struct attempt *a, bool keep)
{
    bool aborts = a->stream != NULL && side_h1_must_abort(&a->h1);

    if (a->stream == NULL)
        return;
    side_h1_fini(&a->h1);
    a->side = NULL;
    if (aborts) {
        abort_stream(a);
        return;
    }
    if (keep && a->send_proxy == PROXY_NONE && is_clean(a->stream)) {
        idle_put(reach_of(a)->idle, a->backend->facts, &a->stream);
        return;
    }
    stream_close(a->stream);
    mem_free(a->stream);
    a->stream = NULL;
}

void reach_init(struct reach *reach, struct ev_loop *loop, struct buf_lender *lender,
                struct pipes *pipes, struct idle *idle)
{
    *reach = (struct reach){
        .attempts = { reach_start, reach_poll, reach_has_sent, reach_end },
        .loop = loop,
        .lender = lender,
        .pipes = pipes,
        .idle = idle,
    };
}
