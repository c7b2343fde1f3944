/*
 * reply: everything of an answer but its body, as bytes.
 */
#include "reply.h"

#include "query.h"

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    { 200, "OK" },
    { 100, "Continue" },
    { 101, "Switching Protocols" },
    { 103, "Early Hints" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 206, "Partial Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 413, "Content Too Large" },
    { 417, "Expectation Failed" },
    { 421, "Misdirected Request" },
    { 425, "Too Early" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

static void put_status_line(struct outbuf *out, int status)
{
    outbuf_text(out, "HTTP/1.1 ");
    outbuf_number(out, (uint64_t)status);
    outbuf_text(out, " ");
    outbuf_text(out, reason_of(status));
    outbuf_text(out, "\r\n");
}

static void put_type(struct outbuf *out, const struct answer *a, const struct request *r)
{
    if (a->source != SOURCE_REQUEST) {
        outbuf_text(out, "Content-Type: text/plain\r\n");
        return;
    }
    if (r->content_type.len == 0)
        return;
    outbuf_text(out, "Content-Type: ");
    outbuf_put(out, r->content_type);
    outbuf_text(out, "\r\n");
}

static void put_framing(struct outbuf *out, const struct answer *a)
{
    switch (a->framing) {
    case FRAMING_LENGTH:
        outbuf_text(out, "Content-Length: ");
        outbuf_number(out, a->promised);
        outbuf_text(out, "\r\n");
        break;
    case FRAMING_CHUNKED:
        outbuf_text(out, "Transfer-Encoding: chunked\r\n");
        break;
    case FRAMING_CLOSE:
        break;
    }
}

static void put_connection(struct outbuf *out, const struct answer *a)
{
    if (a->says_close)
        outbuf_text(out, "Connection: close\r\n");
    else if (a->says_keep_alive)
        outbuf_text(out, "Connection: keep-alive\r\n");
}

/*
 * Every parameter NAME of QUERY as a field. Its bytes go out as they are, line ends too: whoever
 * wants an answer that is not well-formed gets it.
 */
static void put_fields(struct outbuf *out, struct slice query, const char *name)
{
    struct query_pair pair;

    while (query_next(&query, &pair)) {
        if (!slice_is(pair.name, name))
            continue;
        outbuf_grow(out, query_decode(pair.value, outbuf_space(out)));
        outbuf_text(out, "\r\n");
    }
}

/* Announces the fields of the trailer by their names. */
static void put_trailer_names(struct outbuf *out, struct slice query)
{
    struct query_pair pair;
    struct slice name;

    while (query_next(&query, &pair)) {
        if (!slice_is(pair.name, "trailer") || !slice_cut(&pair.value, ':', &name))
            continue;
        outbuf_text(out, "Trailer: ");
        outbuf_put(out, name);
        outbuf_text(out, "\r\n");
    }
}

void reply_interim(struct outbuf *out, const struct answer *a, const struct request *r)
{
    if (r->expects_continue && !a->deaf)
        outbuf_text(out, "HTTP/1.1 100 Continue\r\n\r\n");
    if (a->hints)
        outbuf_text(out, "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n");
}

void reply_head(struct outbuf *out, const struct answer *a, const struct request *r,
                const struct settings *s)
{
    if (a->headless)
        return;

    put_status_line(out, a->status);
    if (!answer_forbids_body(a->status)) {
        put_type(out, a, r);
        put_framing(out, a);
    }
    put_connection(out, a);
    outbuf_put(out, (struct slice){ s->fields, s->fields_len });
    put_fields(out, r->query, "header");
    if (a->framing == FRAMING_CHUNKED)
        put_trailer_names(out, r->query);
    outbuf_text(out, "\r\n");
}

void reply_end(struct outbuf *out, const struct answer *a, const struct request *r)
{
    if (a->framing == FRAMING_CHUNKED && !a->bodiless) {
        outbuf_text(out, "0\r\n");
        put_fields(out, r->query, "trailer");
        outbuf_text(out, "\r\n");
    }
    if (a->junk != NULL)
        outbuf_text(out, a->junk);
}
