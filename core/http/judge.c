/* A second opinion on where a body ends.
 *
 * Chunks are what messages are smuggled in. So http_parser, which much of the world reads them
 * with, is shown the framing fields of a message that is chunked to us, and must not come to
 * another conclusion. Debian's build of it is not strict, knows few methods, and costs thirty
 * instructions a byte: it is asked for nothing else.
 */
#include "http/judge.h"

#include <http_parser.h>

/* There is no body as far as http_parser is concerned. */
static int on_head(http_parser *parser)
{
    (void)parser;
    return 2;
}

static void show(http_parser *parser, struct span bytes)
{
    static const http_parser_settings settings = { .on_headers_complete = on_head };

    http_parser_execute(parser, &settings, bytes.at, bytes.len);
}

bool judge_sees_chunks(const struct head *head)
{
    http_parser parser;

    http_parser_init(&parser, HTTP_REQUEST);
    show(&parser, SPAN("GET / HTTP/1.1\r\n"));
    for (unsigned i = 0; i < head->count; i++) {
        const struct field *field = &head->fields[i];

        if (field->id != FIELD_TRANSFER_ENCODING && field->id != FIELD_CONTENT_LENGTH)
            continue;
        show(&parser, field->name);
        show(&parser, SPAN(": "));
        show(&parser, field->value);
        show(&parser, SPAN("\r\n"));
    }
    show(&parser, SPAN("\r\n"));
    return HTTP_PARSER_ERRNO(&parser) == HPE_OK && (parser.flags & F_CHUNKED) != 0;
}
