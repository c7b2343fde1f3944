/* One line of access log. */
#include "exchange/access.h"

#include "base/log.h"

#include <inttypes.h>

/* More of a line could push the rest of it out. */
enum { METHOD_SHOWN = 32, TARGET_SHOWN = 1024 };

static struct span beginning(struct span text, size_t most)
{
    return (struct span){ text.at, text.len < most ? text.len : most };
}

/* The beginning of TARGET, with quotes replaced: they could fake the end of the field. */
static const char *quotable(struct span target, char *to)
{
    struct span text = beginning(target, TARGET_SHOWN);

    for (size_t i = 0; i < text.len; i++)
        to[i] = text.at[i] == '"' ? '\'' : text.at[i];
    to[text.len] = '\0';
    return to;
}

void access_log(const struct access *access, const struct head *request)
{
    static const struct head unread = { .method = { "-", 1 } };
    char client[ADDR_TEXT];
    char target[TARGET_SHOWN + 1];

    if (!log_wants(LOG_ACCESS))
        return;
    if (request == NULL)
        request = &unread;
    addr_print(access->client, client);
    log_line(LOG_ACCESS,
             "%s \"%.*s %s HTTP/1.%u\" %u %" PRIu64 " %s tries=%u first=%.4f total=%.4f%s", client,
             SPAN_ARG(beginning(request->method, METHOD_SHOWN)),
             quotable(request != &unread ? access->target : SPAN("-"), target), request->minor,
             access->status, access->bytes, access->backend != NULL ? access->backend : "-",
             access->tries, access->first, access->total, access->cut ? " cut" : "");
}
