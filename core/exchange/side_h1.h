/* HTTP/1 as a side, for clients and backends alike.
 *
 * The same code reads requests and responses; what differs is which head is parsed and printed.
 * When the head of a response that makes a tunnel was read, or written, what comes behind it is no
 * HTTP any more: it is passed on as it is, in both directions.
 */
#ifndef EXCHANGE_SIDE_H1_H
#define EXCHANGE_SIDE_H1_H

#include "exchange/side.h"
#include "http/framing.h"
#include "http/parse.h"
#include "net/stream.h"

enum side_h1_reading { READING_HEAD, READING_BODY, READING_DONE };

struct side_h1 {
    struct side side;
    struct stream *stream;
    struct arena *arena;
    const struct parse_limits *limits;
    const struct head *request; /* whose response is read here; NULL: requests are read here */
    struct pipes *pipes;        /* for bodies that need not be looked at; NULL: all are copied */

    enum side_h1_reading reading;
    struct parse parse;
    struct framing framing;
    size_t lent;       /* bytes of the stream that the last part read consists of */
    unsigned interims; /* 1xx heads so far */

    bool wrote_head;   /* the final one */
    bool wrote_all;    /* the last part of a tunnel */
    enum body writing; /* how the body that is written is framed */
    unsigned minor;    /* of the client: what it can understand */
};

/* The side of a client: requests are read from STREAM, responses written. The stream stays the
 * caller's. */
void side_h1_init_client(struct side_h1 *h1, struct stream *stream, struct arena *arena,
                         const struct parse_limits *limits);

/* The side of a backend, which is going to be sent REQUEST. */
void side_h1_init_backend(struct side_h1 *h1, struct stream *stream, struct arena *arena,
                          const struct parse_limits *limits, const struct head *request);

/* Would the other end, if the connection were closed now, take that for the end of what was to
 * come, though some of it is missing? Then it has to be aborted. */
bool side_h1_must_abort(const struct side_h1 *h1);

/* Drops what the last part read consisted of from the stream: the side is not used any more. */
void side_h1_fini(struct side_h1 *h1);

#endif
