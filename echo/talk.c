/*
 * talk: what is said on one connection, request and answer in turn.
 */
#include "talk.h"

#include <linux/sockios.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "reply.h"

/* How long a client may go on sending after we have closed. */
static const double linger = 1.0;

/* How often to look whether everything has arrived before a reset. */
static const double reset_poll = 0.005;

/* Have SECONDS passed since this was asked first? Asks to be woken if not. */
static bool passed(struct talk *t, double seconds)
{
    if (seconds > 0 && !t->rung) {
        t->pause = seconds;
        return false;
    }
    t->pause = 0;
    t->rung = false;
    return true;
}

static enum talk_need go_to(struct talk *t, enum talk_phase phase)
{
    t->phase = phase;
    return NEED_NOTHING;
}

/* Waits for the client to send more. If it has ended, there is nothing left to be said. */
static enum talk_need hear_more(struct talk *t)
{
    return t->in.ended ? go_to(t, PHASE_CLOSE) : NEED_INPUT;
}

static void throw_input_away(struct talk *t)
{
    inbuf_take(&t->in, inbuf_rest(&t->in).len);
}

/* From here on the input means nothing any more. */
static enum talk_need refuse(struct talk *t, int status, const char *why)
{
    t->request = (struct request){ 0 };
    t->body.place = BODY_BROKEN;
    answer_refuse(&t->answer, status, why);
    content_init(&t->content);
    return go_to(t, PHASE_ANSWER);
}

static enum talk_need begin_answer(struct talk *t)
{
    t->counts->requests++;
    t->searched = 0;
    answer_decide(&t->answer, &t->request, t->settings);

    inbuf_pin(&t->in, t->request.head.len);
    body_init(&t->body, &t->request);
    digest_init(&t->digest, t->request.head, answer_wants(&t->answer));
    content_init(&t->content);
    reply_interim(&t->out, &t->answer, &t->request);

    if (t->answer.deaf || t->answer.source == SOURCE_REQUEST)
        return go_to(t, PHASE_PAUSE);
    return go_to(t, PHASE_TAKE);
}

/*
 * The room is for everything that comes before the body of the answer; no step until then asks
 * again.
 */
static enum talk_need step_head(struct talk *t)
{
    inbuf_tidy(&t->in);
    if (outbuf_room(&t->out) < REPLY_MAX)
        return NEED_ROOM;

    switch (request_read(&t->request, inbuf_rest(&t->in), t->searched)) {
    case REQUEST_READY:
        return begin_answer(t);
    case REQUEST_BAD:
        return refuse(t, t->request.status, t->request.why);
    case REQUEST_MORE:
        break;
    }
    t->searched = inbuf_rest(&t->in).len;
    return hear_more(t);
}

static enum talk_need step_take(struct talk *t)
{
    struct slice piece;

    for (;;) {
        switch (body_next(&t->body, &t->in, SIZE_MAX, &piece)) {
        case BODY_PIECE:
            digest_add(&t->digest, piece);
            break;
        case BODY_MORE:
            return hear_more(t);
        case BODY_END:
            return go_to(t, PHASE_PAUSE);
        case BODY_BAD:
            return refuse(t, 400, "the chunks of the body are not well-formed");
        }
    }
}

static enum talk_need step_pause(struct talk *t)
{
    if (!passed(t, t->answer.delay))
        return NEED_TIME;

    answer_compose(&t->answer, t->settings, t->counts, &t->digest);
    return go_to(t, PHASE_ANSWER);
}

static enum talk_need step_answer(struct talk *t)
{
    reply_head(&t->out, &t->answer, &t->request, t->settings);
    return go_to(t, t->answer.bodiless ? PHASE_END : PHASE_BODY);
}

static enum content_news send_body(struct talk *t)
{
    if (t->answer.source == SOURCE_REQUEST)
        return content_return(&t->answer, &t->body, &t->in, &t->out);
    return content_send(&t->content, &t->answer, &t->out);
}

static enum talk_need step_body(struct talk *t)
{
    if (t->answer.dripping && !passed(t, t->answer.every))
        return NEED_TIME;

    switch (send_body(t)) {
    case CONTENT_ROOM:
        return NEED_ROOM;
    case CONTENT_INPUT:
        return hear_more(t);
    case CONTENT_PAUSE:
        return NEED_NOTHING;
    case CONTENT_END:
        return go_to(t, PHASE_END);
    case CONTENT_BAD:
        return go_to(t, PHASE_CLOSE);
    }
    return NEED_END;
}

static enum talk_need step_end(struct talk *t)
{
    static const enum talk_phase follows[] = {
        [AFTER_NEXT] = PHASE_HEAD,
        [AFTER_CLOSE] = PHASE_CLOSE,
        [AFTER_RESET] = PHASE_RESET,
        [AFTER_SILENCE] = PHASE_HOLD,
    };

    if (outbuf_room(&t->out) < REPLY_MAX)
        return NEED_ROOM;

    reply_end(&t->out, &t->answer, &t->request);
    digest_fini(&t->digest);
    inbuf_unpin(&t->in);
    return go_to(t, follows[t->answer.after]);
}

static enum talk_need step_hold(struct talk *t)
{
    throw_input_away(t);
    return hear_more(t);
}

/* A reset takes back what is still on its way, so that must have arrived before. */
static enum talk_need step_reset(struct talk *t)
{
    struct linger hard = { .l_onoff = 1, .l_linger = 0 };
    int under_way = 0;

    if (!outbuf_is_empty(&t->out))
        return NEED_FLUSH;
    throw_input_away(t);
    ioctl(t->fd, SIOCOUTQ, &under_way);
    if (under_way > 0 && !t->in.ended) {
        passed(t, reset_poll);
        return NEED_TIME;
    }
    setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    return NEED_END;
}

/*
 * Closing a socket while the client still sends makes the kernel reset the connection, and the
 * answer may get lost. So unless all of the request is here, only our direction is closed at first.
 */
static enum talk_need step_close(struct talk *t)
{
    bool all_read = t->body.place == BODY_COMPLETE && inbuf_rest(&t->in).len == 0;

    if (!outbuf_is_empty(&t->out))
        return NEED_FLUSH;
    if (all_read || t->in.ended)
        return NEED_END;
    shutdown(t->fd, SHUT_WR);
    return go_to(t, PHASE_LINGER);
}

static enum talk_need step_linger(struct talk *t)
{
    throw_input_away(t);
    return t->in.ended || passed(t, linger) ? NEED_END : NEED_INPUT;
}

static enum talk_need (*const steps[])(struct talk *t) = {
    [PHASE_HEAD] = step_head,     [PHASE_TAKE] = step_take,   [PHASE_PAUSE] = step_pause,
    [PHASE_ANSWER] = step_answer, [PHASE_BODY] = step_body,   [PHASE_END] = step_end,
    [PHASE_HOLD] = step_hold,     [PHASE_RESET] = step_reset, [PHASE_CLOSE] = step_close,
    [PHASE_LINGER] = step_linger,
};

/* Not with an initialiser: that would write the buffers as well, which are large. */
void talk_init(struct talk *t, int fd, const struct settings *settings, struct counts *counts)
{
    t->fd = fd;
    t->settings = settings;
    t->counts = counts;
    t->phase = PHASE_HEAD;
    t->need = NEED_INPUT;
    t->pause = 0;
    t->rung = false;
    t->searched = 0;
    t->body = (struct body){ .place = BODY_COMPLETE };
    t->digest = (struct digest){ 0 };
    t->answer = (struct answer){ 0 };
    inbuf_init(&t->in);
    outbuf_init(&t->out);
}

void talk_fini(struct talk *t)
{
    digest_fini(&t->digest);
}

bool talk_read(struct talk *t)
{
    return inbuf_read(&t->in, t->fd);
}

/*
 * One write a call, so that a client that reads fast does not keep the others waiting. Only closing
 * needs a second look, because nothing else would wake us for it.
 */
bool talk_run(struct talk *t)
{
    do {
        do
            t->need = steps[t->phase](t);
        while (t->need == NEED_NOTHING);

        if (t->need == NEED_END || !outbuf_write(&t->out, t->fd))
            return false;
    } while (t->need == NEED_FLUSH && outbuf_is_empty(&t->out));
    return true;
}

bool talk_wants_to_read(const struct talk *t)
{
    return inbuf_room(&t->in) > 0 && !t->in.ended && !t->answer.deaf;
}

bool talk_wants_to_write(const struct talk *t)
{
    return !outbuf_is_empty(&t->out) || t->need == NEED_ROOM;
}
