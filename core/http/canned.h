/* Replies in the proxy's own name: a status, a line of plain text, nothing else. */
#ifndef HTTP_CANNED_H
#define HTTP_CANNED_H

#include "base/err.h"
#include "http/head.h"

/* The status with which a request is answered that failed with ERR: 400 for ERR_MALFORMED, 504 for
 * ERR_LATE of a backend, and so on; 502 for whatever has no status of its own. */
unsigned canned_status(enum err err);

/* Makes *HEAD, from ARENA, the head of a reply with STATUS at DATE, and *BODY its text. */
void canned_reply(struct head *head, struct span *body, struct arena *arena, unsigned status,
                  struct span date);

#endif
