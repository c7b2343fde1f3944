/* What a status is called. */
#include "http/reason.h"

static const struct span reasons[] = {
    [200] = SPAN("OK"),
    [201] = SPAN("Created"),
    [202] = SPAN("Accepted"),
    [203] = SPAN("Non-Authoritative Information"),
    [204] = SPAN("No Content"),
    [205] = SPAN("Reset Content"),
    [206] = SPAN("Partial Content"),
    [207] = SPAN("Multi-Status"),
    [300] = SPAN("Multiple Choices"),
    [301] = SPAN("Moved Permanently"),
    [302] = SPAN("Found"),
    [303] = SPAN("See Other"),
    [304] = SPAN("Not Modified"),
    [307] = SPAN("Temporary Redirect"),
    [308] = SPAN("Permanent Redirect"),
    [400] = SPAN("Bad Request"),
    [401] = SPAN("Unauthorized"),
    [402] = SPAN("Payment Required"),
    [403] = SPAN("Forbidden"),
    [404] = SPAN("Not Found"),
    [405] = SPAN("Method Not Allowed"),
    [406] = SPAN("Not Acceptable"),
    [407] = SPAN("Proxy Authentication Required"),
    [408] = SPAN("Request Timeout"),
    [409] = SPAN("Conflict"),
    [410] = SPAN("Gone"),
    [411] = SPAN("Length Required"),
    [412] = SPAN("Precondition Failed"),
    [413] = SPAN("Content Too Large"),
    [414] = SPAN("URI Too Long"),
    [415] = SPAN("Unsupported Media Type"),
    [416] = SPAN("Range Not Satisfiable"),
    [417] = SPAN("Expectation Failed"),
    [421] = SPAN("Misdirected Request"),
    [422] = SPAN("Unprocessable Content"),
    [423] = SPAN("Locked"),
    [425] = SPAN("Too Early"),
    [426] = SPAN("Upgrade Required"),
    [428] = SPAN("Precondition Required"),
    [429] = SPAN("Too Many Requests"),
    [431] = SPAN("Request Header Fields Too Large"),
    [451] = SPAN("Unavailable For Legal Reasons"),
    [500] = SPAN("Internal Server Error"),
    [501] = SPAN("Not Implemented"),
    [502] = SPAN("Bad Gateway"),
    [503] = SPAN("Service Unavailable"),
    [504] = SPAN("Gateway Timeout"),
    [505] = SPAN("HTTP Version Not Supported"),
    [507] = SPAN("Insufficient Storage"),
    [508] = SPAN("Loop Detected"),
    [511] = SPAN("Network Authentication Required"),
};

struct span reason_of(unsigned status)
{
    bool is_known = status < sizeof reasons / sizeof reasons[0] && reasons[status].len > 0;

    return is_known ? reasons[status] : (struct span){ "", 0 };
}
