/* Texts to heads, and back, for the tests of this layer. */
#ifndef HTTP_HEADS_H
#define HTTP_HEADS_H

#include "base/err.h"
#include "http/head.h"
#include "http/parse.h"

/* A head that was read, or refused. */
struct reading {
    struct arena arena;
    struct head head;
    enum parse_news news; /* of parse_scan */
    enum err err;         /* of parse_scan or whoever read the head */
    size_t used;          /* bytes of the input, empty lines in front included */
    const char *why;
};

/* What a head is usually bounded by. */
extern const struct parse_limits heads_limits;

/* Scans TEXT, once as a whole and once cut at every place, in haste and not: all must come to the
 * same end. */
void heads_scan(struct reading *reading, struct span text, const struct parse_limits *limits);

/* The same, and reads the head if there is one. A head must not need TEXT afterwards. */
void heads_read_request(struct reading *reading, struct span text);

/* The same for the response to a request with METHOD. */
void heads_read_response(struct reading *reading, struct span text, const char *method);

/* The same for the response to REQUEST. */
void heads_read_response_to(struct reading *reading, struct span text, const struct head *request);

/* Frees what READING owns. */
void heads_free(struct reading *reading);

/* How TEXT is refused; OK if it is not, or if it is no whole head. */
enum err heads_request_verdict(struct span text);
enum err heads_response_verdict(struct span text, const char *method);

/* REQUEST as a backend sees it, after hop_request for the client at IP; valid until the next
 * call. */
const char *heads_sent(const struct head *request, const char *ip);

/* The same, if whoever is at IP is trusted. */
const char *heads_sent_by_trusted(const struct head *request, const char *ip);

/* The head of a response as a client of HTTP/1.MINOR sees it, after hop_response at DATE. */
const char *heads_answered(struct head *response, const char *date, unsigned minor, bool keep);

#endif
