/* Replies in the proxy's own name. */
#include "http/canned.h"

#include "http/reason.h"

#include <assert.h>

static const struct canned {
    unsigned status;
    struct span body;
} replies[] = {
    { 200, SPAN("") },
    { 400, SPAN("400 Bad Request\n") },
    { 404, SPAN("404 Not Found: no route\n") },
    { 408, SPAN("408 Request Timeout\n") },
    { 413, SPAN("413 Content Too Large\n") },
    { 414, SPAN("414 URI Too Long\n") },
    { 417, SPAN("417 Expectation Failed\n") },
    { 429, SPAN("429 Too Many Requests\n") },
    { 431, SPAN("431 Request Header Fields Too Large\n") },
    { 500, SPAN("500 Internal Server Error\n") },
    { 501, SPAN("501 Not Implemented\n") },
    { 502, SPAN("502 Bad Gateway: no answer from a backend\n") },
    { 503, SPAN("503 Service Unavailable: no usable backend\n") },
    { 504, SPAN("504 Gateway Timeout: no answer in time\n") },
    { 505, SPAN("505 HTTP Version Not Supported\n") },
    { 508, SPAN("508 Loop Detected\n") },
};

unsigned canned_status(enum err err)
{
    switch (err) {
    case ERR_MALFORMED:
        return 400;
    case ERR_TARGET_LONG:
        return 414;
    case ERR_HEAD_LARGE:
        return 431;
    case ERR_VERSION:
        return 505;
    case ERR_CODING:
    case ERR_METHOD:
        return 501;
    case ERR_EXPECT:
        return 417;
    case ERR_LATE:
        return 504;
    default:
        return 502;
    }
}

static const struct canned *find(unsigned status)
{
    const struct canned *reply = replies;

    while (reply->status != status) {
        reply++;
        assert(reply < replies + sizeof replies / sizeof replies[0]);
    }
    return reply;
}

void canned_reply(struct head *head, struct span *body, struct arena *arena, unsigned status,
                  struct span date)
{
    const struct canned *reply = find(status);

    head_init(head, arena, 4);
    head->status = status;
    head->reason = reason_of(status);
    head->minor = 1;
    head->body = BODY_LENGTH;
    head->length = reply->body.len;
    head_add(head, FIELD_DATE, SPAN("Date"), arena_copy(arena, date));
    head_add(head, FIELD_OTHER, SPAN("Content-Type"), SPAN("text/plain"));
    *body = reply->body;
}
