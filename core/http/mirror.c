/* What a TRACE is answered with by who is last. */
#include "http/mirror.h"

#include "http/reason.h"

#include <string.h>

/* Could a field called NAME hold something that is not for everybody who can read the answer? There
 * are too many of them to know each. */
static bool is_secret(struct span name)
{
    static const struct span signs[] = {
        SPAN("auth"),    SPAN("cookie"),    SPAN("credential"), SPAN("cert"),
        SPAN("jwt"),     SPAN("key"),       SPAN("pass"),       SPAN("secret"),
        SPAN("session"), SPAN("signature"), SPAN("sid"),        SPAN("token"),
    };

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        for (size_t at = 0; at + signs[i].len <= name.len; at++)
            if (span_eq_case((struct span){ name.at + at, signs[i].len }, signs[i]))
                return true;
    return false;
}

static char *put(char *to, struct span text)
{
    return mempcpy(to, text.at, text.len);
}

/* Room for all of REQUEST. */
static size_t room_for(const struct head *request)
{
    size_t room = request->method.len + request->target.len + sizeof "  HTTP/1.1\r\n\r\n";

    for (unsigned i = 0; i < request->count; i++)
        room += request->fields[i].name.len + request->fields[i].value.len + sizeof ": \r\n";
    return room;
}

static struct span show(const struct head *request)
{
    char *text = arena_take(request->arena, room_for(request));
    char *to = put(text, request->method);

    to = put(to, SPAN(" "));
    to = put(to, request->target);
    to = put(to, request->minor == 0 ? SPAN(" HTTP/1.0\r\n") : SPAN(" HTTP/1.1\r\n"));
    for (unsigned i = 0; i < request->count; i++) {
        const struct field *field = &request->fields[i];

        if (field->gone || is_secret(field->name))
            continue;
        to = put(to, field->name);
        to = put(to, SPAN(": "));
        to = put(to, field->value);
        to = put(to, SPAN("\r\n"));
    }
    to = put(to, SPAN("\r\n"));
    return (struct span){ text, (size_t)(to - text) };
}

void mirror_reply(struct head *reply, struct span *body, const struct head *request)
{
    *body = show(request);
    head_init(reply, request->arena, 4);
    reply->status = 200;
    reply->reason = reason_of(200);
    reply->minor = 1;
    reply->body = BODY_LENGTH;
    reply->length = body->len;
    head_add(reply, FIELD_OTHER, SPAN("Content-Type"), SPAN("message/http"));
}
