/*
 * reply: everything of an answer but its body, as bytes.
 */
#ifndef ECHO_REPLY_H
#define ECHO_REPLY_H

#include <stddef.h>

#include "answer.h"
#include "inbuf.h"
#include "outbuf.h"
#include "request.h"
#include "settings.h"

/*
 * As much room as each of these needs at most, and reply_interim and reply_head together. Fields
 * from the query are what makes it so much: they are as long as the head of the request at worst,
 * plus a few bytes for each.
 */
#define REPLY_MAX ((size_t)2 * INBUF_HEAD_MAX)

/*
 * What comes before the answer proper: "100 Continue" if the client waits for it, "103 Early
 * Hints".
 */
void reply_interim(struct outbuf *out, const struct answer *a, const struct request *r);

/* The head, if A has one. */
void reply_head(struct outbuf *out, const struct answer *a, const struct request *r,
                const struct settings *s);

/* What comes behind the body: the end of the chunks, trailer fields, junk. */
void reply_end(struct outbuf *out, const struct answer *a, const struct request *r);

#endif
