/* HTTP/1 as a side, whose stream is fed by hand.
 *
 * What is read becomes a text: heads in brackets, "[GET /]" or "[200]", the bytes of bodies as they
 * are, "$" for the end of a message, and "<malformed>" or so if it is gone.
 */
#ifndef TESTS_EXCHANGE_TALK_H
#define TESTS_EXCHANGE_TALK_H

#include "net/sockets.h"

#include "exchange/side_h1.h"

#include <stdio.h>

struct talk {
    struct ev_loop *loop;
    struct buf_lender lender;
    struct arena arena;
    struct parse_limits limits;
    struct stream s;
    int far;
    struct head request; /* whose response is read */
    struct side_h1 h1;
    char text[4096];
};

static inline void talk_begin(struct talk *t)
{
    int ends[2];

    *t = (struct talk){ .limits = { .head = 1000, .fields = 10 } };
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    t->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    t->far = ends[1];
    stream_open(&t->s, t->loop, &t->lender, ends[0], false);
}

/* The side of a client. */
static inline void talk_begin_client(struct talk *t)
{
    talk_begin(t);
    side_h1_init_client(&t->h1, &t->s, &t->arena, &t->limits);
}

/* The side of a backend that was sent a request with METHOD. */
static inline void talk_begin_backend(struct talk *t, const char *method)
{
    talk_begin(t);
    t->request = (struct head){ .method = span_of(method) };
    side_h1_init_backend(&t->h1, &t->s, &t->arena, &t->limits, &t->request);
}

static inline void talk_end(struct talk *t)
{
    side_h1_fini(&t->h1);
    stream_close(&t->s);
    close(t->far);
    ck_assert_uint_eq(t->lender.lent, 0);
    buf_lender_fini(&t->lender);
    arena_fini(&t->arena);
    ev_loop_destroy(t->loop);
}

static inline void talk_note(struct talk *t, const char *before, struct span text,
                             const char *behind)
{
    size_t len = strlen(t->text);

    ck_assert_uint_lt(len + text.len + 8, sizeof t->text);
    sprintf(t->text + len, "%s%.*s%s", before, SPAN_ARG(text), behind);
}

static inline void talk_note_part(struct talk *t, const struct part *part)
{
    if (part->kind == PART_BODY) {
        talk_note(t, "", part->body, "");
    } else if (part->head->status > 0) {
        char status[16];

        sprintf(status, "%u", part->head->status);
        talk_note(t, "[", span_of(status), "]");
    } else {
        talk_note(t, "[", part->head->method, " ");
        talk_note(t, "", part->head->target, "]");
    }
    if (part->last)
        talk_note(t, "", SPAN("$"), "");
}

/* Reads all that is there, at most MAX bytes at a time. */
static inline void talk_read(struct talk *t, size_t max)
{
    struct part part;

    for (;;) {
        switch (side_read(&t->h1.side, max, &part)) {
        case SIDE_WAIT:
            return;
        case SIDE_GONE:
            talk_note(t, "<", span_of(err_text(t->h1.side.err)), ">");
            return;
        case SIDE_PART:
            ck_assert(part.kind == PART_HEAD || part.body.len <= max);
            talk_note_part(t, &part);
            break;
        }
    }
}

/* BYTES have come. */
static inline void talk_hear(struct talk *t, struct span bytes)
{
    buf_append(&t->s.in, bytes);
}

/* What the far end has got, all of it: the side must have let it go. */
static inline const char *talk_far(struct talk *t)
{
    static char got[200000];
    ssize_t n = recv(t->far, got, sizeof got - 1, MSG_DONTWAIT);

    got[n > 0 ? n : 0] = '\0';
    return got;
}

#endif
