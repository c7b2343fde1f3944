/* One line of access log. */
#include "exchange/access.h"

#include "base/log.h"

#include <inttypes.h>

enum { TARGET_SHOWN = 1024 };

/* TEXT, or as much of it as is shown, with quotes replaced: they could fake the end of the field. */
static const char *quotable(struct span text, char *to)
{
    size_t len = text.len < TARGET_SHOWN ? text.len : TARGET_SHOWN;

    for (size_t i = 0; i < len; i++)
        to[i] = text.at[i] == '"' ? '\'' : text.at[i];
    to[len] = '\0';
    return to;
}

void access_log(const struct access *access)
{
    static const struct head unread = { .method = { "-", 1 }, .target = { "-", 1 } };
    const struct head *request = access->request != NULL ? access->request : &unread;
    char client[ADDR_TEXT];
    char target[TARGET_SHOWN + 1];

    if (!log_wants(LOG_ACCESS))
        return;
    addr_print(access->client, client);
    log_line(LOG_ACCESS,
             "%s \"%.*s %s HTTP/1.%u\" %u %" PRIu64 " %s tries=%u first=%.4f total=%.4f%s", client,
             SPAN_ARG(request->method), quotable(request->target, target), request->minor,
             access->status, access->bytes, access->backend != NULL ? access->backend : "-",
             access->tries, access->first, access->total, access->cut ? " cut" : "");
}
