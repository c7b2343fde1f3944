/* What a TRACE is answered with by who is last: the request itself (RFC 9110, 9.3.8). */
#ifndef HTTP_MIRROR_H
#define HTTP_MIRROR_H

#include "http/head.h"

/* Makes *REPLY the head of a reply to REQUEST, from its arena, and *BODY what has come: its start
 * line and fields in our own form, but those that could hold a secret. */
void mirror_reply(struct head *reply, struct span *body, const struct head *request);

#endif
